using System.Text;

namespace Homelab.NodeAgent.Nvml;

/// <summary>The library, loaded and initialised once, then kept: without persistence mode each initialisation takes seconds. Safe for concurrent use, except
/// <see cref="Unload"/>. The library counts its sessions.</summary>
/// <param name="candidates">Names to load, from <see cref="NvmlPaths"/>.</param>
internal sealed class NvmlSession(IReadOnlyList<string> candidates) : IDisposable
{
    /// <summary>Not an error when there is no GPU, and none is woken or attached until it is asked for.</summary>
    private const uint NoGpusNoAttach = 1 | 2;

    private readonly Lock _gate = new();
    private NvmlLibrary? _library;

    public bool IsOpen { get; private set; }

    /// <summary>Moves on with each opening: a device of an earlier one is not to be used.</summary>
    public int Generation { get; private set; }

    /// <summary>What was loaded, or the file that could not be; empty when there is none.</summary>
    public string Path { get; private set; } = "";

    /// <summary><c>550.54.15</c>; empty when not open.</summary>
    public string DriverVersion { get; private set; } = "";

    /// <summary>Loads and initialises what is not yet. May take seconds; costs some look-ups when there is no library, and keeps nothing then.</summary>
    public NvmlResult Open()
    {
        lock (_gate)
        {
            if (IsOpen)
                return NvmlResult.Success;
            return _library is null ? Load() : Initialise(_library);
        }
    }

    /// <param name="address">As sysfs writes it: <c>0000:09:00.0</c>. Attaches this GPU and no other.</param>
    public NvmlResult Find(string address, out NvmlDevice device) => Find(NvmlExport.HandleByPciBusId, address, out device);

    /// <summary>May attach other GPUs on the way.</summary>
    public NvmlResult FindByUuid(string uuid, out NvmlDevice device) => Find(NvmlExport.HandleByUuid, uuid, out device);

    /// <summary>Lets go of all GPUs, so that they may sleep; the library stays loaded.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (!IsOpen)
                return;
            IsOpen = false;
            DriverVersion = "";
            _ = _library!.Call(NvmlExport.Shutdown);
        }
    }

    /// <summary>Closes and unloads, so that the next <see cref="Open"/> takes the library that an upgrade brought. No thread may be inside a call of this session's devices.</summary>
    public void Unload()
    {
        Close();
        _library?.Free();
        _library = null;
    }

    public void Dispose() => Unload();

    private NvmlResult Load()
    {
        var outcome = NvmlResult.LibraryNotFound;
        Path = "";
        foreach (var candidate in candidates)
        {
            var isFile = candidate.StartsWith('/');
            if (isFile && !File.Exists(candidate))
                continue;
            if (NvmlLibrary.TryLoad(candidate) is not { } library)
            {
                if (isFile && Path.Length == 0)
                    Path = candidate;
                continue;
            }
            outcome = Initialise(library);
            Path = candidate;
            if (outcome == NvmlResult.Success)
                return outcome;
            // A container may hold an old library of its own beside the host's; and after an upgrade the next attempt must find the new one.
            library.Free();
            if (outcome != NvmlResult.LibRmVersionMismatch)
                return outcome;
        }
        return outcome;
    }

    private NvmlResult Initialise(NvmlLibrary library)
    {
        var result = library.Call(NvmlExport.InitWithFlags, NoGpusNoAttach);
        if (result == NvmlResult.FunctionNotFound)
            result = library.Call(NvmlExport.Init);
        if (result != NvmlResult.Success)
            return result;
        Span<byte> version = stackalloc byte[80];
        version.Clear();
        DriverVersion = library.Call(NvmlExport.DriverVersion, version) == NvmlResult.Success ? NvmlDevice.Line(version) : "";
        (_library, IsOpen) = (library, true);
        Generation++;
        return result;
    }

    private NvmlResult Find(NvmlExport export, string name, out NvmlDevice device)
    {
        device = default;
        if (!IsOpen)
            return NvmlResult.Uninitialized;
        Span<byte> text = stackalloc byte[128];
        if (Encoding.UTF8.GetByteCount(name) >= text.Length)
            return NvmlResult.InvalidArgument;
        text.Clear();
        Encoding.UTF8.GetBytes(name, text);
        var result = _library!.Find(export, text, out var handle);
        device = new NvmlDevice(_library, handle);
        return result;
    }
}
