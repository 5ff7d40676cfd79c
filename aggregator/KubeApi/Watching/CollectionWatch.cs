using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// Keeps a view of one collection: a list, then a watch that is resumed where it broke off, and a list again only where the server has
/// forgotten that point (410) or has said what cannot be read. While the server is away the last view stands, with its trouble.
/// </summary>
/// <param name="read">Null for an object that cannot be read.</param>
/// <param name="key">The object's name in the view.</param>
internal sealed class CollectionWatch<T>(KubeClient client, KubePath collection, Func<JsonElement, T?> read, Func<T, string> key, CollectionWatchOptions options, TimeProvider time, Func<double> random)
    where T : class
{
    private readonly Backoff _backoff = new(options.FirstBackoff, options.LongestBackoff, random);
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private CollectionView<T> _view = CollectionView<T>.Empty;
    private long _lists;

    public CollectionView<T> View => Volatile.Read(ref _view);

    /// <summary>Whole lists so far: more than one says that a watch could not be resumed.</summary>
    public long Lists => Interlocked.Read(ref _lists);

    /// <summary>Completes when the view is newer than <paramref name="generation"/>.</summary>
    public async Task<CollectionView<T>> NewerThanAsync(long generation, CancellationToken cancel)
    {
        while (true)
        {
            // The signal first, the view after it: a publication in between completes the signal just taken.
            var next = Volatile.Read(ref _next).Task;
            if (View is var view && view.Generation > generation)
                return view;
            await next.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    /// <summary>Runs until cancelled. Started once.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        string? from = null;
        while (true)
        {
            var trouble = await (from is null ? ListAsync(cancel) : FollowAsync(from, cancel)).ConfigureAwait(false);
            from = trouble.ResumeFrom;
            if (trouble.Status is { } status)
            {
                Publish(View with { Trouble = status });
                var wait = _backoff.Next();
                await Task.Delay(status.RetryAfter is { } asked && asked > wait && asked <= options.LongestRetryAfter ? asked : wait, time, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<Turn> ListAsync(CancellationToken cancel)
    {
        Interlocked.Increment(ref _lists);
        var list = await client.ListAsync(collection, read, cancel).ConfigureAwait(false);
        if (!list.IsOk)
            return new Turn(null, list.Status);
        var items = ImmutableDictionary.CreateBuilder<string, T>(StringComparer.Ordinal);
        foreach (var item in list.Value.Items)
            items[key(item)] = item;
        Publish(new CollectionView<T>(0, items.ToImmutable(), true, list.Value.Unreadable, null, time.GetTimestamp()));
        return new Turn(list.Value.ResourceVersion, null);
    }

    private async Task<Turn> FollowAsync(string from, CancellationToken cancel)
    {
        // Spread, so that the watches of many clients do not all end at once.
        var lasting = options.Lasting * (1 + random());
        var opened = await client.WatchAsync(collection, from, lasting, options.Idle, cancel).ConfigureAwait(false);
        if (!opened.IsOk)
            return new Turn(opened.Status.Outcome is KubeOutcome.Gone or KubeOutcome.Invalid ? null : from, opened.Status);
        using var stream = opened.Value;
        if (View.Trouble is not null)
            Publish(View with { Trouble = null, HeardAt = time.GetTimestamp() });
        var opening = time.GetTimestamp();
        var heard = false;
        while (true)
        {
            var said = await stream.NextAsync(cancel).ConfigureAwait(false);
            if (said is null && (heard || time.GetElapsedTime(opening) >= options.Lasting / 2))
                return new Turn(from, null);
            if (said is not { IsOk: true })
                return Ended(said?.Status ?? KubeStatus.Of(KubeOutcome.Unreachable, "the watch ended at once"), from);
            if (said.Value.Object.At("metadata").Text("resourceVersion") is not { Length: > 0 } version || !Take(said.Value))
                return new Turn(null, KubeStatus.Of(KubeOutcome.Garbage, $"{collection}: a watch event that cannot be read"));
            (from, heard) = (version, true);
            _backoff.Reset();
        }
    }

    // What broke off is resumed. What the server has forgotten, or said wrongly, is listed again.
    private static Turn Ended(KubeStatus status, string from) =>
        new(status.Outcome is KubeOutcome.Unreachable or KubeOutcome.TimedOut or KubeOutcome.ServerError or KubeOutcome.Busy ? from : null, status);

    private bool Take(WatchEvent said)
    {
        var view = View with { HeardAt = time.GetTimestamp() };
        if (said.Kind == WatchKind.Bookmark)
        {
            Volatile.Write(ref _view, view); // Nothing changed, so nobody is woken.
            return true;
        }
        if (read(said.Object) is not { } item)
            return false;
        Publish(view with { Items = said.Kind == WatchKind.Deleted ? view.Items.Remove(key(item)) : view.Items.SetItem(key(item), item) });
        return true;
    }

    private void Publish(CollectionView<T> view)
    {
        Volatile.Write(ref _view, view with { Generation = View.Generation + 1 });
        Interlocked.Exchange(ref _next, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    /// <summary>How one list or watch ended.</summary>
    /// <param name="ResumeFrom">Null: list again.</param>
    /// <param name="Status">Null: in good order, so without waiting.</param>
    private readonly record struct Turn(string? ResumeFrom, KubeStatus? Status);
}
