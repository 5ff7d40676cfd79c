using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.NodeAgent.Uplink;
using Homelab.Rpc;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Sampling;

/// <summary>Counts what the whole process allocates, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(SteadyStateTests), DisableParallelization = true)]
[Collection(nameof(SteadyStateTests))]
public sealed class SteadyStateTests
{
    private const int Passes = 50;

    /// <summary>The sample's own object, the tasks of a pass and the estimate: the same on every machine, however many sensors it has.</summary>
    private const long BytesOfAPass = 2048;

    public static TheoryData<string> Hosts =>
        [.. Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts")).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Pass_ReadDerivedAndEncoded_AllocatesNothingThatGrowsWithTheSensors(string name)
    {
        using var host = FixtureHost.Recorded(name);
        var time = new ManualClock();
        var sources = SensorCatalog.Sources().Where(static source => source is not CgroupSource).ToArray();
        using var sampler = new Sampler(
            host.Root, sources, Some.Fallback, new SamplerOptions(TimeSpan.FromSeconds(10), TimeSpan.FromDays(1)), new MonotonicClock(time), static () => default, new ListLog());
        var (store, delta, message, frame) = (new SnapshotStore(), new ReportDelta(), new ReportMessage(), new FrameBuffer());

        var least = long.MaxValue;
        for (var round = 0; round < 4; round++)
        {
            var before = GC.GetTotalAllocatedBytes(precise: true);
            for (var pass = 0; pass < Passes; pass++)
            {
                time.Advance(TimeSpan.FromMilliseconds(10));
                if (store.Publish(await sampler.PassAsync()) is { } free)
                    sampler.Reuse(free);
                var sample = store.Hold()!;
                frame.Frame(message.Of(delta.Next(sample, 1, TimeSpan.Zero)));
                sample.Release();
            }
            // The test host itself allocates now and then.
            least = Math.Min(least, (GC.GetTotalAllocatedBytes(precise: true) - before) / Passes);
        }

        Assert.InRange(least, 1, BytesOfAPass);
    }
}
