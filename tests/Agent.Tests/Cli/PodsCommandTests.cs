using Homelab.NodeAgent.Cli;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Cli;

public class PodsCommandTests
{
    private static readonly Terminal Plain = new(TextWriter.Null, TextWriter.Null, false, false);

    [Fact]
    public void Table_MoreContainersThanRows_SumsTheOthersAndShowsTheWhole()
    {
        var shares = Enumerable.Range(1, 22).Select(i => new ContainerShare("pod:uid-" + i, $"c{i:00}", Energy.FromJoules(i), Power.FromWatts(i))).ToArray();
        var split = new SplitState(Energy.FromJoules(300), Energy.FromJoules(40), Energy.FromJoules(7), Energy.Zero, shares);

        var lines = PodsCommand.Table("n1", Some.Sample() with { Split = split }, Plain).Split('\n');

        Assert.Equal(["uid-22", "c22", "22.00", "J", "7.3", "%", "22.00", "W"], Words(lines[4]));
        // The two least of the twenty-two.
        Assert.Equal(["others", "3.00", "J", "1.0", "%"], Words(lines.Single(line => line.StartsWith("others", StringComparison.Ordinal))));
        Assert.Equal(["node", "300.00", "J", "100.0", "%"], Words(lines.Last(line => line.StartsWith("node", StringComparison.Ordinal))));
    }

    [Fact]
    public void Table_NamedPodThatUsedACard_ShowsBoth()
    {
        var share = new ContainerShare("pod:uid", "c1", Energy.FromJoules(60), Power.FromWatts(6)) { PodName = "media/jellyfin-0", Cards = Energy.FromJoules(45) };
        var split = new SplitState(Energy.FromJoules(100), Energy.FromJoules(10), Energy.FromJoules(30), Energy.Zero, [share]) { CardsRest = Energy.FromJoules(20), IsEven = true };

        var lines = PodsCommand.Table("n1", Some.Sample() with { Split = split }, Plain).Split('\n');

        Assert.Equal(["POD", "CONTAINER", "ENERGY", "SHARE", "NOW", "GPU"], Words(lines[3]));
        Assert.Equal(["media/jellyfin-0", "c1", "60.00", "J", "60.0", "%", "6.00", "W", "45.00", "J"], Words(lines[4]));
        // The rows sum to the node: the system's own, and what a card drew for nobody known.
        Assert.Equal(["system", "10.00", "J", "10.0", "%"], Words(lines.Single(line => line.StartsWith("system", StringComparison.Ordinal))));
        var rest = lines.Single(line => line.StartsWith("gpu", StringComparison.Ordinal));
        Assert.Equal(lines[4].Length, rest.Length);
        Assert.Contains("20.00 J", rest, StringComparison.Ordinal);
        Assert.Contains(lines, line => line.Contains("even", StringComparison.Ordinal));
    }

    [Fact]
    public void Table_NoContainers_SaysWhereToLook() =>
        Assert.Contains("doctor", PodsCommand.Table("n1", Some.Sample(), Plain), StringComparison.Ordinal);

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
