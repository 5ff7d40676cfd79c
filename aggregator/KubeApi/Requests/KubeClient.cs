using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// The verbs of the Kubernetes API, against one server as one user: rate-limited, retried with bounds, and answered by values.
/// Safe for concurrent use. Each call throws <see cref="OperationCanceledException"/> by its own token and nothing else that is expected.
/// </summary>
internal sealed class KubeClient : IDisposable
{
    private readonly KubeAccess _access;
    private readonly TimeProvider _time;
    private readonly Func<double> _random;
    private readonly KubeTransport _transport;
    private readonly TokenBucket _bucket;

    /// <param name="random">Draws from 0 (inclusive) to 1 (exclusive); called from any thread.</param>
    public KubeClient(KubeAccess access, KubeClientOptions options, TimeProvider time, Func<double> random)
    {
        (_access, Options, _time, _random) = (access, options, time, random);
        _transport = new KubeTransport(access, options, time);
        _bucket = new TokenBucket(options.RequestsPerSecond, options.Burst, time);
    }

    public KubeClientOptions Options { get; }

    /// <summary>The context's name, for messages.</summary>
    public string Name => _access.Name;

    /// <summary>The namespace of the context, or of the pod's service account.</summary>
    public string Namespace => _access.Namespace;

    public KubeTraffic Traffic => _transport.Traffic;

    public void Dispose() => _transport.Dispose();

    public Task<KubeResult<JsonElement>> GetAsync(KubePath path, CancellationToken cancel) => SendAsync(new KubeRequest(HttpMethod.Get, path), cancel);

    /// <summary>Creates an object. One with a metadata.name is tried again after a lost answer, so that <see cref="KubeOutcome.Conflict"/> may mean that the first try went through.</summary>
    public Task<KubeResult<JsonElement>> CreateAsync(KubePath collection, JsonObject body, CancellationToken cancel) =>
        SendAsync(new KubeRequest(HttpMethod.Post, collection) { Body = body, Repeatable = body["metadata"]?["name"] is not null }, cancel);

    /// <summary>Replaces an object; with metadata.resourceVersion only the version that was read.</summary>
    public Task<KubeResult<JsonElement>> UpdateAsync(KubePath path, JsonObject body, CancellationToken cancel) =>
        SendAsync(new KubeRequest(HttpMethod.Put, path) { Body = body }, cancel);

    /// <summary>
    /// Server-side apply with force=false: fields of ours that <paramref name="body"/> no longer has vanish, fields of others stay.
    /// Fields that others own with other values end in <see cref="KubeOutcome.Conflict"/> with <see cref="KubeStatus.Conflicts"/>, and nothing is changed.
    /// </summary>
    /// <param name="force">Takes conflicting fields from their owners.</param>
    /// <param name="dryRun">The server answers as if, and stores nothing.</param>
    public Task<KubeResult<JsonElement>> ApplyAsync(KubePath path, JsonObject body, string fieldManager, CancellationToken cancel, bool force = false, bool dryRun = false) =>
        PatchAsync(path, KubePatch.Apply(body), cancel, fieldManager, dryRun, force);

    /// <summary>Merge, strategic merge and JSON-Patch. After a lost answer the patch is sent again: a JSON-Patch should carry a test.</summary>
    /// <param name="fieldManager">Under what name the server books the change; null leaves it to the user agent.</param>
    public Task<KubeResult<JsonElement>> PatchAsync(KubePath path, KubePatch patch, CancellationToken cancel, string? fieldManager = null, bool dryRun = false, bool force = false) =>
        SendAsync(new KubeRequest(HttpMethod.Patch, path)
        {
            Body = patch.Body,
            MediaType = patch.MediaType,
            Query = [("fieldManager", fieldManager), ("force", force ? "true" : null), ("dryRun", dryRun ? "All" : null)],
        }, cancel);

    /// <summary>A whole collection, page by page. Where a continue token expires on the way (410), once more from the start and in one piece.</summary>
    /// <param name="read">Null for an object that cannot be read: it is counted and left out.</param>
    public async Task<KubeResult<KubeList<T>>> ListAsync<T>(KubePath collection, Func<JsonElement, T?> read, CancellationToken cancel, string? labelSelector = null)
        where T : class
    {
        var paged = await ListAsync(collection, read, Options.PageSize, labelSelector, cancel).ConfigureAwait(false);
        return paged.Status.Outcome == KubeOutcome.Gone ? await ListAsync(collection, read, 0, labelSelector, cancel).ConfigureAwait(false) : paged;
    }

