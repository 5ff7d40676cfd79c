using System.Net;
using System.Net.Http.Headers;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Ingest;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Ingest;

public sealed class NodeStreamTests
{
    [Fact]
    public async Task Run_HelloAndReports_WelcomesAcknowledgesAndPublishes()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = channel.Open(WireMap.Connect);

        await agent.WriteAsync(Wire.Say(Wire.Hello()));
        var welcome = (await agent.ReadAsync().InTime())!.Welcome;
        await agent.WriteAsync(Wire.Say(Wire.Report(1, 41.2, 5)));
        await agent.WriteAsync(Wire.Say(Wire.Report(2, 42.2, 6)));

        Assert.Equal((1u, 1000u), (welcome.ProtocolVersion, welcome.ReportIntervalMs));
        Assert.Equal(1ul, (await agent.ReadAsync().InTime())!.Acknowledged.Sequence);
        Assert.Equal(2ul, (await agent.ReadAsync().InTime())!.Acknowledged.Sequence);
        var fleet = await aggregator.UntilAsync(fleet => fleet.Balance.Power == Power.FromWatts(42.2), ticks: true);
        Assert.Equal("k10temp/Tctl", fleet.Nodes[0].Temperature?.Sensor);
        await aggregator.UntilAsync(fleet => fleet.Energy == Energy.FromJoules(6), ticks: true);
    }

    [Fact]
    public async Task Run_AgentClosesItsStream_NodeIsDownAndItsEnergyStays()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = await channel.JoinAsync();
        await agent.ReportAsync(1, 40, 7);
        await agent.CompleteAsync();
        Assert.Null(await agent.ReadAsync().InTime());

        var fleet = await aggregator.UntilAsync(fleet => fleet.Nodes is [{ Link: NodeLink.Down, Energy: not null }], ticks: true);

        Assert.Equal(Energy.FromJoules(7), fleet.Nodes[0].Energy);
        Assert.Contains(aggregator.Log.Lines, line => line.StartsWith("Information 201 um890 left", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_SecondLiveAgentUnderTheName_GetsAlreadyExists()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var first = await channel.JoinAsync();
        await using var second = channel.Open(WireMap.Connect);
        await second.WriteAsync(Wire.Say(Wire.Hello(instance: 2)));

        var refusal = await Assert.ThrowsAsync<RpcException>(() => second.ReadAsync().InTime());

        Assert.Equal(RpcCode.AlreadyExists, refusal.Status.Code);
        Assert.Contains("127.0.0.1:", refusal.Status.Message, StringComparison.Ordinal);
        await first.ReportAsync(1, 40, 0);
    }

    [Fact]
    public async Task Run_SameAgentDialsAgain_TakesOverAndTheOldStreamIsAborted()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var first = await channel.JoinAsync();
        await using var second = await channel.JoinAsync();

        var end = await Assert.ThrowsAsync<RpcException>(() => first.ReadAsync().InTime());

        Assert.Equal(RpcCode.Aborted, end.Status.Code);
        await second.ReportAsync(1, 44, 0);
        await aggregator.UntilAsync(fleet => fleet.Balance.Power == Power.FromWatts(44), ticks: true);
    }

    [Fact]
    public async Task Run_StreamOpenedEarlierGreetsLater_IsHeard()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var late = channel.Open(WireMap.Connect);
        await late.ResponseHeaders.InTime();
        await using var quick = await channel.JoinAsync();
        await quick.ReportAsync(1, 40, 0);

        await late.WriteAsync(Wire.Say(Wire.Hello()));
        Assert.NotNull((await late.ReadAsync().InTime())!.Welcome);
        await late.ReportAsync(1, 44, 0);

        await aggregator.UntilAsync(fleet => fleet.Balance.Power == Power.FromWatts(44), ticks: true);
    }

    [Fact]
    public async Task Run_ReportBeforeHello_IsInvalid()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();

        Assert.Equal(RpcCode.InvalidArgument, await EndOf(channel, Wire.Say(Wire.Report(1, 40, 0))));
    }

    [Fact]
    public async Task Run_SilentAfterConnecting_IsEndedAfterItsPatience()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = channel.Open(WireMap.Connect);
        await agent.ResponseHeaders.InTime();
        var read = agent.ReadAsync().AsTask();
        await aggregator.Time.DriveAsync(() => read.IsCompleted, NodeStream.Patience);

        Assert.Equal(RpcCode.DeadlineExceeded, (await Assert.ThrowsAsync<RpcException>(() => read.InTime())).Status.Code);
    }

    [Fact]
    public async Task Run_ReadingIndexOutOfRange_EndsOnlyThatStream()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        using var otherChannel = aggregator.Dial();
        await using var good = await otherChannel.JoinAsync("rk1-1", 9);
        var hostile = Wire.Report(1, 40, 0);
        hostile.Readings[0].Sensor = 99;
        await using var bad = await channel.JoinAsync();
        await bad.WriteAsync(Wire.Say(hostile));

        var end = await Assert.ThrowsAsync<RpcException>(() => bad.ReadAsync().InTime());

        Assert.Equal(RpcCode.InvalidArgument, end.Status.Code);
        await good.ReportAsync(1, 12, 0);
        Assert.Contains(aggregator.Log.Lines, line => line.StartsWith("Warning 202", StringComparison.Ordinal) && line.Contains("names sensor 99", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_LaterHelloOfAnotherNode_IsInvalid()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = await channel.JoinAsync();
        await agent.WriteAsync(Wire.Say(Wire.Hello("rk1-1")));

        Assert.Equal(RpcCode.InvalidArgument, (await Assert.ThrowsAsync<RpcException>(() => agent.ReadAsync().InTime())).Status.Code);
    }

    [Fact]
    public async Task Run_MessageOfANewerVersion_IsIgnored()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = await channel.JoinAsync();
        await agent.WriteAsync(new AgentMessage());
        await agent.WriteAsync(new AgentMessage { Applied = new Applied { Epoch = 1 } });

        await agent.ReportAsync(1, 40, 0);
    }

    [Theory]
    [InlineData(new byte[] { 0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 0, 0x7F, 0xFF, 0xFF, 0xFF })]
    [InlineData(new byte[] { 1, 0, 0, 0, 0 })]
    [InlineData(new byte[] { 0, 0, 0 })]
    public async Task Run_GarbageOrOversizedFrame_EndsWithAStatusAndALogLineAndHarmsNoOther(byte[] frame)
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var good = await channel.JoinAsync("rk1-1", 9);
        using var raw = new HttpClient(new SocketsHttpHandler()) { BaseAddress = aggregator.Grpc };
        using var request = new HttpRequestMessage(HttpMethod.Post, WireMap.Connect.FullName)
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = new ByteArrayContent(frame) { Headers = { ContentType = new MediaTypeHeaderValue("application/grpc") } },
        };

        using var response = await raw.SendAsync(request).InTime();
        await response.Content.ReadAsByteArrayAsync().InTime();

        var status = response.TrailingHeaders.TryGetValues("grpc-status", out var values) ? values.Single() : response.Headers.GetValues("grpc-status").Single();
        Assert.NotEqual("0", status);
        Assert.Contains(aggregator.Log.Lines, line => line.StartsWith("Warning 202", StringComparison.Ordinal));
        await good.ReportAsync(1, 12, 0);
    }

    [Fact]
    public async Task Run_AggregatorDrains_SaysGoodbyeAndEndsWell()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var agent = await channel.JoinAsync();
        await agent.ReportAsync(1, 40, 9);
        await aggregator.UntilAsync(fleet => fleet.Balance.Power is not null, ticks: true);

        var stopping = aggregator.StopAsync();

        Assert.Equal(AggregatorMessage.MessageOneofCase.Goodbye, (await agent.ReadAsync().InTime())!.MessageCase);
        Assert.Null(await agent.ReadAsync().InTime());
        await stopping.InTime();
        Assert.Equal(Energy.FromJoules(9), new EnergyLedgerFile(aggregator.Slots).Open().Ledger.FleetTotal);
    }

    [Fact]
    public async Task Run_AggregatorKilledAndStartedAgain_EnergyGoesOn()
    {
        var slots = new MemorySlots();
        await using (var first = await RunningAggregator.StartAsync(slots: slots))
        {
            using var channel = first.Dial();
            await using var agent = await channel.JoinAsync();
            await agent.ReportAsync(1, 40, 100);
            await first.UntilAsync(fleet => fleet.Energy == Energy.FromJoules(100), ticks: true);
        }
        await using var second = await RunningAggregator.StartAsync(slots: slots);
        Assert.Equal(Energy.FromJoules(100), second.Fleet.Current.Energy);
        using var again = second.Dial();
        await using var resumed = await again.JoinAsync();

        await resumed.ReportAsync(1, 40, 130);

        await second.UntilAsync(fleet => fleet.Energy == Energy.FromJoules(130), ticks: true);
    }

    [Fact]
    public async Task Run_AgentNeverReadsItsAcknowledgements_IsClosedWithResourceExhausted()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var channel = aggregator.Dial();
        await using var slow = channel.Open(WireMap.Connect);
        await slow.WriteAsync(Wire.Say(Wire.Hello()));
        using var ends = new CancellationTokenSource();
        var talking = TalkAsync(slow, ends.Token);

        await aggregator.Time.DriveAsync(() => aggregator.Log.Lines.Any(line => line.Contains("ResourceExhausted", StringComparison.Ordinal)), TimeSpan.FromMilliseconds(50));

        await ends.CancelAsync();
        await talking.InTime();
        Assert.Contains(aggregator.Log.Lines, line => line.Contains("has not read our messages", StringComparison.Ordinal));
    }

    private static async Task TalkAsync(RpcCall<AgentMessage, AggregatorMessage> agent, CancellationToken cancelled)
    {
        try
        {
            for (ulong sequence = 1; !cancelled.IsCancellationRequested; sequence++)
                await agent.WriteAsync(Wire.Say(Wire.Report(sequence, 40, 0)), cancelled);
        }
        catch (Exception over) when (over is RpcException or OperationCanceledException)
        {
            // The server closed the stream, as it should.
        }
    }

    private static async Task<RpcCode> EndOf(RpcChannel channel, AgentMessage first)
    {
        await using var call = channel.Open(WireMap.Connect);
        await call.WriteAsync(first);
        return (await Assert.ThrowsAsync<RpcException>(() => call.ReadAsync().InTime())).Status.Code;
    }
}
