using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>One pod's energy since it was first told, or one container's that is in no pod.</summary>
internal sealed record PodEnergy(string Pod, Energy Energy)
{
    /// <summary><c>NAMESPACE/NAME</c>; empty: not known.</summary>
    public string Name { get; init; } = "";
}

/// <summary>What a report tells of a split: a few pods by name, the rest in sums. Growing only, but for pods that end and <paramref name="Ended"/>, which takes them.</summary>
/// <param name="Other">Pods that are not told by name.</param>
internal sealed record PodReport(Energy Idle, Energy System, Energy Other, Energy Ended, IReadOnlyList<PodEnergy> Pods);

/// <summary>Chooses the pods that are told by name, and keeps them: a counter that comes and goes with the load would be no counter. Owned by one thread.</summary>
/// <remarks>A free place is taken by whoever of the untold used most, and held until the pod ends. What a pod used before it was told stays in the sum of the untold.</remarks>
internal sealed class PodBook(int most)
{
    private readonly Dictionary<string, Page> _pages = [];
    private long _other;

    public PodReport Read(SplitState split)
    {
        foreach (var page in _pages.Values)
            (page.Before, page.Now, page.IsThere) = (page.Now, 0, false);
        foreach (var share in split.Containers)
        {
            var name = share.Device.StartsWith("pod:", StringComparison.Ordinal) ? share.Device[4..] : share.Name;
            if (!_pages.TryGetValue(name, out var page))
                _pages[name] = page = new Page();
            page.Now += share.Energy.Microjoules;
            (page.IsThere, page.Name) = (true, share.PodName);
        }
        List<string>? gone = null;
        foreach (var (name, page) in _pages)
        {
            // A container that ended takes its energy along; its pod's counter stands still then.
            var gained = Math.Max(0, page.Now - page.Before);
            page.Used += gained;
            if (page.IsTold)
                page.Told += gained;
            else
                _other += gained;
            if (!page.IsThere)
                (gone ??= []).Add(name);
        }
        foreach (var name in gone ?? [])
            _pages.Remove(name);
        Choose();
        return Write(split);
    }

    private void Choose()
    {
        var told = 0;
        foreach (var page in _pages.Values)
            told += page.IsTold ? 1 : 0;
        for (; told < most; told++)
        {
            Page? best = null;
            foreach (var page in _pages.Values)
            {
                if (!page.IsTold && page.Used > (best?.Used ?? 0))
                    best = page;
            }
            if (best is null)
                return;
            best.IsTold = true;
        }
    }

    private PodReport Write(SplitState split)
    {
        var pods = new List<PodEnergy>();
        var named = 0L;
        foreach (var (name, page) in _pages)
        {
            if (!page.IsTold)
                continue;
            pods.Add(new PodEnergy(name, new Energy(page.Told)) { Name = page.Name });
            named += page.Told;
        }
        var ended = split.Whole.Microjoules - split.Idle.Microjoules - split.System.Microjoules - named - _other;
        return new PodReport(split.Idle, split.System, new Energy(_other), new Energy(ended), pods);
    }

    private sealed class Page
    {
        public string Name { get; set; } = "";

        public long Before { get; set; }

        public long Now { get; set; }

        public bool IsThere { get; set; }

        public long Used { get; set; }

        public bool IsTold { get; set; }

        public long Told { get; set; }
    }
}
