using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.PowerSupply;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests.PowerSupply;

public sealed class BatteryFlowTests
{
    private static readonly Arbitrary<(long Volts, long Amperes)> AnyPair = ArbMap.Default.GeneratorFor<long>().Two().ToArbitrary();

    [Fact]
    public void OfProduct_AnyPair_IsTheExactMagnitudeOrNone() => Check.QuickThrowOnFailure(Prop.ForAll(AnyPair, static pair =>
    {
        var exact = System.Numerics.BigInteger.Abs(System.Numerics.BigInteger.Multiply(pair.Volts, pair.Amperes)) / 1_000_000;
        var reading = BatteryFlow.OfProduct(pair.Volts, pair.Amperes);
        return exact > 4_000_000_000 ? reading is { Quality: Quality.Implausible, Micros: null } : reading == Reading.Ok((long)exact);
    }));

    [Fact]
    public void OfProduct_RealBatteries_AreExactAndDirectionless() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 60_000_000).Two().ToArbitrary(), static pair =>
        {
            var watts = BatteryFlow.OfProduct(pair.Item1, -pair.Item2);
            return watts == BatteryFlow.OfProduct(pair.Item1, pair.Item2) && watts == Reading.Ok((long)((decimal)pair.Item1 * pair.Item2 / 1_000_000m));
        }));

    [Fact]
    public void Directed_AnyMagnitude_KeepsSizeAndTakesTheStatusSign() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, int.MaxValue).ToArbitrary(), static micros =>
            FlowSensor.Directed(SupplyStatus.Discharging, Reading.Ok(micros)) == Reading.Ok(micros)
            && FlowSensor.Directed(SupplyStatus.Charging, Reading.Ok(micros)) == Reading.Ok(-micros)
            && FlowSensor.Directed(SupplyStatus.Full, Reading.Ok(micros)).Micros is null));

    [Theory]
    [InlineData("Discharging\n", SupplyStatus.Discharging)]
    [InlineData("Not charging\n", SupplyStatus.NotCharging)]
    [InlineData("Full", SupplyStatus.Full)]
    [InlineData("Charging\0", SupplyStatus.Charging)]
    [InlineData("discharging", SupplyStatus.Unknown)]
    [InlineData("", SupplyStatus.Unknown)]
    public void Parse_StatusWords_AreTheKernels(string text, object expected) =>
        Assert.Equal((SupplyStatus)expected, SupplyStatusText.Parse(System.Text.Encoding.ASCII.GetBytes(text)));
}
