using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Fleet;

/// <summary>What one agent process had counted when last heard.</summary>
internal readonly record struct InstanceCount(AgentInstance Instance, Energy Counter);

/// <summary>A node's durable energy.</summary>
/// <param name="Total">Grows only.</param>
/// <param name="Counts">The last agent processes heard, latest first, at most <see cref="EnergyLedger.InstancesKept"/>.</param>
internal sealed record LedgerEntry(Energy Total, ImmutableArray<InstanceCount> Counts)
{
    public static readonly LedgerEntry Empty = new(Energy.Zero, []);
}

/// <summary>What became of a counter handed to the ledger.</summary>
internal enum CountOutcome
{
    /// <summary>The growth was added.</summary>
    Added = 1,

    /// <summary>Nothing new.</summary>
    Unchanged = 2,

    /// <summary>The counter of a running agent fell: it breaks its promise, and nothing is added.</summary>
    WentBackwards = 3,

    /// <summary>Beyond anything a node can have drawn, or below zero; nothing is added.</summary>
    Implausible = 4,
}

/// <summary>
/// Energy per node over all agent processes, immutable. Agents send the energy since their own start, so a report lost, an
/// agent unheard for an hour or an aggregator killed loses nothing: the next counter carries it.
/// </summary>
/// <param name="Nodes">Every node ever counted.</param>
/// <param name="OverBudget">Time the fleet spent above its budget; grows only.</param>
internal sealed record EnergyLedger(ImmutableSortedDictionary<NodeName, LedgerEntry> Nodes, TimeSpan OverBudget)
{
    /// <summary>Agent processes remembered per node, so that one that comes back after another is not counted twice.</summary>
    public const int InstancesKept = 4;

    /// <summary>Most one agent process can have counted: 1 kW for 28 years. It keeps a hostile counter from using up the range.</summary>
    public static readonly Energy MostPerInstance = Energy.FromJoules(9e11);

    public static readonly EnergyLedger Empty = new(ImmutableSortedDictionary<NodeName, LedgerEntry>.Empty, TimeSpan.Zero);

    /// <summary>What nodes have counted while another one counted for their machine: in their totals, and not in the fleet's.</summary>
    public Energy Repeated { get; init; }

    /// <summary>Sum of all totals, each machine once, saturating; it grows only because totals do and nodes are never dropped.</summary>
    public Energy FleetTotal
    {
        get
        {
            Int128 sum = 0;
            foreach (var entry in Nodes.Values)
                sum += entry.Total.Microjoules;
            return new Energy((long)Int128.Clamp(sum - Repeated.Microjoules, 0, long.MaxValue));
        }
    }

    /// <summary>The node's total; zero for a node never counted.</summary>
    public Energy TotalOf(NodeName node) => Nodes.GetValueOrDefault(node, LedgerEntry.Empty).Total;

    /// <summary>Adds the growth of an agent's counter since it was last heard; all of it for an agent process not heard before.</summary>
    /// <param name="isRepeated">Another node counts for its machine.</param>
    public (EnergyLedger Ledger, CountOutcome Outcome) Count(NodeName node, AgentInstance instance, Energy counter, bool isRepeated = false)
    {
        if (counter < Energy.Zero || counter > MostPerInstance)
            return (this, CountOutcome.Implausible);
        var entry = Nodes.GetValueOrDefault(node, LedgerEntry.Empty);
        var known = IndexOf(entry.Counts, instance);
        var growth = known < 0 ? counter : counter - entry.Counts[known].Counter;
        if (growth < Energy.Zero)
            return (this, CountOutcome.WentBackwards);
        // A process that has counted nothing leaves no trace: a node without a meter has no energy, which is not zero energy.
        if (growth == Energy.Zero && known <= 0)
            return (this, CountOutcome.Unchanged);
        if (entry.Total.Microjoules > long.MaxValue - growth.Microjoules)
            return (this, CountOutcome.Implausible);

        var others = known < 0 ? entry.Counts : entry.Counts.RemoveAt(known);
        ImmutableArray<InstanceCount> counts = [new(instance, counter), .. others.Take(InstancesKept - 1)];
        var next = new LedgerEntry(entry.Total + growth, counts);
        return (this with { Nodes = Nodes.SetItem(node, next), Repeated = isRepeated ? Saturated(Repeated, growth) : Repeated }, growth == Energy.Zero ? CountOutcome.Unchanged : CountOutcome.Added);
    }

    /// <summary>Adds time above the budget; a duration of zero or below changes nothing.</summary>
    public EnergyLedger SpendOverBudget(TimeSpan duration) =>
        duration > TimeSpan.Zero ? this with { OverBudget = OverBudget + duration } : this;

    private static Energy Saturated(Energy sum, Energy more) => new((long)Int128.Min((Int128)sum.Microjoules + more.Microjoules, long.MaxValue));

    private static int IndexOf(ImmutableArray<InstanceCount> counts, AgentInstance instance)
    {
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i].Instance == instance)
                return i;
        }
        return -1;
    }
}
