using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

/// <summary>A card of 300 W beside a package, in the sampling loop: whose its energy is.</summary>
public sealed class CardSplitTests : IDisposable
{
    private readonly ManualClock _time = new();
    private readonly FakeCards _cards = new();
    private readonly Sampler _sampler;
    private double _package;
    private double _card;
    private double _busy;
    private double _web;
    private Reading _counter = Reading.Ok(0);
    private Reading _gauge = Reading.Ok(30_000_000);
    private readonly List<string> _containers = ["web", "job"];

    public CardSplitTests() => _sampler = Create(Some.Zone("package-0", "intel-rapl:0"));

    public void Dispose() => _sampler.Dispose();

    [Fact]
    public async Task Pass_CardAboveItsRest_GoesToThoseThatUsedItAndNotByProcessorTime()
    {
        var before = await BeginAsync();
        _cards.Say(("web", 30), ("job", 60), (null, 10));

        // 10 J of the package and 230 J of the card, 30 J of which it draws at rest; the container "web" did all the processor work.
        var sample = await NextAsync(package: 10, card: 230, busy: 1, web: 1);

        Assert.Equal((60.0, 120.0, 20.0), (Cards(sample, "web"), Cards(sample, "job"), (sample.Split!.CardsRest - before.CardsRest).Joules));
        Assert.Equal(120, Energy(sample, "job"), 6);
        // The card's rest and the board's 2 W.
        Assert.Equal(32, (sample.Split.Idle - before.Idle).Joules, 6);
        Assert.Equal(sample.Energy, sample.Split.Whole);
        Assert.Equal(sample.Split.Whole, Sum(sample.Split));
    }

    [Fact]
    public async Task Pass_CardAtRest_GivesNothing()
    {
        await BeginAsync();
        _cards.Say(("web", 1));

        var sample = await NextAsync(package: 10, card: 30, busy: 1, web: 0);

        Assert.Equal((0.0, 0.0), (Cards(sample, "web"), sample.Split!.CardsRest.Joules));
    }

    [Theory]
    [InlineData(Quality.Stale)]
    [InlineData(Quality.Denied)]
    [InlineData(Quality.Unsupported)]
    [InlineData(Quality.Asleep)]
    public async Task Pass_NobodyTellsWhoUsesIt_IsTheSystems(Quality quality)
    {
        var before = await BeginAsync();
        _cards.Say(("web", 100));
        _cards.Reading = new Reading(quality, null, "so it is");

        var sample = await NextAsync(package: 10, card: 230, busy: 1, web: 1);

        Assert.Equal((0.0, 200.0), (Cards(sample, "web"), (sample.Split!.CardsRest - before.CardsRest).Joules));
        Assert.Equal(sample.Split.Whole, Sum(sample.Split));
    }

    [Fact]
    public async Task Pass_AContainerThatIsNotFoundYet_IsTheSystems()
    {
        var before = await BeginAsync();
        _cards.Say(("new", 50), ("web", 50));

        var sample = await NextAsync(package: 10, card: 230, busy: 1, web: 1);

        Assert.Equal((100.0, 100.0), (Cards(sample, "web"), (sample.Split!.CardsRest - before.CardsRest).Joules));
    }

    [Fact]
    public async Task Pass_OnlyWhoRuns_SaysThatItIsEven()
    {
        await BeginAsync();
        _cards.Say(("web", 1), ("job", 1));
        _cards.IsEven = true;

        var sample = await NextAsync(package: 10, card: 230, busy: 1, web: 1);

        Assert.Equal((100.0, 100.0, true), (Cards(sample, "web"), Cards(sample, "job"), sample.Split!.IsEven));
    }

