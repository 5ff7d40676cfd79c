using System.Diagnostics;

namespace Homelab.TestKit;

/// <summary>A stand-in for NVIDIA's management library inside a <see cref="FixtureHost"/>, compiled from tests/fixtures/nvml/fake_nvml.c; a script file beside it says what it
/// answers. The host gets the GPUs' sysfs folders too. Each host has an instance of its own.</summary>
internal sealed class FakeNvml
{
    private const string Folder = "/usr/lib";

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
        File.AppendAllLines(_host.Locate(Folder + "/fake_nvml.txt"), lines);
        return this;
    }

    /// <summary>What the script says of a key now; null when nothing. What was set through the library is in it.</summary>
    public string? Value(string key) =>
        Read("fake_nvml.txt").LastOrDefault(line => line.StartsWith(key + " ", StringComparison.Ordinal))?[(key.Length + 1)..];

    public void ForgetCalls() => File.Delete(_host.Locate(Folder + "/fake_nvml.calls"));

    /// <summary>A GeForce RTX 4080 SUPER as nvidia-smi 595.71 showed it (nvidia_gpu_exporter's captures, MIT), with the energy, memory temperature and clocks composed.</summary>
    private static string[] Card(int index, string address) =>
    [
        .. new[]
        {
            $"address 0000{address}",
            $"uuid GPU-0000000{index}-1111-2222-3333-444444444444",
            "name NVIDIA GeForce RTX 4080 SUPER",
            "power 25920", "field185 25920", "field186 27740", "field82 48", "energy 123456789",
            "limit 320000", "default 320000", "min 150000", "max 400000",
            "temp 41", "threshold0 99", "threshold1 96",
            "util 7", "memutil 3", "memtotal 17171480576", "memused 1073741824",
            "clock0 210", "clock2 405", "maxclock0 3105",
            "reasons 1", "pstate 8", "fan 30", "mig 0", "persistence 0",
        }.Select(line => $"{index}.{line}"),
    ];

    private static FakeNvml In(FixtureHost host, string library, string[] addresses)
    {
        var fake = new FakeNvml(host);
        Directory.CreateDirectory(host.Locate(Folder));
        File.Copy(library, host.Locate(Folder + "/libnvidia-ml.so.1"));
        fake.Say("driver 595.71.05", "gpus " + addresses.Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
        for (var i = 0; i < addresses.Length; i++)
        {
            fake.Say(Card(i, addresses[i]));
            host.Put($"/sys/bus/pci/devices/{addresses[i]}/power/runtime_status", "active\n");
            host.Put($"/sys/bus/pci/devices/{addresses[i]}/power/control", "on\n");
            host.Put($"/sys/bus/pci/drivers/nvidia/{addresses[i]}", $"-> ../../devices/{addresses[i]}");
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
