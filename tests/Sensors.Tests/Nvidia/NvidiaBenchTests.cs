using System.Diagnostics;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Nvidia;

/// <summary>The script of <c>make nvidia-test</c>, with recordings in place of the agent and of nvidia-smi: four captured cards, so the golden is judged by what
/// NVIDIA's own program said of them.</summary>
public sealed class NvidiaBenchTests : IDisposable
{
    private static readonly string Nvml = Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "nvml");

    private readonly string _folder = Directory.CreateTempSubdirectory("nvidia-bench-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Run_GoldenAgainstNvidiaSmi_EveryFieldAgrees()
    {
        var (code, output) = Run("cat " + Path.Combine(Nvml, "expected.json"), "cat " + Path.Combine(Nvml, "nvidia-smi.xml"));

        Assert.Contains("180 passed, 0 failed", output, StringComparison.Ordinal);
        Assert.Equal(0, code);
    }

    [Theory]
    [InlineData("<gpu_temp>43 C</gpu_temp>", "<gpu_temp>53 C</gpu_temp>", "temp")]
    [InlineData("<requested_power_limit>320.00 W</requested_power_limit>", "<requested_power_limit>300.00 W</requested_power_limit>", "power_cap_set")]
    [InlineData("<fan_speed>38 %</fan_speed>", "<fan_speed>N/A</fan_speed>", "fan")]
    [InlineData("sw_power_cap>200740215 us", "sw_power_cap>100740215 us", "throttled_power_seconds")]
    [InlineData("<replay_counter>9</replay_counter>", "<replay_counter>8</replay_counter>", "pcie_replays")]
    public void Run_OneFigureDiffers_FailsByItsName(string was, string becomes, string field)
    {
        var smi = Path.Combine(_folder, "smi.xml");
        var text = File.ReadAllText(Path.Combine(Nvml, "nvidia-smi.xml"));
        Assert.Contains(was, text, StringComparison.Ordinal);
        File.WriteAllText(smi, text.Replace(was, becomes, StringComparison.Ordinal));

        var (code, output) = Run("cat " + Path.Combine(Nvml, "expected.json"), "cat " + smi);

        Assert.Equal(1, code);
        Assert.Contains(output.Split('\n'), line => line.StartsWith("FAIL", StringComparison.Ordinal) && line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[2] == field);
    }

    [Theory]
    [InlineData("no-such-program", "no nvidia-smi")]
    [InlineData("false", "no NVIDIA GPU that works")]
    [InlineData("echo <nvidia_smi_log></nvidia_smi_log>", "lists no GPU")]
    public void Run_NoGpu_EndsWithItsOwnStatus(string smi, string meaning)
    {
        var (code, output) = Run("false", smi);

        Assert.Equal(77, code);
        Assert.Contains(meaning, output, StringComparison.Ordinal);
    }

    [Fact]
    public void Run_AgentFails_IsNeitherPassedNorSkipped() => Assert.Equal(2, Run("false", "cat " + Path.Combine(Nvml, "nvidia-smi.xml")).Code);

    [Theory]
    [InlineData(5_000_000, 95_000_000, "ok    split         media/jellyfin-0")]
    [InlineData(0, 90_000_000, "FAIL  split         99f3a16ea25b")]
    [InlineData(5_000_000, 94_999_999, "FAIL  split         sum of the parts")]
    public void JudgeProcesses_AgainstTheAgentsSplit_NamesWhatDiffers(long gpu, long system, string row)
    {
        // As nvidia-smi said of two processes before and after; the one in the container worked.
        var script = Path.Combine(_folder, "judge.py");
        File.WriteAllText(script, $$"""
            import importlib.util, json, sys
            spec = importlib.util.spec_from_file_location("bench", sys.argv[1])
            bench = importlib.util.module_from_spec(spec)
            spec.loader.exec_module(bench)
            bench.containers_of = lambda pid: "99f3a16ea25b" if pid == 700 else ""
            told = {"0000:01:00.0": {700: 50, 701: 5} }
            pods = {"energyMicrojoules": 100000000, "idleMicrojoules": 0, "systemMicrojoules": {{system}}, "systemGpuMicrojoules": 0, "endedMicrojoules": {{(gpu == 0 ? 10_000_000 : 0)}}, "gpuEvenly": False,
                    "containers": [{"container": "99f3a16ea25b", "namespace": "media", "name": "jellyfin-0", "microjoules": {{gpu}}, "gpuMicrojoules": {{gpu}} }]}
            for passed, address, name, says, value, why in bench.judge_processes(told, told, pods):
                print(f"{'ok' if passed else 'FAIL':4}  {address:12}  {name}")
            """);
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true };
        start.ArgumentList.Add(script);
        start.ArgumentList.Add(Path.Combine(RepositoryRoot.Path, "tests", "NvidiaBench", "run.py"));
        using var process = Process.Start(start)!;

        Assert.Contains(row, process.StandardOutput.ReadToEnd(), StringComparison.Ordinal);
    }

    /// <summary>Both commands get arguments that they shall not mind.</summary>
    private static (int Code, string Output) Run(string agent, string smi)
    {
        var start = new ProcessStartInfo("python3") { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in (string[])[Path.Combine(RepositoryRoot.Path, "tests", "NvidiaBench", "run.py"), "--pause", "0", "--split", "0", "--agent", Deaf(agent), "--nvidia-smi", Deaf(smi)])
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private static string Deaf(string command) => command.Contains(' ', StringComparison.Ordinal) ? $"sh -c '{command.Replace("<", "\\<", StringComparison.Ordinal).Replace(">", "\\>", StringComparison.Ordinal)}'" : command;
}
