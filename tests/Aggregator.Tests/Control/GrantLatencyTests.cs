using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Ingest;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.Units;
using Microsoft.Extensions.DependencyInjection;
using Xunit.Abstractions;

namespace Homelab.Aggregator.Tests.Control;

/// <summary>Runs while no other test does.</summary>
[CollectionDefinition(nameof(RealTime), DisableParallelization = true)]
public sealed class RealTime;

/// <summary>The one test here on real time: what it measures is time.</summary>
[Collection(nameof(RealTime))]
public sealed class GrantLatencyTests(ITestOutputHelper output)
{
    private const int Nodes = 8;
    private const int Reports = 400;

    [Fact]
    public async Task Run_BurstsOfEightNodes_GrantsFollowReportsAtOnce()
    {
        var folder = Directory.CreateTempSubdirectory("homelab-").FullName;
        var any = ListenAddress.TryParse("127.0.0.1:0")!;
        var options = new AggregatorOptions { Http = any, Grpc = any, Mode = ControlMode.Cap, Budget = Power.FromWatts(200), Device = BudgetDevice.Psu };
        await using var app = AggregatorHost.Build(options, new AggregatorStorage(new MemorySlots(), new MemorySlots(), folder), TimeProvider.System);
        await app.StartAsync();
        using var channel = new RpcChannel(new RpcChannelOptions { Address = AggregatorHost.Addresses(app).Grpc });

        await Task.WhenAll(Enumerable.Range(0, Nodes).Select(node => BurstAsync(channel, node)));

        var granting = app.Services.GetRequiredService<GrantMailboxes>().Granting;
        await app.StopAsync();
        Directory.Delete(folder, recursive: true);
        var count = granting.Counts.Sum();
        output.WriteLine($"{count} grants; {string.Join(", ", DelayHistogram.Bounds.Zip(granting.Counts, (bound, within) => $"<= {bound} s: {within}"))}, above: {granting.Counts[^1]}; mean {granting.Sum.TotalMilliseconds / count:0.00} ms");
        Assert.True(count >= Nodes);
        // The goal is 50 ms for 99 of 100; a machine that does other things at the same time must not fail the build.
        Assert.True(granting.Counts.Take(4).Sum() * 2 >= count, "half of the grants took more than 50 ms");
    }

    private static async Task BurstAsync(RpcChannel channel, int node)
    {
        await using var call = channel.Open(WireMap.Connect);
        await call.WriteAsync(Wire.Say(Wire.Hello($"n{node}", (byte)(node + 1))));
        await call.WriteAsync(new AgentMessage { CapRange = CappedAgent.Range() });
        await call.WriteAsync(new AgentMessage { Applied = new Applied { Result = ApplyResult.Ok, Lease = LeaseState.None } });
        var sequence = 0ul;
        var cap = 65_000_000ul;
        await call.WriteAsync(Wire.Say(Wire.Report(++sequence, 10, 0)));
        while (sequence < Reports && await call.ReadAsync().InTime() is { } message)
        {
            if (message.MessageCase == AggregatorMessage.MessageOneofCase.Grant)
            {
                cap = message.Grant.CapMicrowatts;
                await call.WriteAsync(new AgentMessage { Applied = new Applied { Epoch = message.Grant.Epoch, Sequence = message.Grant.Sequence, EffectiveCapMicrowatts = cap, Result = ApplyResult.Ok, Lease = LeaseState.Live, SafeShareMicrowatts = message.Grant.SafeShareMicrowatts } });
            }
            else if (message.MessageCase == AggregatorMessage.MessageOneofCase.Acknowledged)
            {
                // Now at rest, now at the cap: each turn wants other nodes' watts.
                await call.WriteAsync(Wire.Say(Wire.Report(++sequence, sequence / 20 % 2 == (ulong)node % 2 ? 9 : cap / 1e6, 0)));
            }
        }
    }
}
