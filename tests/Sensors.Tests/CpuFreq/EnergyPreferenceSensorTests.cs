using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.CpuFreq;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.CpuFreq;

public sealed class EnergyPreferenceSensorTests
{
    private const string Folder = "/sys/devices/system/cpu/cpufreq/";

    [Theory]
    [InlineData("performance\n", Quality.Ok, 0.0)]
    [InlineData("balance_performance\n", Quality.Ok, 0.50196)]
    [InlineData("balance_power\n", Quality.Ok, 0.752941)]
    [InlineData("power\n", Quality.Ok, 1.0)]
    [InlineData("51\n", Quality.Ok, 0.2)]
    [InlineData("default\n", Quality.Unsupported, null)]
    [InlineData("256\n", Quality.Fault, null)]
    [InlineData("fast\n", Quality.Fault, null)]
    public void Read_Preference_IsAShareOfSaving(string text, Quality quality, double? value)
    {
        using var host = FixtureHost.Of((Folder + "policy0/energy_performance_preference", text));
        var reading = new CpuFreqSource().Discover(host.Root).Sensor("policies", "energy_preference").Read();

        Assert.Equal((quality, value), (reading.Quality, reading.Value()));
    }

    [Fact]
    public void Read_PoliciesThatDiffer_GiveTheirMean()
    {
        using var host = FixtureHost.Of((Folder + "policy0/energy_performance_preference", "performance\n"), (Folder + "policy1/energy_performance_preference", "power\n"));
        var sensor = new CpuFreqSource().Discover(host.Root).Sensor("energy_preference");

        Assert.Equal(0.5, sensor.Read().Value());
        Directory.Delete(host.Locate(Folder + "policy1"), recursive: true);
        Assert.Equal(0, sensor.Read().Value());
    }

    [Fact]
    public void Value_AnyBytes_IsInRange() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(static bytes => EnergyPreferenceSensor.Value(bytes) is null or (>= 0 and <= 255)));

    [Fact]
    public void Discover_Governors_AreNotedOnceForThosePoliciesThatAgree()
    {
        using var host = FixtureHost.Recorded("laptop");
        var finding = Assert.Single(new CpuFreqSource().Discover(host.Root).Findings);

        Assert.Equal((FindingKind.Note, "Clocks are set by intel_pstate with governor powersave, preference balance_power."), (finding.Kind, finding.Meaning));
        Assert.Equal("balance_power", Encoding.ASCII.GetString(File.ReadAllBytes(host.Locate(Folder + "policy0/energy_performance_preference"))).Trim());
    }
}
