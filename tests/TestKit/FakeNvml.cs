using System.Diagnostics;
using System.Globalization;

namespace Homelab.TestKit;

/// <summary>A stand-in for NVIDIA's management library inside a <see cref="FixtureHost"/>, compiled from tests/fixtures/nvml/fake_nvml.c; a script file beside it says what it
/// answers. The host gets the GPUs' sysfs folders too. Each host has an instance of its own.</summary>
internal sealed class FakeNvml
{
    private const string Folder = "/usr/lib";

    /// <summary>The card that hosts have when a test does not care.</summary>
    private const string Usual = "geforce-rtx-4080-super";

    private static readonly Lazy<string> Current = new(() => Compile("fake_nvml.so"));
    private static readonly Lazy<string> Old = new(() => Compile("fake_nvml_old.so", "-DOLD_DRIVER"));

    private readonly FixtureHost _host;

    private FakeNvml(FixtureHost host) => _host = host;

    /// <summary>Every call so far that reached the library's initialisation (<c>init</c>) or a GPU (<c>0.power</c>), in order.</summary>
    public IReadOnlyList<string> Calls => Read("fake_nvml.calls");

    /// <summary>Puts the library into the host, with one GPU for each address.</summary>
    public static FakeNvml In(FixtureHost host, params string[] addresses) => In(host, Current.Value, addresses);

    /// <summary>As <see cref="In(FixtureHost, string[])"/>, without the exports of newer drivers.</summary>
    public static FakeNvml OldIn(FixtureHost host, params string[] addresses) => In(host, Old.Value, addresses);

    /// <summary>Appends lines to the script; the last line of a key wins.</summary>
    public FakeNvml Say(params string[] lines)
    {
        // In one write: the library may read at any moment.
        File.AppendAllText(_host.Locate(Folder + "/fake_nvml.txt"), string.Concat(lines.Select(static line => line + "\n")));
        return this;
    }

    /// <summary>What the script says of a key now; null when nothing. What was set through the library is in it.</summary>
    public string? Value(string key) =>
        Read("fake_nvml.txt").LastOrDefault(line => line.StartsWith(key + " ", StringComparison.Ordinal))?[(key.Length + 1)..];

    public void ForgetCalls() => File.Delete(_host.Locate(Folder + "/fake_nvml.calls"));

    /// <summary>Puts the library into the host with recorded cards of tests/fixtures/nvml/cards, each at its address.</summary>
    public static FakeNvml Recorded(FixtureHost host, params (string Address, string Card)[] cards) => In(host, Current.Value, cards);

    private static IEnumerable<string> Card(int index, string address, string card) =>
    [
        $"{index}.address 0000{address}",
        .. File.ReadLines(Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "nvml", "cards", card + ".txt"))
            .Where(static line => !line.StartsWith('#'))
            .Select(line => $"{index}.{line.Replace("{index}", index.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)}"),
    ];

    private static FakeNvml In(FixtureHost host, string library, string[] addresses) =>
        In(host, library, Array.ConvertAll(addresses, static address => (address, Usual)));

    private static FakeNvml In(FixtureHost host, string library, (string Address, string Card)[] cards)
    {
        var fake = new FakeNvml(host);
        Directory.CreateDirectory(host.Locate(Folder));
        File.Copy(library, host.Locate(Folder + "/libnvidia-ml.so.1"));
        fake.Say("driver 595.71.05", "gpus " + cards.Length.ToString(CultureInfo.InvariantCulture));
        for (var i = 0; i < cards.Length; i++)
        {
            var (address, card) = cards[i];
            fake.Say([.. Card(i, address, card)]);
            host.Put($"/sys/bus/pci/devices/{address}/power/runtime_status", "active\n");
            host.Put($"/sys/bus/pci/devices/{address}/power/control", "on\n");
            host.Put($"/sys/bus/pci/drivers/nvidia/{address}", $"-> ../../devices/{address}");
        }
        return fake;
    }

    private static string Compile(string name, params string[] options)
    {
        var library = Path.Combine(AppContext.BaseDirectory, name);
        var source = Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "nvml", "fake_nvml.c");
        var start = new ProcessStartInfo("clang") { RedirectStandardError = true };
        foreach (var argument in (string[])["-std=gnu11", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC", .. options, "-o", library, source])
            start.ArgumentList.Add(argument);
        using var compiler = Process.Start(start)!;
        var errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        return compiler.ExitCode == 0 ? library : throw new InvalidOperationException("clang could not compile the fake library: " + errors);
    }

    private string[] Read(string file)
    {
        var path = _host.Locate(Folder + "/" + file);
        return File.Exists(path) ? File.ReadAllLines(path) : [];
    }
}
