using Homelab.NodeAgent.Perf;
using Homelab.NodeAgent.Sensors.PowerPmu;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.PowerPmu;

public sealed class PerfSourceTests
{
    private const string Scale = "2.3283064365386962890625e-10\n";
    private readonly FakeCounters _counters = new();

    [Fact]
    public void Discover_NoPowercap_CountsUnderPowercapsLabels()
    {
        using var host = Host();
        var discovery = new PerfSource(_counters).Discover(host.Root);

        Assert.Equal(
            [("package-0", "package-0"), ("package-0:core", "core"), ("package-0:dram", "dram"), ("psys", "psys")],
            discovery.Sensors.Select(static sensor => (sensor.Info.Device, sensor.Info.Label)));
        Assert.All(discovery.Sensors, static sensor => Assert.Equal(("energy", Quantity.Energy, SensorShape.Counter, 0L), (sensor.Info.Name, sensor.Info.Quantity, sensor.Info.Shape, sensor.Info.WrapMicros)));
        Assert.All(_counters.Opened.Values, static opened => Assert.Equal((20u, 0), (opened.Type, opened.Cpu)));
        Assert.Empty(discovery.Findings);
    }

    [Fact]
    public void Read_Counts_AreJoules()
    {
        using var host = Host();
        var package = new PerfSource(_counters).Discover(host.Root).Sensor("package-0", "energy");
        Assert.Equal((Quality.Unsupported, null), (package.Read().Quality, package.Read().Micros));

        _counters.Counts[2] = 1UL << 32;
        Assert.Equal(Reading.Ok(1_000_000), package.Read());
        _counters.Counts[2] = ulong.MaxValue;
        Assert.Equal(Reading.Ok(4_294_967_295_999_999), package.Read());
    }

    [Fact]
    public void Discover_PowercapHasAZone_LeavesItToPowercap()
    {
        using var host = Host(("/sys/class/powercap/intel-rapl:0/energy_uj", "77\n"));
        var discovery = new PerfSource(_counters).Discover(host.Root);

        Assert.Empty(discovery.Sensors);
        Assert.Empty(_counters.Opened);
        Assert.Equal(FindingKind.Foreign, Assert.Single(discovery.Findings).Kind);
    }

    [Theory]
    [InlineData(Errno.Access, true)]
    [InlineData(Errno.NoEntry, true)]
    [InlineData(Errno.InputOutput, false)]
    [InlineData(Errno.NoData, false)]
    public void Discover_PowercapZoneThatFails_IsReplacedOnlyWhenItCanNotCount(int errno, bool counts)
    {
        using var host = Host(("/sys/class/powercap/intel-rapl:0/energy_uj", "77\n"));
        var discovery = new PerfSource(_counters).Discover(host.Seen(new ScriptedFiles().Fail("energy_uj", errno)));

        Assert.Equal(counts, discovery.Sensors.Count > 0);
    }

    [Fact]
    public void Discover_PowercapComesLater_ClosesEveryCounter()
    {
        using var host = Host();
        var source = new PerfSource(_counters);
        Assert.NotEmpty(source.Discover(host.Root).Sensors);
        host.Put("/sys/class/powercap/intel-rapl:0/energy_uj", "77\n");

        Assert.Empty(source.Discover(host.Root).Sensors);
        Assert.Empty(_counters.Opened);
    }

    [Fact]
    public void Discover_Again_KeepsTheCountersOpen()
    {
        using var host = Host();
        var source = new PerfSource(_counters);
        _ = source.Discover(host.Root);
        var before = _counters.Opened.Keys.ToArray();
        _ = source.Discover(host.Root);

        Assert.Equal(before, _counters.Opened.Keys);
    }