    [Fact]
    public async Task Pass_TheCardSourceHangs_CostsTheOthersNothing()
    {
        await BeginAsync();
        using var release = new ManualResetEventSlim();
        _cards.Hang = release;
        var pass = _sampler.PassAsync().AsTask();
        var sample = await Eventually.EndsAsync(pass, _time);
        release.Set();

        Assert.True(sample.Sources.Single(source => source.Source == "cgroup").Success);
        Assert.False(sample.Sources.Single(source => source.Source == "cards").Success);
        Assert.Equal(sample.Split!.Whole, Sum(sample.Split));
    }

    [Fact]
    public async Task Pass_FigureWithoutCards_IsNotSplitByThem()
    {
        using var sampler = Create(Some.Zone("psys", "intel-rapl:1"));
        await BeginAsync(sampler, package: 60);
        _cards.Say(("job", 100));

        var sample = await NextAsync(package: 300, card: 230, busy: 1, web: 1, sampler: sampler);

        Assert.Equal("rapl-psys", sample.Power.Source);
        Assert.Equal((0.0, 0.0), (Cards(sample, "job"), sample.Split!.CardsRest.Joules));
    }

    [Fact]
    public async Task Pass_CardWithoutACounter_GoesByItsWatts()
    {
        _counter = Reading.None(Quality.Unsupported, "before Volta");
        await BeginAsync();
        _cards.Say(("web", 30), ("job", 60));
        _gauge = Reading.Ok(120_000_000);

        var sample = await NextAsync(package: 10, card: 0, busy: 1, web: 1);

        Assert.Equal((30.0, 60.0), (Cards(sample, "web"), Cards(sample, "job")));
        Assert.Equal(sample.Split!.Whole, Sum(sample.Split));
    }

    [Fact]
    public async Task Pass_CounterThatFails_CostsNobodyTwice()
    {
        await BeginAsync();
        _cards.Say(("job", 100));
        _counter = Reading.None(Quality.Fault, "gone");
        await NextAsync(package: 10, card: 230, busy: 1, web: 1);
        _counter = Reading.Ok(0);

        var sample = await NextAsync(package: 10, card: 230, busy: 1, web: 1);

        Assert.True(Cards(sample, "job") <= sample.Energy.Joules);
        Assert.Equal(sample.Split!.Whole, Sum(sample.Split));
    }

    [Fact]
    public void Pass_WhateverHappens_SumsToTheNodesOwnFigureAndNeverFalls() =>
        Check.QuickThrowOnFailure(Prop.ForAll<(byte Package, ushort Card, byte Web, byte Job, byte Else, byte Whim)[]>(passes => PassesAsync(passes).GetAwaiter().GetResult()));

    private async Task<bool> PassesAsync((byte Package, ushort Card, byte Web, byte Job, byte Else, byte Whim)[] passes)
    {
        using var sampler = Create(Some.Zone("package-0", "intel-rapl:0"));
        (_package, _card, _busy, _web) = (0, 0, 0, 0);
        SplitState? last = null;
        foreach (var (package, card, web, job, other, whim) in passes)
        {
            _cards.Say(("web", web), ("job", job), (null, other));
            _cards.Reading = whim % 5 == 0 ? Reading.Late("late") : Reading.Ok(1);
            _counter = whim % 7 == 0 ? Reading.None(Quality.Fault, "gone") : Reading.Ok(0);
            var split = (await NextAsync(package, card % 400, web / 100.0, web / 200.0, sampler)).Split!;
            var isWhole = split.Whole == Sum(split) && split.CardsRest <= split.System && split.Containers.All(static share => share.Cards >= Units.Energy.Zero && share.Cards <= share.Energy);
            var isGrowing = last is null || (split.Whole >= last.Whole && split.Idle >= last.Idle && split.System >= last.System
                && split.CardsRest >= last.CardsRest && split.Containers.Zip(last.Containers).All(static pair => pair.First.Energy >= pair.Second.Energy));
            if (!isWhole || !isGrowing)
                return false;
            last = split;
        }
        return true;
    }

