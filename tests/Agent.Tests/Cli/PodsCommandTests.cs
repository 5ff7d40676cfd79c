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
    public void Table_NoContainers_SaysWhereToLook() =>
        Assert.Contains("doctor", PodsCommand.Table("n1", Some.Sample(), Plain), StringComparison.Ordinal);

    private static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
