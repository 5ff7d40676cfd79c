using System.Runtime.CompilerServices;
using Homelab.NodeAgent.Capping;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.NodeAgent.Tests.Enforcement;
using Homelab.NodeAgent.Uplink;
using Homelab.Rpc;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

/// <summary>An agent that runs for years on 512 MB: a pass, from the files to the bytes of the report, leaves no garbage. Counts what the whole process allocates, so nothing else may run beside it.</summary>
[CollectionDefinition(nameof(SteadyStateTests), DisableParallelization = true)]
[Collection(nameof(SteadyStateTests))]
public sealed class SteadyStateTests
{
    /// <summary>A few: the test host allocates some bytes five times a second.</summary>
    private const int Passes = 4;

    /// <summary>Until everything has met its files and is compiled, and between what the test host does: of so many rounds one must be clean.</summary>
    private const int Rounds = 200;

    public static TheoryData<string> Hosts =>
        [.. Directory.EnumerateDirectories(Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts")).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Pass_ReadDerivedAndEncoded_AllocatesNothing(string name)
    {
        using var host = FixtureHost.Recorded(name);
        var sources = SensorCatalog.Sources().Where(static source => source is not (CgroupSource or ICardSource)).ToArray();
        using var pass = new SteadyPass(host.Root, sources);

        var least = await pass.LeastAsync(Rounds, Passes, static () => { });

        Assert.NotEqual(0, pass.BytesOfAReport);
        Assert.Equal(0, least);
    }

    [Fact]
    public async Task Pass_SplitOverAHundredPodsAndEightCards_AllocatesNothing()
    {
        using var large = new LargeHost();
        var sources = SensorCatalog.Sources();
        var own = sources.Where(static source => source is not (CgroupSource or ICardSource)).ToArray();
        using var pass = new SteadyPass(large.Host.Root, own, sources.OfType<CgroupSource>().Single(), sources.OfType<ICardSource>().Single());

        var least = await pass.LeastAsync(Rounds, Passes, large.Move);

        var split = pass.Last.Split!;
        Assert.Equal((200, 10, 8), (split.Containers.Length, pass.Last.Pods!.Pods.Length, split.Containers.Count(static share => share.Cards > Energy.Zero)));
        Assert.All(split.Containers, static share => Assert.True(share.Energy > Energy.Zero));
        Assert.Equal(pass.Last.Energy, split.Whole);
        Assert.Contains(pass.Last.Throttles, static state => state.Held > TimeSpan.Zero);
        Assert.Equal(0, least);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Step_CapHeldByWattsOrByClocks_AllocatesNothing(bool byWatts)
    {
        using var node = new Node(byWatts ? FakeLimiter.Watts("rapl:package-0", 5, 65) : FakeLimiter.Clock("cpufreq:policy0", 400, 4000));
        await node.GrantAsync(30, safe: 12);

        Assert.Equal(0, await LeastOfStepsAsync(node));
        Assert.Equal(LeaseStanding.Live, node.Status.Standing);
    }

    /// <summary>The fewest bytes that a round of steps allocated, in any thread, each with a sample of its own.</summary>
    private static async Task<long> LeastOfStepsAsync(Node node)
    {
        var least = long.MaxValue;
        for (var round = 0; round < Rounds && least > 0; round++)
        {
            var sum = 0L;
            for (var step = 0; step < Passes; step++)
            {
                node.Publish(watts: 20, package: 15, use: 0.5);
                var before = GC.GetTotalAllocatedBytes(precise: true);
                await node.Loop.StepAsync().ConfigureAwait(false);
                sum += GC.GetTotalAllocatedBytes(precise: true) - before;
            }
            least = Math.Min(least, sum);
        }
        return least;
    }

    /// <summary>The agent's pass with all that is made of it, but for the sending.</summary>
    private sealed class SteadyPass(HostRoot root, IReadOnlyList<ISensorSource> sources, ISensorSource? containers = null, ICardSource? cardUsers = null) : IDisposable
    {
        private readonly SteadyTime _time = new();
        private readonly SnapshotStore _store = new();
        private readonly ReportDelta _delta = new();
        private readonly ReportMessage _message = new();
        private readonly FrameBuffer _frame = new();
        private Sampler? _sampler;

        public int BytesOfAReport { get; private set; }

        public NodeSample Last => _store.Current!;

        public void Dispose() => _sampler?.Dispose();

        /// <summary>The fewest bytes that a round of passes allocated, in any thread.</summary>
        public async Task<long> LeastAsync(int rounds, int passes, Action move)
        {
            _sampler = new Sampler(
                root, sources, Some.Fallback, new SamplerOptions(TimeSpan.FromSeconds(10), TimeSpan.FromDays(1)), new MonotonicClock(_time), static () => default, new ListLog(),
                containers: containers, cardUsers: cardUsers);
            var least = long.MaxValue;
            for (var round = 0; round < rounds && least > 0; round++)
            {
                var sum = 0L;
                for (var pass = 0; pass < passes; pass++)
                {
                    move();
                    var before = GC.GetTotalAllocatedBytes(precise: true);
                    await PassAsync().ConfigureAwait(false);
                    sum += GC.GetTotalAllocatedBytes(precise: true) - before;
                }
                least = Math.Min(least, sum);
            }
            return least;
        }

        [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
        private async ValueTask PassAsync()
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            if (_store.Publish(await _sampler!.PassAsync().ConfigureAwait(false)) is { } free)
                _sampler.Reuse(free);
            var sample = _store.Hold()!;
            // Every reading, as after a refresh.
            BytesOfAReport = _frame.Frame(_message.Of(_delta.Next(sample, 1, TimeSpan.Zero))).Length;
            sample.Release();
        }
    }
}
