using System.Diagnostics;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>Prometheus' own linter of expositions.</summary>
internal static class Promtool
{
    private const string Tool = "/usr/bin/promtool";

    /// <summary>What promtool says; empty when it has nothing to say.</summary>
    public static string CheckMetrics(string text)
    {
        Assert.True(File.Exists(Tool), $"{Tool} is missing: install Debian's package 'prometheus'");
        using var promtool = Process.Start(new ProcessStartInfo(Tool, ["check", "metrics"])
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        })!;
        promtool.StandardInput.Write(text);
        promtool.StandardInput.Close();
        var said = promtool.StandardError.ReadToEnd() + promtool.StandardOutput.ReadToEnd();
        promtool.WaitForExit();
        return promtool.ExitCode == 0 ? said : $"exit {promtool.ExitCode}: {said}";
    }
}
