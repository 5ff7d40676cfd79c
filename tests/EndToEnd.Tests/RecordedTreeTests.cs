using System.Text.Json.Nodes;

namespace Homelab.EndToEnd.Tests;

/// <summary>The native binary on every recorded tree, against the committed answer.</summary>
public sealed class RecordedTreeTests
{
    public static TheoryData<string> Hosts() =>
        [.. Directory.EnumerateDirectories(Published.Fixtures).Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task SensorsJson_OnARecordedTree_MatchesItsGolden(string host)
    {
        var tree = Path.Combine(Published.Fixtures, host);
        var golden = Path.Combine(tree, "expected.json");
        var (exitCode, output, said) = await RunningProgram.RunAsync(Published.Agent,
            ["sensors", "--host-root", tree, "--node", host, "--output", "json"]);
        Assert.True(exitCode == 0, said);
        Assert.True(File.Exists(golden), $"{golden} is missing; UPDATE_GOLDENS=1 dotnet test tests/Sensors.Tests writes it, then read it");
        Assert.Equal(Normal(await File.ReadAllTextAsync(golden)), Normal(output));
        var json = JsonNode.Parse(output)!;
        Assert.Equal("homelab.sensors/v1", (string)json["schema"]!);
        Assert.NotEmpty(json["readings"]!.AsArray());
    }

    [Fact]
    public async Task Doctor_OnEveryTree_NeverCrashes()
    {
        foreach (var tree in Directory.EnumerateDirectories(Published.Fixtures))
        {
            var (exitCode, output, said) = await RunningProgram.RunAsync(Published.Agent, ["doctor", "--host-root", tree]);
            Assert.True(exitCode is 0 or 6, said);
            Assert.Contains("powercap", output);
        }
    }

    // One reading a line, so that a difference names the sensor.
    private static string Normal(string json)
    {
        var answer = JsonNode.Parse(json)!;
        return $"{answer["schema"]} {answer["node"]}\n" + string.Join('\n', answer["readings"]!.AsArray().Select(reading => reading!.ToJsonString()));
    }
}
