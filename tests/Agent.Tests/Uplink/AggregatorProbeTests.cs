using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Uplink;
using Homelab.Rpc;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Tests.Uplink;

public class AggregatorProbeTests
{
    private static readonly MonotonicClock Clock = new(TimeProvider.System);

    [Fact]
    public async Task Ask_AServingAggregator_Answers()
    {
        await using var host = await AggregatorHost.StartAsync();
        // A clock that stands: the probe's patience is not the machine's haste.
        using var channel = new RpcChannel(new RpcChannelOptions { Address = host.Address, TimeProvider = new ManualClock() });

        var result = await AggregatorProbe.AskAsync(channel, Clock, CancellationToken.None);

        Assert.Equal((true, "serving"), (result.Answers, result.Detail));
        Assert.Empty(host.Heard);
    }

    [Fact]
    public async Task Ask_NobodyThere_SaysWhy()
    {
        Uri address;
        await using (var gone = await AggregatorHost.StartAsync())
            address = gone.Address;
        using var channel = new RpcChannel(new RpcChannelOptions { Address = address });

        var result = await AggregatorProbe.AskAsync(channel, Clock, CancellationToken.None);

        Assert.False(result.Answers);
        Assert.NotEmpty(result.Detail);
    }
}
