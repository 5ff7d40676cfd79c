using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Nvml;

/// <summary>A loaded library and its calls by shape. An export that it lacks answers <see cref="NvmlResult.FunctionNotFound"/>. Calls may block as long as the driver does.</summary>
/// <remarks>NVML is safe for concurrent use; so is this, except <see cref="Free"/>.</remarks>
internal sealed unsafe class NvmlLibrary
{
    private const nint Absent = -1;

    private readonly nint _handle;
    private readonly nint[] _addresses = new nint[NvmlExports.Names.Length];

    private NvmlLibrary(nint handle, string path) => (_handle, Path) = (handle, path);

    public string Path { get; }

    /// <summary>Null when there is no such file, or the loader refuses it (another architecture, another C library).</summary>
    public static NvmlLibrary? TryLoad(string path) => NativeLibrary.TryLoad(path, out var handle) ? new NvmlLibrary(handle, path) : null;

    /// <summary>Unloads. No thread may be inside a call.</summary>
    public void Free() => NativeLibrary.Free(_handle);

    public NvmlResult Call(NvmlExport export) => Find(export, out var address)
        ? (NvmlResult)((delegate* unmanaged[Cdecl]<int>)address)()
        : NvmlResult.FunctionNotFound;

    /// <summary>For <c>nvmlInitWithFlags</c>.</summary>
    public NvmlResult Call(NvmlExport export, uint flags) => Find(export, out var address)
        ? (NvmlResult)((delegate* unmanaged[Cdecl]<uint, int>)address)(flags)
        : NvmlResult.FunctionNotFound;

    /// <summary>For text of the system: a C string into the buffer.</summary>
    public NvmlResult Call(NvmlExport export, Span<byte> text)
    {
        fixed (byte* start = text)
        {
            return Find(export, out var address)
                ? (NvmlResult)((delegate* unmanaged[Cdecl]<byte*, uint, int>)address)(start, (uint)text.Length)
                : NvmlResult.FunctionNotFound;
        }
    }

    /// <summary>A device by a C string.</summary>
    public NvmlResult Find(NvmlExport export, ReadOnlySpan<byte> name, out nint device)
    {
        nint answer = 0;
        fixed (byte* start = name)
        {
            var result = Find(export, out var address)
                ? (NvmlResult)((delegate* unmanaged[Cdecl]<byte*, nint*, int>)address)(start, &answer)
                : NvmlResult.FunctionNotFound;
            device = answer;
            return result;
        }
    }

