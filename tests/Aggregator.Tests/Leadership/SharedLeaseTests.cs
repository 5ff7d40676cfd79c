using System.Text.Json.Nodes;
using Homelab.Aggregator.KubeApi;
using Homelab.Aggregator.Leadership;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.FakeKubernetes;
using Homelab.TestKit;

namespace Homelab.Aggregator.Tests.Leadership;

public sealed class SharedLeaseTests : IAsyncLifetime
{
    private readonly ManualClock _time = new();
    private readonly List<IDisposable> _owned = [];
    private FakeApiServer? _server;

    [Fact]
    public async Task LeaveAsync_BetweenTwoRenewals_NeitherDisturbsNorIsLost()
    {
        var lease = Lease();
        var held = await HoldAsync(lease);

        Assert.Equal("", await lease.LeaveAsync("first", "one", 1, default).InTime());
        Assert.Equal("", await lease.LeaveAsync("second", "one", 1, default).InTime());
        // The election knows the version before both.
        var renewed = await lease.WriteAsync(held with { RenewTime = "2026-01-01T00:00:02.000000Z" }, default).InTime();

        Assert.True(renewed.IsOk, renewed.Status.ToString());
        Assert.Equal("second", Annotation());
        Assert.Equal("2026-01-01T00:00:02.000000Z", (string?)Stored()["spec"]!["renewTime"]);
    }

    [Fact]
    public async Task LeaveAsync_SameWordAgain_WritesNothing()
    {
        var lease = Lease();
        await HoldAsync(lease);
        await lease.LeaveAsync("word", "one", 1, default).InTime();
        var before = _server!.Requests.All.Count;

        Assert.Equal("", await lease.LeaveAsync("word", "one", 1, default).InTime());

        Assert.Equal(before, _server.Requests.All.Count);
    }

    [Fact]
    public async Task LeaveAsync_AfterAnotherTookTheLease_ChangesNothing()
    {
        var (lease, other) = (Lease(), Lease());
        await HoldAsync(lease);
        await lease.LeaveAsync("of one", "one", 1, default).InTime();
        var seen = (await other.ReadAsync(default).InTime()).Value!;
        Assert.True((await other.WriteAsync(seen with { Holder = "two", Transitions = 2 }, default).InTime()).IsOk);

        var complaint = await lease.LeaveAsync("too late", "one", 1, default).InTime();

        Assert.NotEqual("", complaint);
        Assert.Equal(("of one", "of one"), (Annotation(), other.Memory));
    }

    [Fact]
    public async Task WriteAsync_WhatOthersWroteOnTheObject_Stays()
    {
        var lease = Lease();
        await HoldAsync(lease);
        _server!.Leases("homelab").Edit("leader", item =>
        {
            item["metadata"]!["labels"] = new JsonObject { ["app"] = "homelab" };
            item["metadata"]!["annotations"] = new JsonObject { ["example.org/note"] = "kept" };
        });
        var seen = (await lease.ReadAsync(default).InTime()).Value!;

        await lease.WriteAsync(seen, default).InTime();
        await lease.LeaveAsync("word", "one", 1, default).InTime();

        Assert.Equal(("homelab", "kept", "word"), ((string?)Stored()["metadata"]!["labels"]!["app"], (string?)Stored()["metadata"]!["annotations"]!["example.org/note"], Annotation()));
    }

    [Fact]
    public async Task LeaveAsync_ServerAway_SaysSoAndTheNextRenewalGoesOn()
    {
        var lease = Lease();
        var held = await HoldAsync(lease);
        _server!.Faults.Next(1, 500);

        Assert.Contains("homelab/leader", await lease.LeaveAsync("word", "one", 1, default).InTime(), StringComparison.Ordinal);

        Assert.True((await lease.WriteAsync(held, default).InTime()).IsOk);
        Assert.Equal("", await lease.LeaveAsync("word", "one", 1, default).InTime());
    }

    [Fact]
    public async Task LeaveAsync_NoAnswer_EndsBeforeARenewalIsDue()
    {
        var lease = Lease();
        await HoldAsync(lease);
        _server!.Faults.Hold();
        var leaving = lease.LeaveAsync("word", "one", 1, default);
        while (!leaving.IsCompleted && _time.GetElapsedTime(0) < TimeSpan.FromSeconds(4))
        {
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            _time.Advance(TimeSpan.FromMilliseconds(100));
        }

        Assert.NotEqual("", await leaving.InTime());
        Assert.InRange(_time.GetElapsedTime(0).TotalSeconds, 2.9, 4);
        _server.Faults.Release();
    }

    [Fact]
    public async Task ReadAsync_LeaseDeleted_ForgetsWhatItCarried()
    {
        var lease = Lease();
        await HoldAsync(lease);
        await lease.LeaveAsync("word", "one", 1, default).InTime();
        _server!.Leases("homelab").Remove("leader");

        Assert.Equal(KubeOutcome.NotFound, (await lease.ReadAsync(default).InTime()).Status.Outcome);

        Assert.Equal("", lease.Memory);
        Assert.Equal("this aggregator leads no more", await lease.LeaveAsync("word", "one", 1, default).InTime());
    }

    public async Task InitializeAsync() => _server = await FakeApiServer.StartAsync();

    public async Task DisposeAsync()
    {
        _owned.ForEach(each => each.Dispose());
        await _server!.DisposeAsync();
    }

    private SharedLease Lease()
    {
        var access = KubeApi.KubeConfig.Parse("/fake/config", _server!.KubeConfig()).Value!.Context(null, _time).Value!;
        var client = new KubeClient(access, new KubeClientOptions(), _time, static () => 0);
        var lease = new SharedLease(client, "homelab", "leader", _time);
        _owned.AddRange([lease, client]);
        return lease;
    }

    /// <summary>Takes the lease for "one", in term 1.</summary>
    private static async Task<LeaderRecord> HoldAsync(SharedLease lease)
    {
        await lease.ReadAsync(default).InTime();
        return (await lease.WriteAsync(new LeaderRecord("one", 15, "2026-01-01T00:00:00.000000Z", "2026-01-01T00:00:00.000000Z", 1, ""), default).InTime()).Value!;
    }

    private JsonObject Stored() => _server!.Leases("homelab").Find("leader")!;

    private string? Annotation() => (string?)Stored()["metadata"]!["annotations"]![SharedLease.Annotation];
}
