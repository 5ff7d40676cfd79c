using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Dashboard;

/// <summary>
/// <c>GET /api/v1/events</c>: server-sent events named <c>fleet</c>, each with a whole fleet document, at most one a second. A client
/// that does not take one in time is dropped; it reconnects by itself and misses nothing that counts.
/// </summary>
internal sealed class EventStream(FleetStore fleet, FleetJson json, TimeProvider time, IHostApplicationLifetime lifetime)
{
    public const int MostClients = 64;
    private static readonly TimeSpan Spacing = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private int _clients;

    public async Task ServeAsync(HttpContext context)
    {
        if (Interlocked.Increment(ref _clients) > MostClients)
        {
            Interlocked.Decrement(ref _clients);
            context.Response.Headers.RetryAfter = "10";
            await Problem.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "Too many event streams", $"At most {MostClients} may be open at once. Poll /api/v1/fleet instead.");
            return;
        }
        using var ends = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        try
        {
            context.Response.ContentType = "text/event-stream";
            context.Response.Headers.CacheControl = "no-store";
            context.Response.Headers["X-Accel-Buffering"] = "no";
            await SendAsync(context, "retry: 2000\n\n"u8.ToArray(), ends.Token);
            await FollowAsync(context, ends.Token);
        }
        catch (OperationCanceledException)
        {
            // The client left, was dropped, or we stop: either way this stream is over.
        }
        finally
        {
            Interlocked.Decrement(ref _clients);
        }
    }

    private async Task FollowAsync(HttpContext context, CancellationToken ended)
    {
        var snapshot = fleet.Current;
        while (true)
        {
            // Counted from the event's start: a slow client does not stretch the second.
            var pause = Task.Delay(Spacing, time, ended);
            await SendAsync(context, [.. "event: fleet\ndata: "u8, .. json.Of(snapshot), .. "\n\n"u8], ended);
            await pause;
            snapshot = await NextAsync(context, snapshot.Version, ended);
        }
    }

    /// <summary>The next snapshot; while there is none, a comment now and then keeps proxies from closing the stream.</summary>
    private async Task<FleetSnapshot> NextAsync(HttpContext context, long version, CancellationToken ended)
    {
        while (true)
        {
            using var heartbeat = new CancellationTokenSource(Heartbeat, time);
            using var wait = CancellationTokenSource.CreateLinkedTokenSource(ended, heartbeat.Token);
            try
            {
                return await fleet.NewerThan(version, wait.Token);
            }
            catch (OperationCanceledException) when (!ended.IsCancellationRequested)
            {
                await SendAsync(context, ": still here\n\n"u8.ToArray(), ended);
            }
        }
    }

    /// <summary>Aborts the connection when the client's side stays full.</summary>
    private async Task SendAsync(HttpContext context, byte[] bytes, CancellationToken ended)
    {
        using var patience = new CancellationTokenSource(Patience, time);
        using var wait = CancellationTokenSource.CreateLinkedTokenSource(ended, patience.Token);
        try
        {
            await context.Response.Body.WriteAsync(bytes, wait.Token);
            await context.Response.Body.FlushAsync(wait.Token);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            context.Abort();
            throw;
        }
    }
}