    private Sampler Create(SensorInfo zone)
    {
        const string Device = "nvidia@0000:01:00.0";
        var powercap = new FakeSource("powercap", () => [new FakeSensor(zone, () => Reading.Ok((long)(_package * 1e6)))]);
        var cpu = new FakeSource("cpu", () => [new FakeSensor(Some.Info("cpu", "cpu", "busy", Quantity.Duration, SensorShape.Counter), () => Reading.Ok((long)(_busy * 1e6)))]);
        var nvidia = new FakeSource("nvidia", () =>
        [
            new FakeSensor(Some.Info("nvidia", Device, "power", Quantity.Power), () => _gauge),
            new FakeSensor(Some.Info("nvidia", Device, "energy", Quantity.Energy, SensorShape.Counter), () => _counter.Quality == Quality.Ok ? Reading.Ok((long)(_card * 1e6)) : _counter),
            new FakeSensor(Some.Info("nvidia", Device, "power_cap_default", Quantity.Power, SensorShape.Limit), static () => Reading.Ok(300_000_000)),
            new FakeSensor(Some.Info("nvidia", Device, "utilization", Quantity.Ratio), static () => Reading.Ok(900_000)),
        ]);
        var cgroup = new FakeSource("cgroup", () => [.. _containers.Select(name =>
            new FakeSensor(Some.Info("cgroup", "pod:" + name, name, Quantity.Duration, SensorShape.Counter, "default/" + name), () => Reading.Ok(name == "web" ? (long)(_web * 1e6) : 0)))]);
        return new Sampler(
            Some.Root, [powercap, cpu, nvidia], Some.Fallback, new SamplerOptions(TimeSpan.FromSeconds(30), TimeSpan.FromHours(1)), new MonotonicClock(_time), () => default, new ListLog(), null, cgroup, _cards);
    }

    /// <summary>Two passes at rest.</summary>
    private async Task<SplitState> BeginAsync(Sampler? sampler = null, double package = 10)
    {
        await NextAsync(0, 0, 0, 0, sampler);
        var begun = await NextAsync(package, 30, 0, 0, sampler);
        Assert.Equal("default/web", begun.Split!.Containers.Single(share => share.Name == "web").PodName);
        return begun.Split;
    }

    private async Task<NodeSample> NextAsync(double package, double card, double busy, double web, Sampler? sampler = null)
    {
        (_package, _card, _busy, _web) = (_package + package, _card + card, _busy + busy, _web + web);
        _time.Advance(TimeSpan.FromSeconds(1));
        return await (sampler ?? _sampler).PassAsync();
    }

    private static double Cards(NodeSample sample, string name) => sample.Split!.Containers.Single(share => share.Name == name).Cards.Joules;

    private static double Energy(NodeSample sample, string name) => sample.Split!.Containers.Single(share => share.Name == name).Energy.Joules;

    private static Energy Sum(SplitState split) => split.Idle + split.System + split.Ended + new Energy(split.Containers.Sum(static share => share.Energy.Microjoules));

    /// <summary>A card source that a test tells what to say.</summary>
    private sealed class FakeCards : ICardSource
    {
        private (string? Container, long Weight)[] _users = [];

        public string Name => "cards";

        public Reading Reading { get; set; } = Reading.Ok(1_000_000);

        public bool IsEven { get; set; }

        public ManualResetEventSlim? Hang { get; set; }

        public void Say(params (string? Container, long Weight)[] users) => _users = users;

        public Discovery Discover(HostRoot root) => Discovery.Of([new FakeSensor(Some.Info(Name, "nvidia@0000:01:00.0", "processes", Quantity.Count), () =>
        {
            Hang?.Wait();
            return Reading;
        })]);

        public void Take(string device, CardUse use)
        {
            Assert.Equal("nvidia@0000:01:00.0", device);
            use.Clear();
            foreach (var (container, weight) in _users)
                use.Add(container, weight);
            use.IsEven = IsEven;
        }
    }
}
