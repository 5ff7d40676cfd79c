using System.Runtime.InteropServices;
using System.Text.Json.Nodes;

namespace Homelab.EndToEnd.Tests;

/// <summary>The native binary on every recorded tree, against the committed answer.</summary>
public sealed partial class RecordedTreeTests
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
    public async Task SensorsJson_AFifoInPlaceOfAFile_TakesThatSensorAndNoOther()
    {
        var tree = Directory.CreateTempSubdirectory("fifo-").FullName;
        try
        {
            var (copied, _, problem) = await RunningProgram.RunAsync("/bin/cp", ["-a", Path.Combine(Published.Fixtures, "um890") + "/.", tree]);
            Assert.True(copied == 0, problem);
            var before = await ReadingsAsync(tree);
            var silent = before.Keys.First(static key => key.StartsWith("hwmon k10temp", StringComparison.Ordinal) && key.EndsWith(" temp1", StringComparison.Ordinal));
            var file = tree + (string)JsonNode.Parse(before[silent])!["path"]!;
            File.Delete(file);
            Assert.Equal(0, MakeFifo(file, 0x1A4));

            var begun = TimeProvider.System.GetTimestamp();
            var after = await ReadingsAsync(tree);

            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10), "the others waited for it");
            Assert.Contains("\"quality\":\"fault\"", after[silent]);
            Assert.True(after.Remove(silent) && before.Remove(silent));
            Assert.Equal(before, after);
            Assert.True(before.Count > 100);
        }
        finally
        {
            Directory.Delete(tree, recursive: true);
        }
    }

    [Theory]
    [MemberData(nameof(Hosts))]
    public async Task Doctor_OnARecordedTree_SaysItsGoldenAndEndsBySix(string host)
    {
        var tree = Path.Combine(Published.Fixtures, host);
        var golden = await File.ReadAllTextAsync(Path.Combine(tree, "doctor.txt"));

        var (exitCode, output, said) = await RunningProgram.RunAsync(Published.Agent, ["doctor", "--host-root", tree, "--node", host]);

        Assert.Equal(golden.TrimEnd(), output.TrimEnd());
        // 6 where a line of the report mends something, and only there.
        Assert.True(exitCode == (golden.Contains("        fix: ", StringComparison.Ordinal) ? 6 : 0), $"ended with {exitCode}: {said}");
    }

    [Theory]
    [InlineData("steamdeck", "fix: sudo modprobe intel_rapl_msr", 6)]
    [InlineData("rk1", "neither this module nor the Turing Pi's BMC measures its power", 0)]
    public async Task Doctor_OnAKnownTree_NamesWhatIsMissing(string host, string line, int code)
    {
        var (exitCode, output, _) = await RunningProgram.RunAsync(Published.Agent, ["doctor", "--host-root", Path.Combine(Published.Fixtures, host)]);

        Assert.Contains(line, output, StringComparison.Ordinal);
        Assert.Equal(code, exitCode);
    }

    private static async Task<Dictionary<string, string>> ReadingsAsync(string tree)
    {
        var (exitCode, output, said) = await RunningProgram.RunAsync(Published.Agent, ["sensors", "--host-root", tree, "--node", "um890", "--output", "json"]);
        Assert.True(exitCode == 0, said);
        return JsonNode.Parse(output)!["readings"]!.AsArray().ToDictionary(static reading => $"{reading!["source"]} {reading["device"]} {reading["name"]}", static reading => reading!.ToJsonString());
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int MakeFifo(string path, uint mode);

    // One reading a line, so that a difference names the sensor.
    private static string Normal(string json)
    {
        var answer = JsonNode.Parse(json)!;
        return $"{answer["schema"]} {answer["node"]}\n" + string.Join('\n', answer["readings"]!.AsArray().Select(reading => reading!.ToJsonString()));
    }
}
