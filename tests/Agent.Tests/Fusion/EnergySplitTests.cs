using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class EnergySplitTests
{
    private static readonly Power Rest = Power.FromWatts(4);

    private readonly EnergySplit _split = new();

    [Fact]
    public void Take_TwoContainersAndTheHost_ShareWhatIsAboveIdle()
    {
        Take(0, joules: 100, busy: 10, ("a", 5), ("b", 5));
        Take(1, joules: 114, busy: 12, ("a", 6), ("b", 5.5));

        // 14 J less 4 J idle, over 2 CPU-seconds: half to a, a quarter to b, a quarter to nobody's container.
        Assert.Equal((14.0, 4.0, 2.5), (_split.Write().Whole.Joules, _split.Write().Idle.Joules, _split.Write().System.Joules));
        Assert.Equal([("a", 5.0, 5.0), ("b", 2.5, 2.5)], _split.Write().Containers.Select(share => (share.Name, share.Energy.Joules, share.Power.Watts)));
    }

    [Fact]
    public void Take_ContainersAboveTheNodesOwnCount_GetAllAndNoMore()
    {
        Take(0, 0, 0, ("a", 0));
        Take(1, 14, 1, ("a", 3));

        Assert.Equal((10.0, 0.0), (_split.Write().Containers[0].Energy.Joules, _split.Write().System.Joules));
    }

    [Fact]
    public void Take_AContainerEnds_ItsEnergyStaysInTheSum()
    {
        Take(0, 0, 0, ("a", 0));
        Take(1, 14, 1, ("a", 1));
        Take(2, 18, 1);

        Assert.Equal((18.0, 10.0, 8.0), (_split.Write().Whole.Joules, _split.Write().Ended.Joules, _split.Write().Idle.Joules));
        Assert.Empty(_split.Write().Containers);
    }

    [Fact]
    public void Take_AContainerThatIsNew_IsNotGivenItsPast()
    {
        Take(0, 0, 0);
        Take(1, 14, 100, ("a", 100));

        Assert.Equal((0.0, 10.0), (_split.Write().Containers[0].Energy.Joules, _split.Write().System.Joules));
    }

    [Fact]
    public void Take_CardsEnergyKnown_GoesToItsContainerFirst()
    {
        Take(0, 0, 0, ("a", 0), ("b", 0));

        _split.Take(
            Energy.FromJoules(104), TimeSpan.FromSeconds(1), Rest,
            [new("pod:a", "a", TimeSpan.FromSeconds(0.5), Energy.FromJoules(80)), new("pod:b", "b", TimeSpan.FromSeconds(0.5))], TimeSpan.FromSeconds(1));

        Assert.Equal([90.0, 10.0], _split.Write().Containers.Select(share => share.Energy.Joules));
    }

    [Fact]
    public void Take_CardsForNobodyKnown_AreTheSystemsAndNotSplitByTime()
    {
        Take(0, 0, 0, ("a", 0));

        _split.Take(
            Energy.FromJoules(104), TimeSpan.FromSeconds(1), Rest, [new("pod:a", "a", TimeSpan.FromSeconds(1), Energy.FromJoules(30))], TimeSpan.FromSeconds(1), new CardRest(Energy.Zero, Energy.FromJoules(50), true));

        var share = Assert.Single(_split.Write().Containers);
        Assert.Equal((50.0, 30.0, 50.0, 50.0, true), (share.Energy.Joules, share.Cards.Joules, _split.Write().System.Joules, _split.Write().CardsRest.Joules, _split.Write().IsEven));
    }

    [Fact]
    public void Take_CardsAboveTheNodesOwnFigure_AllGetLess()
    {
        Take(0, 0, 0, ("a", 0), ("b", 0));

        _split.Take(
            Energy.FromJoules(44), TimeSpan.FromSeconds(1), Rest,
            [new("pod:a", "a", TimeSpan.FromSeconds(1), Energy.FromJoules(40)), new("pod:b", "b", TimeSpan.Zero, Energy.FromJoules(20))], TimeSpan.FromSeconds(1), new CardRest(Energy.Zero, Energy.FromJoules(20), false));

        Assert.Equal([20.0, 10.0], _split.Write().Containers.Select(share => share.Cards.Joules));
        Assert.Equal(10.0, _split.Write().CardsRest.Joules);
    }

    [Fact]
    public void Take_CardsAtRest_AreIdleToo()
    {
        Take(0, 0, 0, ("a", 0));

        _split.Take(Energy.FromJoules(44), TimeSpan.FromSeconds(1), Rest, [new("pod:a", "a", TimeSpan.FromSeconds(1))], TimeSpan.FromSeconds(1), new CardRest(Energy.FromJoules(30), Energy.Zero, false));

        Assert.Equal((34.0, 10.0), (_split.Write().Idle.Joules, _split.Write().Containers[0].Energy.Joules));
    }

    [Fact]
    public void Take_NodeAtRest_IsAllIdle()
    {
        Take(0, 0, 0, ("a", 0));
        Take(1, 3, 0.5, ("a", 0.5));

        Assert.Equal((3.0, 0.0), (_split.Write().Idle.Joules, _split.Write().Containers[0].Energy.Joules));
    }

    [Fact]
    public void Take_WhateverHappens_SumsToTheNodesOwnFigureToTheMicrojoule()
    {
        Check.QuickThrowOnFailure(Prop.ForAll<(uint Gained, byte Busy, ushort[] Times)[]>(passes =>
        {
            var (split, book) = (new EnergySplit(), new PodBook(2));
            var (node, busy, second) = (0L, 0.0, 0);
            PodReport? last = null;
            foreach (var (gained, used, times) in passes)
            {
                node += second == 0 ? 0 : gained;
                busy += used / 7.0;
                var containers = (times ?? []).Select((time, i) => new ContainerUse(
                    i % 2 == 0 ? "pod:" + (i / 2) : "container", "c" + i, time % 13 == 0 ? null : TimeSpan.FromMilliseconds(time), new Energy(time % 5 == 0 ? time : 0))).ToArray();
                split.Take(new Energy(node), TimeSpan.FromSeconds(busy), Power.FromMilliwatts(1), containers, TimeSpan.FromSeconds(second++),
                    new CardRest(new Energy(used % 4 == 0 ? gained / 4 : 0), new Energy(used % 3 == 0 ? gained / 2 : 0), false));
                var state = split.Write();
                if (state.Whole.Microjoules != node || Sum(state) != node || state.Containers.Any(share => share.Energy.Microjoules < 0) || state.System < state.CardsRest || state.CardsRest.Microjoules < 0
                    || state.Containers.Any(share => share.Cards > share.Energy))
                    return false;
                book.Read(state);
                var told = book.Write();
                var sum = told.Idle + told.System + told.Other + told.Ended + new Energy(told.Pods.Sum(pod => pod.Energy.Microjoules));
                if (sum.Microjoules != node || told.Pods.Length > 2 || told.Ended.Microjoules < 0 || (last is { } before && told.Other < before.Other))
                    return false;
                last = told;
            }
            return true;
        }));
    }

    /// <summary>What a reader holds is not written to: only what is given back is.</summary>
    [Fact]
    public void Write_IntoAStateGivenBack_LeavesTheOthersAsTheyWere()
    {
        _split.Take(Energy.Zero, TimeSpan.Zero, Power.Zero, [new ContainerUse("pod:a", "a", TimeSpan.Zero)], TimeSpan.Zero);
        var (held, free) = (_split.Write(), _split.Write());
        _split.Take(Energy.FromJoules(8), TimeSpan.FromSeconds(1), Power.Zero, [new ContainerUse("pod:a", "a", TimeSpan.FromSeconds(1))], TimeSpan.FromSeconds(1));

        var written = _split.Write(free);

        Assert.Same(free, written);
        Assert.Equal((0.0, 0.0, 8.0, 8.0), (held.Whole.Joules, held.Containers[0].Energy.Joules, written.Whole.Joules, written.Containers[0].Energy.Joules));
    }

    /// <summary>Accounts are found by where they were: whoever comes, goes or changes places keeps its own.</summary>
    [Fact]
    public void Take_ContainersInAnotherOrder_KeepTheirOwn()
    {
        ContainerUse Use(string name, double seconds) => new("pod:" + name, name, TimeSpan.FromSeconds(seconds));
        _split.Take(Energy.Zero, TimeSpan.Zero, Power.Zero, [Use("a", 0), Use("b", 0), Use("c", 0)], TimeSpan.Zero);
        _split.Take(Energy.FromJoules(6), TimeSpan.FromSeconds(6), Power.Zero, [Use("c", 3), Use("x", 0), Use("a", 1), Use("b", 2)], TimeSpan.FromSeconds(1));
        _split.Take(Energy.FromJoules(12), TimeSpan.FromSeconds(12), Power.Zero, [Use("b", 4), Use("a", 2), Use("c", 6)], TimeSpan.FromSeconds(2));

        var shares = _split.Write().Containers.ToDictionary(static share => share.Name, static share => share.Energy.Joules);

        Assert.Equal((2.0, 4.0, 6.0, 3), (shares["a"], shares["b"], shares["c"], shares.Count));
    }

    private static long Sum(SplitState state) =>
        state.Idle.Microjoules + state.System.Microjoules + state.Ended.Microjoules + state.Containers.Sum(share => share.Energy.Microjoules);

    private void Take(double second, double joules, double busy, params (string Name, double Seconds)[] containers) => _split.Take(
        Energy.FromJoules(joules), TimeSpan.FromSeconds(busy), Rest,
        Array.ConvertAll(containers, each => new ContainerUse("pod:" + each.Name, each.Name, TimeSpan.FromSeconds(each.Seconds))), TimeSpan.FromSeconds(second));
}
