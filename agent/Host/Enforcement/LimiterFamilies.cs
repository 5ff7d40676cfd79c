using System.Runtime.CompilerServices;
using Homelab.NodeAgent.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>All limiters of the node, by family: visited at once, so that one driver that is late holds up none of the others.</summary>
internal sealed class LimiterFamilies : IDisposable
{
    private readonly List<LimiterFamily> _families = [];
    private readonly ValueTask<bool>[] _visits;
    private readonly HashSet<string> _late = [];
    private readonly TimeSpan _deadline;
    private readonly LeaseClock _leases;
    private readonly ILogger _log;

    /// <param name="deadline">How long a driver may take before the others go on without it.</param>
    public LimiterFamilies(IReadOnlyList<LimiterSlot> slots, ICapState state, TimeSpan deadline, TimeProvider time, LeaseClock leases, ILogger log)
    {
        (_deadline, _leases, _log) = (deadline, leases, log);
        foreach (var slot in slots)
        {
            if (!_families.Exists(f => f.Name == slot.Info.Family))
                _families.Add(new LimiterFamily(slot.Info.Family, SlotsOf(slot.Info.Family, slots), state, time));
        }
        _visits = new ValueTask<bool>[_families.Count];
    }

    /// <summary>Every family at once; one that is late holds up none of the others, and its caller only once.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    public async ValueTask VisitAsync()
    {
        var visits = _visits;
        for (var i = 0; i < visits.Length; i++)
            Begin(i, _families[i].VisitAsync(_deadline));
        for (var i = 0; i < visits.Length; i++)
        {
            if (await visits[i].ConfigureAwait(false))
            {
                _families[i].Take(_leases.Now);
                _late.Remove(_families[i].Name);
            }
            else if (_late.Add(_families[i].Name))
                Log.FamilyLate(_log, _families[i].Name);
        }
    }

    public void Dispose()
    {
        foreach (var family in _families)
            family.Dispose();
    }

    /// <summary>Each is awaited once, when all have begun.</summary>
    private void Begin(int family, ValueTask<bool> visit) => _visits[family] = visit;

    private static List<LimiterSlot> SlotsOf(string family, IReadOnlyList<LimiterSlot> slots)
    {
        var found = new List<LimiterSlot>();
        foreach (var slot in slots)
        {
            if (slot.Info.Family == family)
                found.Add(slot);
        }
        return found;
    }
}
