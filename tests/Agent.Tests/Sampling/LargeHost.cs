using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Homelab.TestKit;
using Microsoft.Win32.SafeHandles;

namespace Homelab.NodeAgent.Tests.Sampling;

/// <summary>A machine with two packages, a hundred pods of two containers each and eight graphics cards, each at work for a pod. Its counters move when told to.</summary>
internal sealed class LargeHost : IDisposable
{
    private const int Pods = 100;
    private const int Cards = 8;

    /// <summary>Counters keep their length, so that they are overwritten in place and no reader sees half a file.</summary>
    private const long Start = 100_000_000_000;

    private readonly List<(SafeFileHandle File, string Prefix, long Step)> _counters = [];
    private long _seconds;

    public LargeHost()
    {
        Host = FixtureHost.Of(("/sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n"), ("/proc/2/comm", "kthreadd\n"));
        for (var package = 0; package < 2; package++)
        {
            var zone = $"/sys/devices/virtual/powercap/intel-rapl/intel-rapl:{package}";
            Host.Put(zone + "/name", $"package-{package}\n");
            Host.Put(zone + "/max_energy_range_uj", "262143328850\n");
            Host.Put($"/sys/class/powercap/intel-rapl:{package}", $"-> ../../devices/virtual/powercap/intel-rapl/intel-rapl:{package}");
            Count(zone + "/energy_uj", "", 90_000_000);
        }
        Count("/proc/stat", "cpu ", 1600, " 0 0 000100000000000 0 0 0 0 0 0\nctxt 1\nbtime 1700000000\nprocesses 1\n");
        for (var pod = 0; pod < Pods; pod++)
            Pod(pod);
        var fake = FakeNvml.Recorded(Host, [.. Enumerable.Range(0, Cards).Select(static i => ($"0000:{i + 0x81:x2}:00.0", "l40s"))]);
        fake.Say([.. Enumerable.Range(0, Cards).SelectMany(static i => new[] { $"{i}.err.energy 3", $"{i}.err.use 3", $"{i}.reasons 4", $"{i}.running {700 + i}:1048576:3:0" })]);
    }

    public FixtureHost Host { get; }

    /// <summary>A second passes.</summary>
    public void Move()
    {
        _seconds++;
        Span<byte> text = stackalloc byte[64];
        foreach (var (file, prefix, step) in _counters)
        {
            var count = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{prefix}{Start + (step * _seconds)}"), text);
            RandomAccess.Write(file, text[..count], 0);
        }
    }

    public void Dispose()
    {
        foreach (var (file, _, _) in _counters)
            file.Dispose();
        Host.Dispose();
    }

    private void Pod(int pod)
    {
        var uid = Digits("pod", pod)[..32];
        for (var container = 0; container < 2; container++)
        {
            var path = $"/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod{uid[..8]}_{uid[8..12]}_{uid[12..16]}_{uid[16..20]}_{uid[20..]}.slice/cri-containerd-{Digits("container", (pod * 2) + container)}.scope";
            Count($"/sys/fs/cgroup{path}/cpu.stat", "usage_usec ", 50_000 + (pod * 1000));
            if (container == 0 && pod < Cards)
                Host.Put($"/proc/{700 + pod}/cgroup", $"0::{path}\n");
        }
    }

    private void Count(string path, string prefix, long step, string rest = "\n")
    {
        Host.Put(path, prefix + Start.ToString(CultureInfo.InvariantCulture) + rest);
        _counters.Add((File.OpenHandle(Host.Locate(path), FileMode.Open, FileAccess.Write), prefix, step));
    }

    private static string Digits(string kind, int number) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{kind} {number}")));
}
