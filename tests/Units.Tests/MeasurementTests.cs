namespace Homelab.Units.Tests;

public sealed class MeasurementTests
{
    [Fact]
    public void AsPower_OfATemperature_Throws() =>
        Assert.Throws<InvalidOperationException>(() => Measurement.Of(new Temperature(41_000)).AsPower());

    [Fact]
    public void Of_EachTypedUnit_KeepsTheValueInBaseUnits()
    {
        Assert.Equal(41.2, Measurement.Of(Power.FromWatts(41.2)).Value);
        Assert.Equal(71.5, Measurement.Of(new Temperature(71_500)).Value);
        Assert.Equal(3.6, Measurement.Of(Energy.FromJoules(3.6)).Value);
        Assert.Equal(new Temperature(71_500), Measurement.Of(new Temperature(71_500)).AsTemperature());
    }

    [Fact]
    public void Unit_EveryKnownQuantity_HasAWordOfItsOwn()
    {
        var known = Enum.GetValues<Quantity>().Where(quantity => quantity != Quantity.Unknown).ToArray();
        Assert.Equal(known.Length, known.Select(quantity => quantity.Unit()).Distinct().Count());
        Assert.Equal(known.Length, known.Select(quantity => quantity.Word()).Distinct().Count());
        Assert.DoesNotContain("unknown", known.Select(quantity => quantity.Unit()));
    }
}
