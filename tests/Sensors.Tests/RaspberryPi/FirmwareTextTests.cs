using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.RaspberryPi;

namespace Homelab.NodeAgent.Sensors.Tests.RaspberryPi;

public sealed class FirmwareTextTests
{
    [Theory]
    [InlineData("throttled=0x0\n", 0u)]
    [InlineData("throttled=0x50005", 0x50005u)]
    [InlineData("throttled=0xFFFFFFFF", 0xFFFF_FFFFu)]
    public void TryThrottled_Answer_GivesTheWord(string text, uint expected)
    {
        Assert.True(FirmwareText.TryThrottled(Encoding.UTF8.GetBytes(text), out var word));
        Assert.Equal(expected, word);
    }

    [Theory]
    [InlineData("")]
    [InlineData("throttled=0x")]
    [InlineData("throttled=5")]
    [InlineData("throttled=0x5 0005")]
    [InlineData("throttled=0x100000000")]
    [InlineData("throttled=0xg")]
    [InlineData("error=1 error_msg=\"Command not registered\"")]
    public void TryThrottled_AnythingElse_IsRefused(string text) => Assert.False(FirmwareText.TryThrottled(Encoding.UTF8.GetBytes(text), out _));

    [Theory]
    [InlineData("temp=42.3'C\n", 42_300_000)]
    [InlineData("volt=0.8749V\n", 874_900)]
    [InlineData("frequency(0)=2400033792\n", 2_400_033_792_000_000)]
    [InlineData("current(17)=0.00006105A", 61)]
    [InlineData("current(6)=0.34157550A", 341_576)]
    [InlineData("temp=-3.5'C", -3_500_000)]
    [InlineData("x=7.", 7_000_000)]
    public void TryNumber_Answer_GivesMillionths(string text, long expected)
    {
        Assert.True(FirmwareText.TryNumber(Encoding.UTF8.GetBytes(text), out var micros));
        Assert.Equal(expected, micros);
    }

    [Theory]
    [InlineData("")]
    [InlineData("42.3")]
    [InlineData("volt(8)=nanV")]
    [InlineData("volt(8)=-nanV")]
    [InlineData("temp=")]
    [InlineData("temp=.5")]
    [InlineData("frequency(0)=99999999999999999999")]
    public void TryNumber_AnythingElse_IsRefused(string text) => Assert.False(FirmwareText.TryNumber(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void TryNumber_AnyDecimal_IsExactToAMillionth() => Check.QuickThrowOnFailure(Prop.ForAll<int, ushort>((whole, fraction) =>
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"x={whole}.{fraction:00000}V");
        var expected = decimal.Parse(text[2..^1], CultureInfo.InvariantCulture) * 1_000_000;
        return FirmwareText.TryNumber(Encoding.ASCII.GetBytes(text), out var micros) && micros == expected;
    }));

    [Fact]
    public void TryNumber_AnyBytes_NeverThrows() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(static bytes =>
        FirmwareText.TryNumber([(byte)'=', .. bytes], out _) | !FirmwareText.TryThrottled(bytes, out _) | true));
}