    [Theory]
    [InlineData(Errno.Access)]
    [InlineData(Errno.NotPermitted)]
    public void Discover_Shut_IsDeniedWithTheFixOnceAndReadsSo(int errno)
    {
        using var host = Host(("/proc/sys/kernel/perf_event_paranoid", "3\n"));
        foreach (var config in new ulong[] { 1, 2, 3, 5 })
            _counters.OpenErrors[config] = errno;
        var source = new PerfSource(_counters);
        var discovery = source.Discover(host.Root);

        var finding = Assert.Single(discovery.Findings);
        Assert.Equal((FindingKind.Denied, Errno.Name(errno)), (finding.Kind, finding.Errno));
        Assert.Contains("CAP_PERFMON", finding.Fix, StringComparison.Ordinal);
        Assert.Contains("perf_event_paranoid is 3", finding.Meaning, StringComparison.Ordinal);
        Assert.All(discovery.Sensors, static sensor => Assert.Equal(Quality.Denied, sensor.Read().Quality));

        _counters.OpenErrors.Clear();
        _counters.Counts[2] = 5UL << 32;
        _ = source.Discover(host.Root);
        Assert.Equal(5, discovery.Sensor("package-0", "energy").Read().Value());
    }

    [Theory]
    [InlineData(Errno.NoDevice)]
    [InlineData(Errno.NoData)]
    public void Read_ProcessorTakenAway_IsGoneAndOpenedAnew(int errno)
    {
        using var host = Host();
        var source = new PerfSource(_counters);
        var package = source.Discover(host.Root).Sensor("package-0", "energy");
        _counters.ReadError = errno;
        Assert.EndsWith(": gone", package.Read().Detail, StringComparison.Ordinal);
        Assert.Equal(3, _counters.Opened.Count);

        _counters.ReadError = 0;
        _counters.Counts[2] = 1UL << 31;
        _ = source.Discover(host.Root);
        Assert.Equal(0.5, package.Read().Value());
    }

    [Fact]
    public void Discover_OtherProcessorOfThePackage_IsCountedByTheSameSensor()
    {
        using var host = Host();
        var source = new PerfSource(_counters);
        var package = source.Discover(host.Root).Sensor("package-0", "energy");
        host.Put(PerfSource.Unit + "/cpumask", "1\n");
        host.Put("/sys/devices/system/cpu/cpu1/topology/physical_package_id", "0\n");
        _counters.Counts[2] = 3UL << 32;

        Assert.Equal(package.Info, source.Discover(host.Root).Sensor("package-0", "energy").Info);
        Assert.Equal(3, package.Read().Value());
        Assert.All(_counters.Opened.Values, static opened => Assert.Equal(1, opened.Cpu));
        Assert.Equal(4, _counters.Opened.Count);
    }

