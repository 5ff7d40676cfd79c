using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests;

public sealed class PseudoTextTests
{
    [Fact]
    public void TryInteger_AnyIntegerWithNewline_RoundTrips() => Check.QuickThrowOnFailure(Prop.ForAll<long>(value =>
        PseudoText.TryInteger(Encoding.ASCII.GetBytes(value.ToString(CultureInfo.InvariantCulture) + "\n"), out var parsed) && parsed == value));

    [Fact]
    public void TryInteger_AnyBytes_AgreesWithTheFramework() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(bytes =>
    {
        var parsed = PseudoText.TryInteger(bytes, out var value);
        var text = Encoding.Latin1.GetString(bytes).TrimStart(' ', '\t').TrimEnd(' ', '\t', '\r', '\n', '\0');
        var expected = long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var reference) && !text.StartsWith('+');
        return parsed == expected && value == (expected ? reference : 0);
    }));

    [Fact]
    public void TryInteger_DigitsWithOneStrangeByte_IsRefused() => Check.QuickThrowOnFailure(Prop.ForAll<int, byte>((number, strange) =>
    {
        if (strange is (>= (byte)'0' and <= (byte)'9') or (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n' or 0)
            return true;
        byte[] text = [.. Encoding.ASCII.GetBytes(number.ToString(CultureInfo.InvariantCulture)), strange];
        return !PseudoText.TryInteger(text, out _);
    }));

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("-")]
    [InlineData("--1")]
    [InlineData("1 2")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("41.5")]
    [InlineData("nan")]
    [InlineData("<unsupported>")]
    [InlineData("9223372036854775808")]
    [InlineData("18446744073709551615")]
    public void TryInteger_NotOneInteger_IsRefused(string text) => Assert.False(PseudoText.TryInteger(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void ToLine_AnyBytes_HasNoControlCharacters() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(bytes =>
    {
        var line = PseudoText.ToLine(bytes);
        return !line.Any(char.IsControl) && line == line.Trim();
    }));

    [Fact]
    public void ReadLine_DeviceTreeText_LosesItsNul()
    {
        using var host = FixtureHost.Of(("/proc/device-tree/model", "Turing Machines RK1\0"));

        Assert.Equal("Turing Machines RK1", host.Root.ReadLine("/proc/device-tree/model"));
        Assert.Null(host.Root.ReadLine("/proc/device-tree/missing"));
    }
}
