using Homelab.NodeAgent.Perf;

namespace Homelab.NodeAgent.Sensors.Tests.PowerPmu;

/// <summary>Perf events that answer what a test says.</summary>
internal sealed class FakeCounters : IPerfCounters
{
    private int _last = 100;

    public Dictionary<int, (uint Type, ulong Config, int Cpu)> Opened { get; } = [];

    public Dictionary<ulong, ulong> Counts { get; } = [];

    public Dictionary<ulong, int> OpenErrors { get; } = [];

    public int ReadError { get; set; }

    public int Open(uint type, ulong config, int cpu)
    {
        if (OpenErrors.TryGetValue(config, out var errno) && errno != 0)
            return -errno;
        Opened[++_last] = (type, config, cpu);
        return _last;
    }

    public int Read(int descriptor, out ulong count)
    {
        count = 0;
        if (ReadError != 0)
            return -ReadError;
        count = Counts.GetValueOrDefault(Opened[descriptor].Config);
        return 0;
    }

    public void Close(int descriptor) => Assert.True(Opened.Remove(descriptor));
}
