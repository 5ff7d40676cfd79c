using System.Collections.Immutable;

namespace Homelab.FakeKubernetes;

/// <summary>The log of all requests, refused ones included. Safe for concurrent use.</summary>
internal sealed class FakeRequests
{
    private readonly Lock _gate = new();
    private readonly List<(Func<ImmutableList<FakeRequest>, bool> Until, TaskCompletionSource Reached)> _waiting = [];
    private ImmutableList<FakeRequest> _all = [];

    public ImmutableList<FakeRequest> All => Volatile.Read(ref _all);

    /// <summary>Everything that changes the cluster, except leases.</summary>
    public IEnumerable<FakeRequest> Writes => All.Where(static request => request.IsWrite && request.Route?.Resource.Plural != "leases");

    public int Count(Func<FakeRequest, bool> which) => All.Count(which);

    /// <summary>Patches of one node, its status included.</summary>
    public int Patches(string node) => Count(request => request.Verb == "patch" && request.Route is { Resource.Plural: "nodes" } route && route.Name == node);

    public void Clear()
    {
        lock (_gate)
            Volatile.Write(ref _all, []);
    }

    /// <summary>Completes when so many requests of a sort have arrived.</summary>
    public async Task ReachAsync(Func<FakeRequest, bool> which, int count, TimeSpan patience)
    {
        var reached = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            bool Until(ImmutableList<FakeRequest> all) => all.Count(which) >= count;
            if (Until(_all))
                return;
            _waiting.Add((Until, reached));
        }
        await reached.Task.WaitAsync(patience);
    }

    public void Add(FakeRequest request)
    {
        lock (_gate)
        {
            Volatile.Write(ref _all, _all.Add(request));
            foreach (var waiting in _waiting.Where(waiting => waiting.Until(_all)).ToArray())
            {
                _waiting.Remove(waiting);
                waiting.Reached.SetResult();
            }
        }
    }
}
