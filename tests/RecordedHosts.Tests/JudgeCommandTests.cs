using System.Text.Json.Nodes;

namespace Homelab.RecordedHosts.Tests;

public sealed class JudgeCommandTests : IDisposable
{
    private readonly string _out = Directory.CreateTempSubdirectory("judge-").FullName;

    public void Dispose() => Directory.Delete(_out, recursive: true);

    [Theory]
    [InlineData("110", 0)]
    [InlineData("100", 1)]
    public void Run_ABudget_ExitCodeSaysWhetherItHeld(string budget, int exitCode)
    {
        var json = Path.Combine(_out, "figures.json");
        Assert.Equal(exitCode, JudgeCommand.Run(["--truth", Log(), "--budget", budget, "--guard", "3", "--json", json, "--svg", Path.Combine(_out, "p.svg")]));
        Assert.Equal(105, (double)JsonNode.Parse(File.ReadAllText(json))!["highestWatts"]!);
        Assert.StartsWith("<svg", File.ReadAllText(Path.Combine(_out, "p.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void Run_FromAMoment_JudgesNothingBefore() =>
        Assert.Equal(0, JudgeCommand.Run(["--truth", Log(), "--budget", "100", "--from", "3", "--until", "5"]));

    [Theory]
    [InlineData("--truth", "nowhere.csv", "--budget", "100")]
    [InlineData("--truth", "nowhere.csv")]
    [InlineData("--budget", "0", "--truth", "nowhere.csv")]
    [InlineData("--bogus", "1")]
    public void Run_Mistakes_Are2(params string[] arguments) => Assert.Equal(2, JudgeCommand.Run(arguments));

    // 105 W from second 1 to 2, 95 W else.
    private string Log()
    {
        var path = Path.Combine(_out, "truth.csv");
        File.WriteAllText(path, TruthLog.Header + "\n" + string.Concat(Enumerable.Range(0, 60).Select(i =>
            FormattableString.Invariant($"{i * 0.1:F3},n,{(i is >= 10 and < 20 ? 105 : 95)},120,150\n"))));
        return path;
    }
}
