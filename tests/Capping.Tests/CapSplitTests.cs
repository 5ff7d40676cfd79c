using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

public sealed class CapSplitTests
{
    [Fact]
    public void Next_OneDevice_GetsAllThatIsAvailableUpToItsMost()
    {
        var split = new CapSplit(1);
        Assert.Equal([W(30)], split.Next(W(30), [Part(5, 65, null)], S(0)).ToArray());
        Assert.Equal([W(65)], split.Next(W(100), [Part(5, 65, null)], S(10)).ToArray());
        Assert.Equal([W(5)], split.Next(W(2), [Part(5, 65, null)], S(20)).ToArray());
    }

    [Fact]
    public void Next_ProcessorAndCard_ShareByTheirRanges()
    {
        var caps = new CapSplit(2).Next(W(165), [Part(15, 65, null), Part(100, 200, null)], S(0)).ToArray();
        Assert.Equal(15 + (50.0 / 3), caps[0].Watts, 3);
        Assert.Equal(100 + (100.0 / 3), caps[1].Watts, 3);
    }

    [Fact]
    public void Next_PressedCardBesideASlackProcessor_GetsATenthAStep()
    {
        var split = new CapSplit(2);
        var before = split.Next(W(165), [Part(15, 65, null), Part(100, 200, null)], S(0)).ToArray();
        var parts = new[] { Part(15, 65, 16), Part(100, 200, 133) };
        var cut = split.Next(W(165), parts, S(1)).ToArray();
        Assert.Equal(before[0].Watts - (0.1 * (before[0].Watts - 15)), cut[0].Watts, 3);
        Assert.Equal(before[1], cut[1]);
        var grown = split.Next(W(165), parts, S(2.5)).ToArray();
        Assert.True(grown[1] > before[1], "the card grows once the processor has settled");
    }

    [Fact]
    public void Next_BothPressed_ShiftsNothing()
    {
        var split = new CapSplit(2);
        var before = split.Next(W(165), [Part(15, 65, null), Part(100, 200, null)], S(0)).ToArray();
        var after = split.Next(W(165), [Part(15, 65, 31.6), Part(100, 200, 133.3)], S(5)).ToArray();
        Assert.Equal(before, after);
    }

    /// <summary>A cap is raised only into what no device may still be drawing: its cap of any moment within the settle time counts.</summary>
    [Fact]
    public void Next_AnyHistory_RaisesOnlyIntoWhatIsFree() => Check.QuickThrowOnFailure(Prop.ForAll(Steps(), steps =>
    {
        var split = new CapSplit(2);
        var held = new List<Held>();
        var now = TimeSpan.Zero;
        foreach (var step in steps)
        {
            now += S(step.Pause / 10.0);
            var available = W(step.Available);
            var caps = split.Next(available, [Part(15, 65, step.First), Part(40, 200, step.Second)], now).ToArray();
            Assert.True(caps[0] + caps[1] <= Power.Max(available, W(15) + W(40)), $"{caps[0]} + {caps[1]} of {available}");
            held.Add(new Held(now, caps));
            if (held.Count > 1 && (caps[0] > held[^2].Caps[0] || caps[1] > held[^2].Caps[1]))
                Assert.True(Possible(held, 0) + Possible(held, 1) <= available, $"{Possible(held, 0)} + {Possible(held, 1)} of {available}");
        }
    }));

    /// <summary>The highest cap in force within the settle time before the last step.</summary>
    private static Power Possible(List<Held> held, int device)
    {
        var most = held[^1].Caps[device];
        for (var i = held.Count - 2; i >= 0 && held[i + 1].At > held[^1].At - S(1); i--)
            most = Power.Max(most, held[i].Caps[device]);
        return most;
    }

    private sealed record Held(TimeSpan At, Power[] Caps);

    private static Arbitrary<Step[]> Steps() => Arb.From(Gen.ArrayOf(
        from pause in Gen.Choose(1, 20)
        from available in Gen.Choose(20, 300)
        from first in Gen.Choose(5, 65)
        from second in Gen.Choose(10, 200)
        select new Step(pause, available, first, second)));

    private sealed record Step(int Pause, int Available, int First, int Second);

    private static SplitPart Part(double least, double most, double? draw) =>
        new(W(least), W(most), draw is { } watts ? W(watts) : null, S(1));

    private static Power W(double watts) => Power.FromWatts(watts);

    private static TimeSpan S(double seconds) => TimeSpan.FromSeconds(seconds);
}
