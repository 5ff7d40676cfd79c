using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Api;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Tests.Fakes;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class TopPictureTests
{
    private static readonly FleetDocument Fleet = Many(10);

    [Theory]
    [InlineData(16, 10, "")]
    [InlineData(15, 8, "+2 more")]
    [InlineData(8, 1, "+9 more")]
    [InlineData(7, 0, "+10 more")]
    public void Of_Window_IsFilledAndNoMore(int height, int rows, string rest)
    {
        var lines = TopPicture.Of(Fleet, TerminalStyle.Plain, height).Split('\n');

        Assert.Equal(height, lines.Length);
        Assert.Equal(rows, lines.Count(line => line.StartsWith("node", StringComparison.Ordinal)));
        Assert.Equal(rest, lines[^3].StartsWith('+') ? lines[^3] : "");
        Assert.Equal("q quits", lines[^1]);
    }

    [Fact]
    public void Of_TallWindow_ShowsTheStatusWhole() =>
        Assert.Equal(FleetView.Status(Fleet, TerminalStyle.Plain) + "\nq quits", TopPicture.Of(Fleet, TerminalStyle.Plain, 60));

    [Theory]
    [InlineData(0, 1)]
    [InlineData(3, 3)]
    [InlineData(50, 16)]
    public void Drawn_AnyWindow_ErasesEachLineAndScrollsNever(int height, int lines)
    {
        var drawn = TopPicture.Drawn(TopPicture.Of(Fleet, TerminalStyle.Plain, 16), height);

        Assert.StartsWith("\u001b[HFleet", drawn, StringComparison.Ordinal);
        Assert.EndsWith("\u001b[K\u001b[J", drawn, StringComparison.Ordinal);
        Assert.All(drawn.Split('\n')[..^1], line => Assert.EndsWith("\u001b[K", line, StringComparison.Ordinal));
        Assert.Equal(lines, drawn.Split('\n').Length);
        Assert.DoesNotContain("\u001b[2J", drawn, StringComparison.Ordinal);
    }

    [Fact]
    public void Leave_EveryModeOfEnter_IsUndone() => Assert.All(
        new[] { ("\u001b[?1049h", "\u001b[?1049l"), ("\u001b[?25l", "\u001b[?25h"), ("\u001b[?7l", "\u001b[?7h") },
        mode =>
        {
            Assert.Contains(mode.Item1, TopPicture.Enter, StringComparison.Ordinal);
            Assert.Contains(mode.Item2, TopPicture.Leave, StringComparison.Ordinal);
        });

    private static FleetDocument Many(int nodes)
    {
        var fleet = ApiMap.Fleet(TypicalFleet.Snapshot(), ControlMode.Observe);
        return fleet with { Nodes = [.. Enumerable.Range(0, nodes).Select(number => fleet.Nodes[1] with { Name = $"node{number}" })] };
    }
}