    /// <summary>Opens a watch from just after <paramref name="resourceVersion"/>. One attempt: the caller knows when to list again.</summary>
    /// <param name="lasting">The server ends the watch in good order after this.</param>
    /// <param name="idle">A stream that says nothing, not even a bookmark, for so long counts as dead.</param>
    public async Task<KubeResult<WatchStream>> WatchAsync(KubePath collection, string resourceVersion, TimeSpan lasting, TimeSpan idle, CancellationToken cancel, string? labelSelector = null)
    {
        await _bucket.TakeAsync(cancel).ConfigureAwait(false);
        var opened = await _transport.StreamAsync(new KubeRequest(HttpMethod.Get, collection)
        {
            Query =
            [
                ("watch", "true"), ("allowWatchBookmarks", "true"), ("resourceVersion", resourceVersion), ("labelSelector", labelSelector),
                ("timeoutSeconds", ((long)lasting.TotalSeconds).ToString(CultureInfo.InvariantCulture)),
            ],
        }, cancel).ConfigureAwait(false);
        if (opened.Status.Outcome == KubeOutcome.Unauthenticated)
            _access.Credentials.Refused();
        return opened.Then(response => new WatchStream(response, Options.LargestWatchLine, idle, _time));
    }

    /// <summary>Any request, with the client's limits and retries.</summary>
    public async Task<KubeResult<JsonElement>> SendAsync(KubeRequest request, CancellationToken cancel)
    {
        var backoff = new Backoff(Options.FirstBackoff, Options.LongestBackoff, _random);
        var refused = false;
        for (var attempt = 1; ; attempt++)
        {
            if (!request.Urgent)
                await _bucket.TakeAsync(cancel).ConfigureAwait(false);
            var answer = await _transport.SendAsync(request, cancel).ConfigureAwait(false);
            if (answer.IsOk)
                return answer;
            if (answer.Status.Code == 401 && !refused && _access.Credentials.Refused())
            {
                refused = true; // Once, at once, with a fresh credential.
                Traffic.Retried();
                continue;
            }
            if (WaitBeforeNext(request, answer.Status, attempt, backoff) is not { } wait)
                return answer;
            Traffic.Retried();
            await Task.Delay(wait, _time, cancel).ConfigureAwait(false);
        }
    }

    private TimeSpan? WaitBeforeNext(KubeRequest request, KubeStatus status, int attempt, Backoff backoff)
    {
        if (request.Urgent || attempt >= Options.Attempts)
            return null;
        switch (status.Outcome)
        {
            case KubeOutcome.Busy:
                // The server says that it did nothing, so anything may be sent again. Never earlier than asked, a little later.
                var wait = status.RetryAfter is { } asked ? asked * (1 + 0.1 * _random()) : backoff.Next();
                return wait <= Options.LongestRetryAfter * 1.1 ? wait : null;
            case KubeOutcome.ServerError or KubeOutcome.Unreachable or KubeOutcome.TimedOut or KubeOutcome.Garbage when request.Repeatable:
                return backoff.Next();
            default:
                return null;
        }
    }

    private async Task<KubeResult<KubeList<T>>> ListAsync<T>(KubePath collection, Func<JsonElement, T?> read, int pageSize, string? labelSelector, CancellationToken cancel)
        where T : class
    {
        var items = ImmutableArray.CreateBuilder<T>();
        var unreadable = 0;
        string? next = null;
        do
        {
            var page = await SendAsync(new KubeRequest(HttpMethod.Get, collection)
            {
                Query = [("limit", pageSize == 0 ? null : pageSize.ToString(CultureInfo.InvariantCulture)), ("continue", next), ("labelSelector", labelSelector)],
            }, cancel).ConfigureAwait(false);
            if (!page.IsOk)
                return KubeResult<KubeList<T>>.Failed(page.Status);
            var meta = page.Value.At("metadata");
            if (page.Value.At("items").ValueKind is not (JsonValueKind.Array or JsonValueKind.Null) || meta.Text("resourceVersion") is not { Length: > 0 } version)
                return KubeResult<KubeList<T>>.Failed(KubeOutcome.Garbage, $"{collection}: an answer that is no list");
            foreach (var item in page.Value.Items("items"))
            {
                if (read(item) is { } value)
                    items.Add(value);
                else
                    unreadable++;
            }
            next = meta.Text("continue") is { Length: > 0 } token ? token : null;
            if (next is null)
                return KubeResult<KubeList<T>>.Ok(new KubeList<T>(items.ToImmutable(), unreadable, version));
        }
        while (items.Count + unreadable < Options.LongestList);
        return KubeResult<KubeList<T>>.Failed(KubeOutcome.Garbage, $"{collection}: a list of more than {Options.LongestList} objects");
    }
}
