using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Rpc.Tests;

public sealed class GrpcTimeoutTests
{
    [Theory]
    [InlineData("1n", 1)] // Rounded up to a tick of 100 ns.
    [InlineData("100n", 1)]
    [InlineData("2u", 20)]
    [InlineData("3m", 30_000)]
    [InlineData("5S", 50_000_000)]
    [InlineData("1M", 600_000_000)]
    [InlineData("2H", 72_000_000_000)]
    [InlineData("00000001S", 10_000_000)]
    [InlineData("99999999H", 3_599_999_964_000_000_000)]
    public void TryParse_StandardUnit_GivesTime(string text, long ticks)
    {
        Assert.True(GrpcTimeout.TryParse(text, out var timeout));
        Assert.Equal(ticks, timeout.Ticks);
    }

    [Theory]
    [InlineData("")]
    [InlineData("S")]
    [InlineData("5")]
    [InlineData("5s")]
    [InlineData("-5S")]
    [InlineData("+5S")]
    [InlineData(" 5S")]
    [InlineData("5 S")]
    [InlineData("5.5S")]
    [InlineData("123456789S")]
    [InlineData("١S")]
    public void TryParse_OutsideGrammar_IsRefused(string text) => Assert.False(GrpcTimeout.TryParse(text, out _));

    [Fact]
    public void Format_AnyTime_ParsesBackToNoLessAndHardlyMore() =>
        Check.QuickThrowOnFailure(Prop.ForAll(
            ArbMap.Default.ArbFor<NonNegativeInt>(), ArbMap.Default.ArbFor<PositiveInt>(), (start, factor) =>
            {
                var time = TimeSpan.FromTicks(start.Get * (long)factor.Get * 7919);
                var text = GrpcTimeout.Format(time);
                return text.Length <= 9
                    && GrpcTimeout.TryParse(text, out var parsed)
                    && parsed >= time
                    && parsed - time <= TimeSpan.FromTicks((time.Ticks / 100_000) + 1);
            }));

    [Fact]
    public void Format_EveryUnitBoundary_ParsesBackToNoLess()
    {
        long[] sizes = [TimeSpan.TicksPerMicrosecond, TimeSpan.TicksPerMillisecond, TimeSpan.TicksPerSecond, TimeSpan.TicksPerMinute];
        foreach (var ticks in sizes.SelectMany(size => new[] { 99_999_999 * size, (99_999_999 * size) + 1 }))
        {
            Assert.True(GrpcTimeout.TryParse(GrpcTimeout.Format(TimeSpan.FromTicks(ticks)), out var parsed));
            Assert.True(parsed.Ticks >= ticks);
        }
    }

    [Fact]
    public void Format_BeyondTheGrammar_SaysTheLongest() => Assert.Equal("99999999H", GrpcTimeout.Format(TimeSpan.MaxValue));

    [Fact]
    public void Format_Negative_SaysZero() => Assert.Equal("0n", GrpcTimeout.Format(TimeSpan.FromSeconds(-1)));
}
