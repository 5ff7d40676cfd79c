using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Cli;

public class SensorsTableTests
{
    private static readonly Terminal Plain = new(TextWriter.Null, TextWriter.Null, false, false);

    [Fact]
    public void Render_ASample_GroupsByDeviceAndSaysWhatIsMissing()
    {
        var sample = Some.Sample(
            new Inventory(
            [
                Some.Info("hwmon", "k10temp@pci", "temp1", Quantity.Temperature, label: "Tctl"),
                Some.Info("hwmon", "k10temp@pci", "temp1_crit", Quantity.Temperature, SensorShape.Limit),
                Some.Info("hwmon", "nct6775@isa", "fan1", Quantity.RotationSpeed),
            ]),
            [Reading.Ok(71_125_000), Reading.Ok(95_000_000), Reading.None(Quality.Fault, "EIO reading fan1_input")]);

        var expected = """
            um890

            k10temp@pci  hwmon
              Tctl (temp1)                   71.1 °C
              temp1_crit                     95.0 °C  limit

            nct6775@isa  hwmon
              fan1                               n/a  fault: EIO reading fan1_input

            node power                       unknown  needs two passes, or a source: see 'homelab-agent doctor'

            """;
        Assert.Equal(expected, SensorsTable.Render("um890", sample, Plain));
    }

    [Fact]
    public void PowerLine_AFigure_CarriesAllThatQualifiesIt()
    {
        var line = SensorsTable.PowerLine(new NodePower(Power.FromWatts(41.2), Provenance.Measured, "rapl-package", PowerScope.Package, 0.4), Plain);

        Assert.Equal("node power                       41.20 W  measured ±40 % (rapl-package, package)", line);
    }

    [Fact]
    public void Render_NoSensors_SaysWhereToLook()
    {
        Assert.Contains("homelab-agent doctor", SensorsTable.Render("x", Some.Sample(), Plain), StringComparison.Ordinal);
    }

    [Fact]
    public void Render_WhatHoldsOrHeld_IsSaidAndTheRestIsNot()
    {
        var sample = Some.Sample() with
        {
            Throttles =
            [
                new(ThrottleCause.Thermal, true, true, TimeSpan.FromSeconds(12.5)),
                new(ThrottleCause.UnderVoltage, false, true, TimeSpan.Zero),
                new(ThrottleCause.Power, false, null, TimeSpan.Zero),
            ],
        };

        var text = SensorsTable.Render("n1", sample, Plain);

        Assert.Contains("thermal  now, 12.5 s in this run", text, StringComparison.Ordinal);
        Assert.Contains("under_voltage  held since boot\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("power  ", text[text.IndexOf("thermal", StringComparison.Ordinal)..], StringComparison.Ordinal);
    }
}
