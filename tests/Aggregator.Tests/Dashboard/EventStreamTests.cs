using System.Net;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Dashboard;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Tests.Fakes;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Homelab.Aggregator.Tests.Dashboard;

public sealed class EventStreamTests
{
    private static readonly Uri Events = new("/api/v1/events", UriKind.Relative);

    [Fact]
    public async Task Serve_NewSnapshots_AreEventsAtMostOneASecond()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var response = await aggregator.Client.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead).InTime();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);

        await EventAsync(lines);
        var next = EventAsync(lines);
        Assert.False(next.IsCompleted);
        aggregator.Time.Advance(TimeSpan.FromSeconds(1));
        var data = await next.InTime();

        Assert.StartsWith("data: {\"schema\":\"homelab.fleet/v1\"", data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Serve_AggregatorStops_EndsTheStream()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        using var response = await aggregator.Client.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead).InTime();
        using var lines = new StreamReader(await response.Content.ReadAsStreamAsync());
        await EventAsync(lines);

        var stopping = aggregator.StopAsync();

        Assert.Equal("", (await lines.ReadToEndAsync().InTime()).Trim());
        await stopping.InTime();
    }

    [Fact]
    public async Task Serve_OneClientTooMany_IsToldToPoll()
    {
        await using var aggregator = await RunningAggregator.StartAsync();
        var open = new List<HttpResponseMessage>();
        for (var client = 0; client < EventStream.MostClients; client++)
            open.Add(await aggregator.Client.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead).InTime());

        using var refused = await aggregator.Client.GetAsync(Events, HttpCompletionOption.ResponseHeadersRead).InTime();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, refused.StatusCode);
        open.ForEach(response => response.Dispose());
    }

    [Fact]
    public async Task Serve_ClientDoesNotRead_IsDropped()
    {
        var time = Sample.Clock();
        using var connection = new StuckConnection();
        var context = new DefaultHttpContext();
        context.Features.Set<IHttpRequestLifetimeFeature>(connection);
        context.Features.Set<IHttpResponseBodyFeature>(new StreamResponseBodyFeature(connection.Body));
        var fleet = new FleetStore(new FleetRoster(Sample.Rules, EnergyLedger.Empty).Publish(default));
        var serving = new EventStream(fleet, new FleetJson(ControlMode.Observe), time, new EndlessLife()).ServeAsync(context);
        Assert.False(serving.IsCompleted);

        time.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(connection.IsAborted);
        time.Advance(TimeSpan.FromSeconds(0.2));

        await serving.InTime();
        Assert.True(connection.IsAborted);
    }

    /// <summary>The data line of the next event.</summary>
    private static async Task<string> EventAsync(StreamReader lines)
    {
        while (true)
        {
            var line = await lines.ReadLineAsync().InTime() ?? throw new EndOfStreamException("the stream of events ended");
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                return line;
        }
    }

    /// <summary>A client whose receive window is full for good.</summary>
    private sealed class StuckConnection : IHttpRequestLifetimeFeature, IDisposable
    {
        private readonly CancellationTokenSource _aborted = new();

        public StuckConnection() => RequestAborted = _aborted.Token;

        public Stream Body { get; } = new StuckStream();

        public bool IsAborted => _aborted.IsCancellationRequested;

        public CancellationToken RequestAborted { get; set; }

        public void Abort() => _aborted.Cancel();

        public void Dispose() => _aborted.Dispose();
    }

    private sealed class StuckStream : MemoryStream
    {
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken));
    }

    private sealed class EndlessLife : IHostApplicationLifetime
    {
        public CancellationToken ApplicationStarted => CancellationToken.None;

        public CancellationToken ApplicationStopping => CancellationToken.None;

        public CancellationToken ApplicationStopped => CancellationToken.None;

        public void StopApplication()
        {
        }
    }
}
