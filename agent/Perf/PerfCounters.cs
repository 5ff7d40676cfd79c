using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Perf;

/// <summary>The running kernel's counters, by <c>perf_event_open(2)</c>.</summary>
internal sealed unsafe class PerfCounters : IPerfCounters
{
    private const int CloseOnExec = 8;
    private const int AnyProcess = -1;
    private const int NoGroup = -1;
    private const int NotImplemented = 38;
    private const int NoData = 61;
    private const int Interrupted = 4;

    public int Open(uint type, ulong config, int cpu)
    {
        if (PerfInterop.EventOpen == 0)
            return -NotImplemented;
        var attributes = new PerfAttributes { Type = type, Size = (uint)sizeof(PerfAttributes), Config = config };
        var descriptor = PerfInterop.Call(PerfInterop.EventOpen, &attributes, AnyProcess, cpu, NoGroup, CloseOnExec);
        return descriptor < 0 ? -Marshal.GetLastPInvokeError() : (int)descriptor;
    }

    public int Read(int descriptor, out ulong count)
    {
        ulong value = 0;
        nint bytes;
        while ((bytes = PerfInterop.Read(descriptor, &value, sizeof(ulong))) < 0)
        {
            var errno = Marshal.GetLastPInvokeError();
            if (errno == Interrupted)
                continue;
            count = 0;
            return -errno;
        }
        count = bytes == sizeof(ulong) ? value : 0;
        return bytes == sizeof(ulong) ? 0 : -NoData;
    }

    public void Close(int descriptor) => _ = PerfInterop.Close(descriptor);
}
