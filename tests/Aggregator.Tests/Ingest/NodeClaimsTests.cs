using Homelab.Aggregator.Ingest;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Rpc;
using Homelab.TestKit;

namespace Homelab.Aggregator.Tests.Ingest;

public sealed class NodeClaimsTests
{
    private readonly ManualClock _time = Sample.Clock();
    private readonly NodeClaims _claims;

    public NodeClaimsTests() => _claims = new NodeClaims(TimeSpan.FromSeconds(1), _time);

    [Fact]
    public void Take_AnotherLiveAgent_IsRefusedNamingBothPeers()
    {
        using var holder = _claims.Take(Sample.Identity(instance: 1));

        var refusal = Assert.Throws<RpcException>(() => _claims.Take(Sample.Identity(instance: 2)));

        Assert.Equal(RpcCode.AlreadyExists, refusal.Status.Code);
        Assert.Contains("10.0.0.1:5000", refusal.Status.Message, StringComparison.Ordinal);
        Assert.Contains("10.0.0.2:5000", refusal.Status.Message, StringComparison.Ordinal);
        Assert.False(holder.Lost.IsCancellationRequested);
    }

    [Fact]
    public void Take_SameAgentAgain_TakesOverAtOnce()
    {
        using var first = _claims.Take(Sample.Identity(instance: 1));
        using var second = _claims.Take(Sample.Identity(instance: 1));

        Assert.True(first.Lost.IsCancellationRequested);
        Assert.False(second.Lost.IsCancellationRequested);
        Assert.True(second.Number.Value > first.Number.Value);
    }

    [Fact]
    public void Take_HolderSilentForThreeIntervals_TakesOver()
    {
        using var silent = _claims.Take(Sample.Identity(instance: 1));
        _time.Advance(TimeSpan.FromSeconds(2));
        silent.Heard();
        _time.Advance(TimeSpan.FromSeconds(3));
        Assert.Throws<RpcException>(() => _claims.Take(Sample.Identity(instance: 2)));

        _time.Advance(TimeSpan.FromSeconds(0.5));
        using var next = _claims.Take(Sample.Identity(instance: 2));

        Assert.True(silent.Lost.IsCancellationRequested);
    }

    [Fact]
    public void Take_HolderSamplesSlowly_IsHeldForThreeOfItsIntervals()
    {
        using var slow = _claims.Take(Sample.Identity(instance: 1) with { SampleInterval = TimeSpan.FromSeconds(8) });
        _time.Advance(TimeSpan.FromSeconds(20));

        Assert.Throws<RpcException>(() => _claims.Take(Sample.Identity(instance: 2)));
    }

    [Fact]
    public void Release_ByTheHolder_FreesTheName()
    {
        using var first = _claims.Take(Sample.Identity(instance: 1));
        _claims.Release(first);

        using var second = _claims.Take(Sample.Identity(instance: 2));

        Assert.False(first.Lost.IsCancellationRequested);
    }

    [Fact]
    public void Release_ByOneWhoLostIt_LeavesTheNewHolder()
    {
        using var first = _claims.Take(Sample.Identity(instance: 1));
        using var second = _claims.Take(Sample.Identity(instance: 1));
        _claims.Release(first);

        Assert.Throws<RpcException>(() => _claims.Take(Sample.Identity(instance: 2)));
    }

    [Fact]
    public void Lose_AfterTheStreamEnded_DoesNothing()
    {
        var claim = _claims.Take(Sample.Identity());
        claim.Dispose();

        Assert.Null(Record.Exception(claim.Lose));
    }
}
