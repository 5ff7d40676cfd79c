using FsCheck;
using FsCheck.Fluent;
using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests.Requests;

public sealed class TokenBucketTests
{
    [Fact]
    public async Task Take_OneWhoGivesUp_ReturnsItsToken()
    {
        var clock = new ManualClock();
        var bucket = new TokenBucket(1, 1, clock);
        await bucket.TakeAsync(Cluster.None);
        using var cancel = new CancellationTokenSource();
        var first = bucket.TakeAsync(cancel.Token).AsTask();
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first.Soon());
        var second = bucket.TakeAsync(Cluster.None).AsTask();
        clock.Advance(TimeSpan.FromSeconds(1));
        await second.Soon();
    }

    [Fact]
    public async Task Take_LongQuiet_FillsNoFurtherThanTheBurst()
    {
        var clock = new ManualClock();
        var bucket = new TokenBucket(2, 3, clock);
        clock.Advance(TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++)
            await bucket.TakeAsync(Cluster.None);
        Assert.False(bucket.TakeAsync(Cluster.None).AsTask().IsCompleted);
    }

    /// <summary>However requests come, no stretch of time sees more than burst + rate × time of them, and each passes in its turn.</summary>
    [Fact]
    public void Reserve_AnyArrivals_StayUnderTheLine() => Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<byte[]>(), gaps =>
    {
        var clock = new ManualClock();
        var bucket = new TokenBucket(2, 5, clock);
        List<double> passed = [];
        foreach (var gap in gaps)
        {
            passed.Add((TimeSpan.FromTicks(clock.GetTimestamp()) + bucket.Reserve()).TotalSeconds);
            clock.Advance(TimeSpan.FromMilliseconds(gap * 5));
        }
        for (var i = 0; i < passed.Count; i++)
        {
            for (var j = i; j < passed.Count; j++)
            {
                if (passed[j] < passed[i] || j - i + 1 > 5 + 2 * (passed[j] - passed[i]) + 1e-6)
                    return false;
            }
        }
        return true;
    }));

    [Fact]
    public void Reserve_WithinTheRate_NeverWaits()
    {
        var clock = new ManualClock();
        var bucket = new TokenBucket(2, 5, clock);
        for (var i = 0; i < 100; i++)
        {
            Assert.Equal(TimeSpan.Zero, bucket.Reserve());
            clock.Advance(TimeSpan.FromSeconds(0.5));
        }
    }
}