    public NvmlResult Call(NvmlExport export, nint device) => Find(export, out var address)
        ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, int>)address)(device)
        : NvmlResult.FunctionNotFound;

    public NvmlResult Call(NvmlExport export, nint device, out uint value) => CallInto(export, device, out value);

    public NvmlResult Call(NvmlExport export, nint device, out uint first, out uint second)
    {
        uint one = 0, two = 0;
        var result = Find(export, out var address)
            ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint*, uint*, int>)address)(device, &one, &two)
            : NvmlResult.FunctionNotFound;
        (first, second) = (one, two);
        return result;
    }

    public NvmlResult Call(NvmlExport export, nint device, uint argument, out uint value)
    {
        uint answer = 0;
        var result = Find(export, out var address)
            ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint, uint*, int>)address)(device, argument, &answer)
            : NvmlResult.FunctionNotFound;
        value = answer;
        return result;
    }

    public NvmlResult Set(NvmlExport export, nint device, uint value) => Find(export, out var address)
        ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint, int>)address)(device, value)
        : NvmlResult.FunctionNotFound;

    public NvmlResult Set(NvmlExport export, nint device, uint first, uint second) => Find(export, out var address)
        ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint, uint, int>)address)(device, first, second)
        : NvmlResult.FunctionNotFound;

    /// <summary>Text of a device: a C string into the buffer.</summary>
    public NvmlResult Call(NvmlExport export, nint device, Span<byte> text)
    {
        fixed (byte* start = text)
        {
            return Find(export, out var address)
                ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, byte*, uint, int>)address)(device, start, (uint)text.Length)
                : NvmlResult.FunctionNotFound;
        }
    }

    /// <summary>A number or structure that the library fills.</summary>
    public NvmlResult CallInto<T>(NvmlExport export, nint device, out T value)
        where T : unmanaged
    {
        T answer = default;
        var result = Find(export, out var address) ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, T*, int>)address)(device, &answer) : NvmlResult.FunctionNotFound;
        value = answer;
        return result;
    }

    /// <summary>Several field values in one call; each entry carries its own result.</summary>
    public NvmlResult Call(NvmlExport export, nint device, Span<NvmlFieldValue> fields)
    {
        fixed (NvmlFieldValue* start = fields)
        {
            return Find(export, out var address)
                ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, int, NvmlFieldValue*, int>)address)(device, fields.Length, start)
                : NvmlResult.FunctionNotFound;
        }
    }

    /// <summary>A structure that says its version in what it is filled from.</summary>
    public NvmlResult CallThrough<T>(NvmlExport export, nint device, ref T value)
        where T : unmanaged
    {
        fixed (T* start = &value)
        {
            return Find(export, out var address) ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, T*, int>)address)(device, start) : NvmlResult.FunctionNotFound;
        }
    }

    /// <summary>A 64-bit count by two arguments.</summary>
    public NvmlResult Call(NvmlExport export, nint device, uint first, uint second, out ulong value)
    {
        ulong answer = 0;
        var result = Find(export, out var address)
            ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint, uint, ulong*, int>)address)(device, first, second, &answer)
            : NvmlResult.FunctionNotFound;
        value = answer;
        return result;
    }

    /// <summary>A handle by an index.</summary>
    public NvmlResult Find(NvmlExport export, nint device, uint index, out nint handle)
    {
        nint answer = 0;
        var result = Find(export, out var address)
            ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint, nint*, int>)address)(device, index, &answer)
            : NvmlResult.FunctionNotFound;
        handle = answer;
        return result;
    }

    /// <summary>For <c>nvmlEventSetCreate</c>.</summary>
    public NvmlResult Create(NvmlExport export, out nint handle)
    {
        nint answer = 0;
        var result = Find(export, out var address) ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint*, int>)address)(&answer) : NvmlResult.FunctionNotFound;
        handle = answer;
        return result;
    }

    /// <summary>For <c>nvmlDeviceRegisterEvents</c>.</summary>
    public NvmlResult Register(NvmlExport export, nint device, ulong kinds, nint set) => Find(export, out var address)
        ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, ulong, nint, int>)address)(device, kinds, set)
        : NvmlResult.FunctionNotFound;

    /// <summary>For <c>nvmlEventSetWait_v2</c>.</summary>
    public NvmlResult Wait(NvmlExport export, nint set, out NvmlEvent happened, uint milliseconds)
    {
        NvmlEvent answer = default;
        var result = Find(export, out var address)
            ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, NvmlEvent*, uint, int>)address)(set, &answer, milliseconds)
            : NvmlResult.FunctionNotFound;
        happened = answer;
        return result;
    }

    /// <summary>For <c>nvmlDeviceGetProcessUtilization</c>; the count is the room on the way in.</summary>
    public NvmlResult Call(NvmlExport export, nint device, Span<NvmlProcessSample> samples, ref uint count, ulong since)
    {
        var number = count;
        fixed (NvmlProcessSample* start = samples)
        {
            var result = Find(export, out var address)
                ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, NvmlProcessSample*, uint*, ulong, int>)address)(device, start, &number, since)
                : NvmlResult.FunctionNotFound;
            count = number;
            return result;
        }
    }

    /// <summary>For lists of processes; the count is the room on the way in, in entries.</summary>
    public NvmlResult Call(NvmlExport export, nint device, Span<ulong> room, ref uint count)
    {
        var number = count;
        fixed (ulong* start = room)
        {
            var result = Find(export, out var address)
                ? (NvmlResult)((delegate* unmanaged[Cdecl]<nint, uint*, ulong*, int>)address)(device, &number, start)
                : NvmlResult.FunctionNotFound;
            count = number;
            return result;
        }
    }

    private bool Find(NvmlExport export, out nint address)
    {
        ref var slot = ref _addresses[(int)export];
        address = slot;
        if (address == 0)
            slot = address = NativeLibrary.TryGetExport(_handle, NvmlExports.Names[(int)export], out var found) ? found : Absent;
        return address != Absent;
    }
}
