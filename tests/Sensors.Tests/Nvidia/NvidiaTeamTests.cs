using Homelab.NodeAgent.Sensors.Nvidia;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.Nvidia;

/// <summary>Several GPUs in one machine: what one of them does to the others.</summary>
public sealed class NvidiaTeamTests : IDisposable
{
    private const string First = "0000:01:00.0";
    private const string Second = "0000:41:00.0";
    private const string Third = "0000:81:00.0";

    private readonly FixtureHost _host = FixtureHost.Of();
    private readonly FakeNvml _fake;
    private readonly NvidiaSource _source = new();

    public NvidiaTeamTests() => _fake = FakeNvml.In(_host, First, Second, Third);

    public void Dispose()
    {
        _fake.Say("0.hang.temp 0", "1.hang.temp 0", "2.hang.temp 0", "0.hang.attach 0");
        // Whoever still is inside the library reads the script: it goes when they are out.
        Until(() => ReadAll(_source.Discover(_host.Root)).All(static reading => reading.Quality != Quality.Fault));
        _host.Dispose();
    }

    [Fact]
    public void Read_OneHangs_TheOthersAreUnchangedAndInTime()
    {
        var discovery = Found();
        var before = ReadAll(discovery, Second, Third);

        _fake.Say("0.hang.temp 1");
        var begun = TimeProvider.System.GetTimestamp();
        var during = ReadAll(discovery);

        Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10), "the hanging one was waited for");
        Assert.Equal(before, during.Where((_, i) => discovery.Sensors[i].Info.Device != "nvidia@" + First));
        var lost = discovery.Sensor("nvidia@" + First, "power").Read();
        Assert.Equal((Quality.Stale, (long?)null, true), (lost.Quality, lost.Micros, lost.Detail!.Contains("does not answer", StringComparison.Ordinal)));
    }

    [Fact]
    public void Read_OneStillHangs_IsNotWaitedForAgain()
    {
        var discovery = Found();
        _fake.Say("0.hang.temp 1");
        ReadAll(discovery);
        _fake.ForgetCalls();
        _fake.Say("1.field186 31000");

        Assert.Equal(31, Pass(discovery).Single(pair => pair.Key == ("nvidia@" + Second, "power_instant")).Value.Value());

        Assert.DoesNotContain(_fake.Calls, static call => call.StartsWith("0.", StringComparison.Ordinal));
    }

    [Fact]
    public void Read_TheHangEnds_ItIsReadAgain()
    {
        var discovery = Found();
        _fake.Say("0.hang.temp 1");
        ReadAll(discovery);

        _fake.Say("0.hang.temp 0");

        Assert.True(Until(() => Pass(discovery)[("nvidia@" + First, "power")].Quality == Quality.Ok));
    }

    [Fact]
    public void Discover_WhileOneHangs_KeepsItsListAndSaysSo()
    {
        var first = Found();
        _fake.Say("0.hang.temp 1");
        ReadAll(first);

        var again = _source.Discover(_host.Root);

        Assert.Equal(first.Sensors.Select(static sensor => sensor.Info), again.Sensors.Select(static sensor => sensor.Info));
        var finding = again.Findings.Single(finding => finding.Kind == FindingKind.Broken);
        Assert.EndsWith(First, finding.Path, StringComparison.Ordinal);
        Assert.Contains("does not answer", finding.Meaning, StringComparison.Ordinal);
    }

    [Fact]
    public void Discover_LibraryInUseByAHangingCall_IsNotClosedUnderIt()
    {
        var discovery = Found();
        _fake.Say("0.hang.temp 1", "1.err.all 15");
        ReadAll(discovery);
        _fake.ForgetCalls();

        _source.Discover(_host.Root);

        Assert.DoesNotContain("shutdown", _fake.Calls);
    }

    [Fact]
    public void Discover_OneUnplugged_TheOthersAreRead()
    {
        _source.Discover(_host.Root);
        File.Delete(_host.Locate($"/sys/bus/pci/drivers/nvidia/{First}"));

        var discovery = _source.Discover(_host.Root);

        Assert.Equal(["nvidia@" + Second, "nvidia@" + Third], discovery.Sensors.Select(static sensor => sensor.Info.Device).Distinct());
        Assert.All(Pass(discovery).Where(static pair => pair.Key.Item2 == "power"), static pair => Assert.Equal(25.92, pair.Value.Value()));
    }

    /// <summary>Whether it comes true within 10 s: another thread has to get its turn.</summary>
    private static bool Until(Func<bool> condition)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(begun) > TimeSpan.FromSeconds(10))
                return false;
            Thread.Yield();
        }
        return true;
    }

    /// <summary>What was found, with the look of the search used up.</summary>
    private Discovery Found()
    {
        var discovery = _source.Discover(_host.Root);
        ReadAll(discovery);
        return discovery;
    }

    private static List<Reading> ReadAll(Discovery discovery, params string[] addresses) =>
        [.. discovery.Sensors.Select(static sensor => (sensor.Info.Device, Reading: sensor.Read()))
            .Where(pair => addresses.Length == 0 || addresses.Contains(pair.Device["nvidia@".Length..])).Select(static pair => pair.Reading)];

    private static Dictionary<(string, string), Reading> Pass(Discovery discovery) =>
        discovery.Sensors.ToDictionary(static sensor => (sensor.Info.Device, sensor.Info.Name), static sensor => sensor.Read());
}
