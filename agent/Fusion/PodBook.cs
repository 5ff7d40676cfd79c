using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>One pod's energy since it was first told, or one container's that is in no pod.</summary>
internal sealed record PodEnergy(string Pod, Energy Energy)
{
    public string Pod { get; set; } = Pod;

    public Energy Energy { get; set; } = Energy;

    /// <summary><c>NAMESPACE/NAME</c>; empty: not known.</summary>
    public string Name { get; set; } = "";
}

/// <summary>What a report tells of a split: a few pods by name, the rest in sums. Growing only, but for pods that end and <paramref name="Ended"/>, which takes them.</summary>
/// <remarks>Written anew, with its pods, by whoever gives it to <see cref="PodBook.Write"/>; nobody else changes it.</remarks>
/// <param name="Other">Pods that are not told by name.</param>
internal sealed record PodReport(Energy Idle, Energy System, Energy Other, Energy Ended, PodEnergy[] Pods)
{
    public Energy Idle { get; set; } = Idle;

    public Energy System { get; set; } = System;

    public Energy Other { get; set; } = Other;

    public Energy Ended { get; set; } = Ended;

    public PodEnergy[] Pods { get; set; } = Pods;
}

/// <summary>Chooses the pods that are told by name, and keeps them: a counter that comes and goes with the load would be no counter. Owned by one thread.</summary>
/// <remarks>A free place is taken by whoever of the untold used most, and held until the pod ends. What a pod used before it was told stays in the sum of the untold.</remarks>
internal sealed class PodBook(int most)
{
    private const string PodDevice = "pod:";

    /// <summary>By the pod's device, or by the name of a container that is in no pod: words that are there, so that none is made to look a page up.</summary>
    private readonly Dictionary<string, Page> _pages = new(StringComparer.Ordinal);
    private readonly List<string> _gone = [];
    private long _other;
    private Energy _whole;
    private Energy _idle;
    private Energy _system;

    /// <summary>Takes a split in.</summary>
    public void Read(SplitState split)
    {
        foreach (var page in _pages.Values)
            (page.Before, page.Now, page.IsThere) = (page.Now, 0, false);
        foreach (var share in split.Containers)
        {
            var isPod = share.Device.StartsWith(PodDevice, StringComparison.Ordinal);
            var key = isPod ? share.Device : share.Name;
            if (!_pages.TryGetValue(key, out var page))
                _pages[key] = page = new Page(isPod ? key[PodDevice.Length..] : key);
            page.Now += share.Energy.Microjoules;
            (page.IsThere, page.Name) = (true, share.PodName);
        }
        foreach (var (key, page) in _pages)
        {
            // A container that ended takes its energy along; its pod's counter stands still then.
            var gained = Math.Max(0, page.Now - page.Before);
            page.Used += gained;
            if (page.IsTold)
                page.Told += gained;
            else
                _other += gained;
            if (!page.IsThere)
                _gone.Add(key);
        }
        foreach (var key in _gone)
            _pages.Remove(key);
        _gone.Clear();
        Choose();
        (_whole, _idle, _system) = (split.Whole, split.Idle, split.System);
    }

    /// <summary>What is to be told by now.</summary>
    /// <param name="free">Written to, pods and all, and given back; null: a new one.</param>
    public PodReport Write(PodReport? free = null)
    {
        var told = 0;
        foreach (var page in _pages.Values)
            told += page.IsTold ? 1 : 0;
        var report = free ?? new PodReport(default, default, default, default, []);
        if (report.Pods.Length != told)
        {
            report.Pods = new PodEnergy[told];
            for (var i = 0; i < told; i++)
                report.Pods[i] = new PodEnergy("", default);
        }
        var (next, named) = (0, 0L);
        foreach (var page in _pages.Values)
        {
            if (!page.IsTold)
                continue;
            var pod = report.Pods[next++];
            (pod.Pod, pod.Name, pod.Energy) = (page.Pod, page.Name, new Energy(page.Told));
            named += page.Told;
        }
        (report.Idle, report.System, report.Other) = (_idle, _system, new Energy(_other));
        report.Ended = new Energy(_whole.Microjoules - _idle.Microjoules - _system.Microjoules - named - _other);
        return report;
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

    private sealed class Page(string pod)
    {
        public string Pod => pod;

        public string Name { get; set; } = "";

        public long Before { get; set; }

        public long Now { get; set; }

        public bool IsThere { get; set; }

        public long Used { get; set; }

        public bool IsTold { get; set; }

        public long Told { get; set; }
    }
}