    [Fact]
    public void Discover_EventWithoutRegister_LeavesTheOthers()
    {
        using var host = Host();
        _counters.OpenErrors[5] = Errno.NoDevice;
        var discovery = new PerfSource(_counters).Discover(host.Root);

        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Device == "psys");
        Assert.Equal((3, "ENODEV"), (discovery.Sensors.Count, Assert.Single(discovery.Findings).Errno));
    }

    /// <summary>Before Linux 5.17 an AMD machine shows the events of all planes and counts that of its packages alone: the others do not open.</summary>
    [Fact]
    public void Discover_AmdBeforeKernel517_KeepsThePackageAlone()
    {
        using var host = Host((PerfSource.Unit + "/events/energy-gpu", "event=0x04\n"), (PerfSource.Unit + "/events/energy-gpu.scale", Scale));
        foreach (var config in (ulong[])[1, 3, 4, 5])
            _counters.OpenErrors[config] = Errno.Invalid;
        _counters.Counts[2] = 1UL << 32;

        var sensor = Assert.Single(new PerfSource(_counters).Discover(host.Root).Sensors);

        Assert.Equal(("package-0", Reading.Ok(1_000_000)), (sensor.Info.Label, sensor.Read()));
    }

    [Fact]
    public void Discover_TwoPackagesAndDies_AreNamedAsPowercapDoes()
    {
        using var host = Host(
            ("/sys/bus/event_source/devices/power/cpumask", "0,8-9\n"),
            ("/sys/devices/system/cpu/cpu0/topology/physical_package_id", "0\n"),
            ("/sys/devices/system/cpu/cpu8/topology/physical_package_id", "1\n"),
            ("/sys/devices/system/cpu/cpu8/topology/die_id", "0\n"),
            ("/sys/devices/system/cpu/cpu9/topology/physical_package_id", "1\n"),
            ("/sys/devices/system/cpu/cpu9/topology/die_id", "1\n"));
        var labels = new PerfSource(_counters).Discover(host.Root).Sensors.Where(static sensor => sensor.Info.Label.StartsWith('p')).Select(static sensor => sensor.Info.Label);

        Assert.Equal(["package-0", "package-1-die-0", "package-1-die-1", "psys", "psys-1"], labels);
    }

    [Theory]
    [InlineData("type", "rubbish")]
    [InlineData("cpumask", "")]
    [InlineData("cpumask", "0-99999")]
    [InlineData("cpumask", "-1")]
    [InlineData("events/energy-pkg", "config=0x02")]
    [InlineData("events/energy-pkg", "event=0xffffffffffffffffffff")]
    [InlineData("events/energy-pkg.scale", "1")]
    [InlineData("events/energy-pkg.scale", "NaN")]
    [InlineData("events/energy-pkg.unit", "Furlongs")]
    public void Discover_Garbage_IsNamedAndNeverCounted(string file, string text)
    {
        using var host = Host((PerfSource.Unit + "/" + file, text));
        var discovery = new PerfSource(_counters).Discover(host.Root);

        Assert.DoesNotContain(discovery.Sensors, static sensor => sensor.Info.Device == "package-0");
        Assert.Contains(discovery.Findings, static finding => finding.Kind == FindingKind.Broken);
    }

    [Fact]
    public void Discover_RecordedMachine_OpensNothing()
    {
        using var host = Host(("/proc/sys/kernel/random/boot_id", "of another machine\n"));

        Assert.Equal(FindingKind.Note, Assert.Single(new PerfSource(_counters).Discover(host.Root).Findings).Kind);
        Assert.Empty(_counters.Opened);
    }

    [Fact]
    public unsafe void Open_RunningKernel_AnswersWithDescriptorOrErrno()
    {
        Assert.Equal(64, sizeof(PerfAttributes));
        var counters = new PerfCounters();
        // Type 1 is software, its event 0 the processor's clock: there wherever perf events are, unless they are shut.
        var descriptor = counters.Open(1, 0, 0);
        if (descriptor < 0)
        {
            Assert.Contains(-descriptor, new[] { Errno.Access, Errno.NotPermitted, Errno.NotImplemented, Errno.NoEntry });
            return;
        }
        Assert.Equal(0, counters.Read(descriptor, out var count));
        Assert.True(count > 0);
        counters.Close(descriptor);
        Assert.Equal(-9, counters.Read(-1, out _));
    }

    private static FixtureHost Host(params (string Path, string Text)[] more)
    {
        var unit = PerfSource.Unit;
        var host = FixtureHost.Of(
            ("/proc/sys/kernel/random/boot_id", File.ReadAllText("/proc/sys/kernel/random/boot_id")),
            (unit + "/type", "20\n"),
            (unit + "/cpumask", "0\n"),
            (unit + "/events/energy-pkg", "event=0x02\n"),
            (unit + "/events/energy-pkg.scale", Scale),
            (unit + "/events/energy-pkg.unit", "Joules\n"),
            (unit + "/events/energy-cores", "event=0x01\n"),
            (unit + "/events/energy-cores.scale", Scale),
            (unit + "/events/energy-ram", "event=0x03\n"),
            (unit + "/events/energy-ram.scale", Scale),
            (unit + "/events/energy-psys", "event=0x05\n"),
            (unit + "/events/energy-psys.scale", Scale));
        foreach (var (path, text) in more)
            host.Put(path, text);
        return host;
    }
}
