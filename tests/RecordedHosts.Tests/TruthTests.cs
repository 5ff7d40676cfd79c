using System.Xml.Linq;
using Homelab.Units;

namespace Homelab.RecordedHosts.Tests;

public sealed class TruthTests : IDisposable
{
    private readonly string _out = Directory.CreateTempSubdirectory("truth-").FullName;

    public void Dispose() => Directory.Delete(_out, recursive: true);

    [Fact]
    public void Read_WhatTheLogWrote_IsTheSameStory()
    {
        var path = Path.Combine(_out, "truth.csv");
        using var one = Open("rk1-1", "rk1");
        using var two = Open("nuc11", "nuc11");
        using (var log = new TruthLog(path, Power.FromWatts(8)))
        {
            for (var i = 1; i <= 40; i++)
            {
                one.Advance(TimeSpan.FromMilliseconds(50));
                two.Advance(TimeSpan.FromMilliseconds(50));
                log.Write(TimeSpan.FromMilliseconds(50 * i), [one, two]);
            }
        }
        var truth = Truth.Read(path);
        Assert.Equal(["rk1-1", "nuc11", TruthLog.Unmanaged], truth.Nodes.AsEnumerable());
        Assert.Equal(40, truth.Moments.Length);
        Assert.Equal(TimeSpan.FromSeconds(2), truth.Moments[^1].At);
        Assert.Equal((one.State.Power + two.State.Power).Watts + 8, truth.Moments[^1].Watts.Watts, 0.01);
        Assert.Equal(11, truth.Between(TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.5)).Moments.Length);
    }

    [Fact]
    public void Parse_StillBeingWritten_LeavesTheLastMomentOut()
    {
        var truth = Truth.Parse(TruthLog.Header + "\n1.000,a,5,9,7\n1.000,b,6,9,7\n1.050,a,5,9,7\n1.050,b,6.", "t");
        Assert.Equal(TimeSpan.FromSeconds(1), Assert.Single(truth.Moments).At);
        Assert.Equal(11, truth.Moments[0].Watts.Watts);
        Assert.Equal((18.0, 14.0), (truth.Moments[0].Limit.Watts, truth.Moments[0].Wanted.Watts));
    }

    [Fact]
    public void Parse_SomethingElse_SaysSo()
    {
        var failure = Assert.Throws<ReplayException>(() => Truth.Parse("a,b\n", "x.csv"));
        Assert.Contains("x.csv", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Draw_ARun_IsAPictureThatNamesEveryNodeAndTheBudget()
    {
        var lines = Enumerable.Range(0, 2000).SelectMany(i => new[] { "rk1", "nuc<11>" }.Select(node => FormattableString.Invariant($"{i * 0.05:F3},{node},{20 + i % 40},80,{30 + i % 60}")));
        var truth = Truth.Parse(TruthLog.Header + "\n" + string.Join('\n', lines) + "\n", "t");
        var budget = Power.FromWatts(100);
        var svg = XDocument.Parse(TruthPicture.Draw(truth, Verdict.Of(truth, budget, Power.Zero), budget));
        var words = svg.Descendants().Where(element => element.Name.LocalName == "text").Select(element => element.Value).ToArray();
        Assert.Contains("rk1", words);
        Assert.Contains("nuc<11>", words);
        Assert.Contains("budget 100 W", words);
        Assert.Equal(2, svg.Descendants().Count(element => element.Name.LocalName == "path"));
        Assert.DoesNotContain("NaN", svg.ToString(), StringComparison.Ordinal);
        Assert.True(svg.ToString().Length < 120_000, $"{svg.ToString().Length} characters");
    }

    private ReplayedHost Open(string name, string machine)
    {
        var root = Path.Combine(_out, name);
        RecordedTree.Copy(Path.Combine(Recorded.Fixtures, machine), root);
        return new ReplayedHost(root, name, machine, 0, new Bursts(1, name), 1);
    }
}
