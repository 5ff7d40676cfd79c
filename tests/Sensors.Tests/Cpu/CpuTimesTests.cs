using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Sensors.Cpu;

namespace Homelab.NodeAgent.Sensors.Tests.Cpu;

public sealed class CpuTimesTests
{
    [Fact]
    public void TryParse_TenFields_CountsGuestOnce()
    {
        Assert.True(CpuTimes.TryParse("cpu  100 20 30 1000 40 5 6 7 50 3\ncpu0 1 1 1 1\n"u8, out var times));
        Assert.Equal(new CpuTimes(168, 1208), times);
    }

    [Fact]
    public void TryParse_FourFields_IsEnough()
    {
        Assert.True(CpuTimes.TryParse("cpu  1 2 3 4"u8, out var times));
        Assert.Equal(new CpuTimes(6, 10), times);
    }

    [Theory]
    [InlineData("")]
    [InlineData("cpu")]
    [InlineData("cpu  1 2 3")]
    [InlineData("cpu0 1 2 3 4")]
    [InlineData("cpu  1 -2 3 4")]
    [InlineData("cpu  1 2x 3 4")]
    [InlineData("cpu  1 2 3 99999999999999999999")]
    [InlineData("cpu  9223372036854775807 9223372036854775807 3 4")]
    public void TryParse_Garbage_IsRefused(string text) => Assert.False(CpuTimes.TryParse(Encoding.ASCII.GetBytes(text), out _));

    [Fact]
    public void TryParse_AnyFields_SumUp() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, int.MaxValue).ArrayOf(8).ToArbitrary(),
        fields =>
        {
            var parsed = CpuTimes.TryParse(Encoding.ASCII.GetBytes("cpu  " + string.Join(' ', fields) + " 9 9\n"), out var times);
            var total = fields.Sum(static field => (long)field);
            return parsed && times.Total == total && times.Busy == total - fields[3] - fields[4];
        }));

    [Fact]
    public void TryParse_AnyBytes_NeverThrows() => Check.QuickThrowOnFailure(Prop.ForAll<byte[]>(bytes =>
    {
        byte[] text = [.. "cpu "u8, .. bytes];
        return !CpuTimes.TryParse(text, out var times) || (times.Busy >= 0 && times.Total >= times.Busy);
    }));
}
