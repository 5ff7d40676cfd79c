using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Pressure;

namespace Homelab.NodeAgent.Sensors.Tests.Pressure;

public sealed class PressureTextTests
{
    private const string Text = "some avg10=0.10 avg60=2.00 avg300=3.85 total=15\nfull avg10=100.00 avg60=3.00 avg300=4.95 total=25\n";

    [Theory]
    [InlineData("some", 1_000, 15)]
    [InlineData("full", 1_000_000, 25)]
    public void TryAverage_RecordedFile_GivesRatioAndSeconds(string line, long ratio, long total)
    {
        Assert.True(PressureText.TryAverage(Encoding.ASCII.GetBytes(Text), Encoding.ASCII.GetBytes(line), out var average));
        Assert.True(PressureText.TryTotal(Encoding.ASCII.GetBytes(Text), Encoding.ASCII.GetBytes(line), out var micros));
        Assert.Equal((ratio, total), (average, micros));
    }

    [Theory]
    [InlineData("")]
    [InlineData("some")]
    [InlineData("some ")]
    [InlineData("some avg10=")]
    [InlineData("some avg10=nan total=-1")]
    [InlineData("some avg10=100.01 total=18446744073709551615")]
    [InlineData("some avg10=1.0 total=x")]
    [InlineData("some avg10=.50 total=")]
    [InlineData("full avg10=1.00 total=1")]
    [InlineData("someone avg10=1.00 total=1")]
    public void TryAverage_Garbage_IsRefused(string text)
    {
        Assert.False(PressureText.TryAverage(Encoding.ASCII.GetBytes(text), "some"u8, out _));
        Assert.False(PressureText.TryTotal(Encoding.ASCII.GetBytes(text), "some"u8, out _));
    }

    [Fact]
    public void TryAverage_AnyPercentAndTotal_RoundTrips() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 10_000).Zip(Gen.Choose(0, int.MaxValue)).ToArbitrary(),
        pair =>
        {
            var percent = (pair.Item1 / 100m).ToString("0.00", CultureInfo.InvariantCulture);
            var text = Encoding.ASCII.GetBytes($"some avg10={percent} avg60=0.00 avg300=0.00 total={pair.Item2}\n");
            return PressureText.TryAverage(text, "some"u8, out var ratio) && ratio == pair.Item1 * 100L
                && PressureText.TryTotal(text, "some"u8, out var total) && total == pair.Item2;
        }));

    [Fact]
    public void TryAverage_AnyBytes_StaysInRange() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(bytes =>
    {
        byte[] text = [.. "some avg10="u8, .. bytes];
        return !PressureText.TryAverage(text, "some"u8, out var ratio) || ratio is >= 0 and <= 1_000_000;
    }));
}
