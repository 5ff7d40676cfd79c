using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;

namespace Homelab.NodeAgent.Uplink;

/// <summary>Remembers what one stream has been told, and says what a new sample adds. One stream, one thread.</summary>
internal sealed class ReportDelta
{
    /// <summary>Durations change with every pass; people look at them, nothing computes with them.</summary>
    private static readonly TimeSpan SourcesPace = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan SelfPace = TimeSpan.FromSeconds(10);

    private readonly List<int> _changed = [];
    private AgentWord.Report? _report;
    private Inventory? _inventory;
    private Reading[] _told = [];
    private SourceHealth[] _toldSources = [];
    private ulong _sequence;
    private TimeSpan _refreshedAt;
    private TimeSpan? _sourcesAt;
    private TimeSpan? _selfAt;

    /// <summary>The next report, in place of the last. Everything is in it when the inventory is new, or when <paramref name="refresh"/> has passed since it last was.</summary>
    public AgentWord.Report Next(NodeSample sample, uint inventoryNumber, TimeSpan refresh)
    {
        var isNew = !ReferenceEquals(sample.Inventory, _inventory);
        var all = isNew || sample.Monotonic - _refreshedAt >= refresh;
        Compare(sample.Readings, all);
        if (all)
            _refreshedAt = sample.Monotonic;
        _inventory = sample.Inventory;
        Keep(sample.Readings, ref _told);

        var withSources = isNew || sample.Monotonic - _sourcesAt >= SourcesPace || HaveTurned(sample.Sources);
        if (withSources)
        {
            _sourcesAt = sample.Monotonic;
            Keep(sample.Sources, ref _toldSources);
        }
        var withSelf = _selfAt is null || sample.Monotonic - _selfAt >= SelfPace;
        if (withSelf)
            _selfAt = sample.Monotonic;
        var report = _report ??= new AgentWord.Report(0, 0, sample, _changed, false, false);
        (report.Sequence, report.InventoryNumber, report.Sample, report.WithSources, report.WithSelf) = (++_sequence, inventoryNumber, sample, withSources, withSelf);
        return report;
    }

    /// <summary>A copy: a sample's lists are written anew once nobody holds it.</summary>
    private static void Keep<T>(T[] now, ref T[] told)
    {
        if (told.Length != now.Length)
            told = new T[now.Length];
        now.CopyTo(told, 0);
    }

    private void Compare(Reading[] now, bool all)
    {
        _changed.Clear();
        for (var i = 0; i < now.Length; i++)
        {
            if (all || now[i] != _told[i])
                _changed.Add(i);
        }
    }

    private bool HaveTurned(SourceHealth[] now)
    {
        for (var i = 0; i < now.Length; i++)
        {
            var (before, after) = (_toldSources[i], now[i]);
            if (before.Success != after.Success || before.Failures != after.Failures || before.Detail != after.Detail)
                return true;
        }
        return false;
    }
}
