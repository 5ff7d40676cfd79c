using System.Diagnostics;
using System.Globalization;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>Debian's own node_exporter on a recorded tree: what its hwmon and rapl collectors say of it.</summary>
internal static class NodeExporter
{
    private const string Tool = "/usr/bin/prometheus-node-exporter";

    /// <summary>Value by series, the path of the tree cut off.</summary>
    public static async Task<Dictionary<string, double>> ReadAsync(string tree)
    {
        Assert.True(File.Exists(Tool), $"{Tool} is missing: install Debian's package 'prometheus-node-exporter'");
        var host = Repository.PathOf("tests", "fixtures", "hosts", tree);
        using var exporter = Process.Start(new ProcessStartInfo(Tool,
            [$"--path.sysfs={host}/sys", "--collector.disable-defaults", "--collector.hwmon", "--collector.rapl", "--web.listen-address=127.0.0.1:0"])
        {
            RedirectStandardError = true,
        })!;
        try
        {
            using var client = new HttpClient();
            var text = await client.GetStringAsync($"http://{await AddressAsync(exporter)}/metrics").InTime();
            return text.Split('\n').Where(line => line.StartsWith("node_hwmon_", StringComparison.Ordinal) || line.StartsWith("node_rapl_", StringComparison.Ordinal))
                .Select(line => line.Replace(host, "", StringComparison.Ordinal)).ToDictionary(line => line[..line.LastIndexOf(' ')], line => double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        }
        finally
        {
            exporter.Kill();
        }
    }

    private static async Task<string> AddressAsync(Process exporter)
    {
        while (await exporter.StandardError.ReadLineAsync().InTime() is { } line)
        {
            if (line.Contains("Listening on", StringComparison.Ordinal))
                return line[(line.LastIndexOf('=') + 1)..];
        }
        throw new InvalidOperationException("node_exporter ended before it listened");
    }
}
