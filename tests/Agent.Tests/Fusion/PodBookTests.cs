using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class PodBookTests
{
    [Fact]
    public void Read_MorePodsThanPlaces_NamesThoseThatUsedMostAndKeepsThem()
    {
        var book = new PodBook(1);
        book.Read(Split(("pod:a", "1", 5), ("pod:b", "2", 9)));

        book.Read(Split(("pod:a", "1", 50), ("pod:b", "2", 10)));
        var told = book.Write();

        Assert.Equal([new PodEnergy("b", Energy.FromJoules(1))], told.Pods);
        Assert.Equal(59, told.Other.Joules);
    }

    [Fact]
    public void Read_ContainersOfOnePod_AreOneFigure()
    {
        var book = new PodBook(5);
        book.Read(Split(("pod:a", "1", 1), ("pod:a", "2", 1)));

        book.Read(Split(("pod:a", "1", 3), ("pod:a", "2", 2)));
        var told = book.Write();

        Assert.Equal([new PodEnergy("a", Energy.FromJoules(3))], told.Pods);
    }

    [Fact]
    public void Read_ANamedPodEnds_ItsPlaceIsFree()
    {
        var book = new PodBook(1);
        book.Read(Split(("pod:a", "1", 5), ("pod:b", "2", 1)));
        book.Read(Split(("pod:a", "1", 6), ("pod:b", "2", 2)));

        book.Read(new SplitState(Energy.FromJoules(9), Energy.Zero, Energy.Zero, Energy.FromJoules(6), [new("pod:b", "2", Energy.FromJoules(3), Power.Zero)]));
        var told = book.Write();

        Assert.Equal("b", Assert.Single(told.Pods).Pod);
        Assert.Equal(1, told.Ended.Joules);
    }

    [Fact]
    public void Read_PodsThatAreNamed_AreToldByBothNames()
    {
        var book = new PodBook(5);
        var share = new ContainerShare("pod:a", "1", Energy.FromJoules(1), Power.Zero) { PodName = "default/web-0" };
        book.Read(new SplitState(Energy.FromJoules(1), Energy.Zero, Energy.Zero, Energy.Zero, [share]));

        book.Read(new SplitState(Energy.FromJoules(2), Energy.Zero, Energy.Zero, Energy.Zero, [share with { Energy = Energy.FromJoules(2) }]));
        var told = book.Write();

        Assert.Equal([new PodEnergy("a", Energy.FromJoules(1)) { Name = "default/web-0" }], told.Pods);
    }

    /// <summary>What a reader holds is not written to: only what is given back is.</summary>
    [Fact]
    public void Write_IntoAReportGivenBack_LeavesTheOthersAsTheyWere()
    {
        var book = new PodBook(5);
        book.Read(Split(("pod:a", "1", 1)));
        var held = book.Write();
        var free = book.Write();
        book.Read(Split(("pod:a", "1", 3)));

        var written = book.Write(free);

        Assert.Same(free, written);
        Assert.Equal((0.0, 2.0), (Assert.Single(held.Pods).Energy.Joules, Assert.Single(written.Pods).Energy.Joules));
    }

    private static SplitState Split(params (string Device, string Name, double Joules)[] shares) => new(
        Energy.FromJoules(shares.Sum(share => share.Joules)), Energy.Zero, Energy.Zero, Energy.Zero,
        [.. shares.Select(share => new ContainerShare(share.Device, share.Name, Energy.FromJoules(share.Joules), Power.Zero))]);
}
