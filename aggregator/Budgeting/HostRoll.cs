using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>A node among those that may be on its machine.</summary>
/// <param name="Host">What nodes of one machine have in common; empty when unknown, and then the machine is the node's own.</param>
/// <param name="IsPresent">It is heard now.</param>
/// <param name="IsPreferred">It can do more for the machine than the others: hold it, or what stands for it elsewhere.</param>
internal readonly record struct HostMember(NodeName Name, string Host, bool IsPresent, bool IsPreferred)
{
    /// <summary>What it says of itself; null when unknown.</summary>
    public HostMarks? Marks { get; init; }

    /// <summary>Of its watts.</summary>
    public Provenance Provenance { get; init; }

    /// <summary>± share of its watts.</summary>
    public double Uncertainty { get; init; }
}

/// <summary>What tells machines apart whose kernels call themselves the same, as virtual machines do that were restored from one snapshot.</summary>
/// <param name="MachineId">Of the operating system; a container has its own. Empty when unknown.</param>
/// <param name="SystemUuid">Of the firmware or board; empty when unknown.</param>
/// <param name="IsContained">The agent runs in a container: its machine id says nothing, and it sees less of the machine than an agent beside it.</param>
internal sealed record HostMarks(string MachineId, string SystemUuid, bool IsContained)
{
    public static readonly HostMarks None = new("", "", false);
}

/// <summary>Who counts for a machine that several nodes are on (Kind), so that its watts are counted once: who is present, then who is preferred, then
/// who has the best figure, then the first by name. When that one leaves, the next takes over.</summary>
internal static class HostRoll
{
    private const string Named = "name ";

    /// <summary>The same for one machine, never for two; empty when nothing tells. The operator's word outweighs the kernel's.</summary>
    /// <param name="named">What the operator calls the machine; empty when nothing was said.</param>
    /// <param name="bootId">Of the running kernel (<c>/proc/sys/kernel/random/boot_id</c>), which containers share and virtual machines do not.</param>
    public static string Key(string named, string bootId) => named.Length > 0 ? Named + named : bootId.Length > 0 ? "boot " + bootId : "";

    /// <summary>What the operator calls the machine of a key; empty when nothing was said.</summary>
    public static string NameIn(string key) => key.StartsWith(Named, StringComparison.Ordinal) ? key[Named.Length..] : "";

    /// <summary>Of each node that is not alone on its machine: who counts for that machine. Pure; the order of the members does not matter.</summary>
    public static ImmutableSortedDictionary<NodeName, NodeName> Of(IEnumerable<HostMember> members)
    {
        var roll = ImmutableSortedDictionary.CreateBuilder<NodeName, NodeName>();
        foreach (var host in Hosts(members).Where(static host => !IsDoubtful(host)))
        {
            var first = host.OrderByDescending(member => member.IsPresent).ThenByDescending(member => member.IsPreferred)
                .ThenBy(member => member.Marks?.IsContained == true).ThenByDescending(member => member.Provenance).ThenBy(member => member.Uncertainty)
                .ThenBy(member => member.Name).First();
            foreach (var member in host.Skip(1).Any() ? host : Enumerable.Empty<HostMember>())
                roll[member.Name] = first.Name;
        }
        return roll.ToImmutable();
    }

    /// <summary>Nodes whose kernels call themselves the same, and that are not of one machine by their other marks: each counts for itself.</summary>
    public static ImmutableArray<ImmutableArray<NodeName>> Doubtful(IEnumerable<HostMember> members) =>
        [.. Hosts(members).Where(IsDoubtful).Select(static host => host.Select(static member => member.Name).Order().ToImmutableArray())];

    private static IEnumerable<IGrouping<string, HostMember>> Hosts(IEnumerable<HostMember> members) =>
        members.Where(static member => member.Host.Length > 0).GroupBy(static member => member.Host, StringComparer.Ordinal);

    private static bool IsDoubtful(IGrouping<string, HostMember> host)
    {
        if (host.Key.StartsWith(Named, StringComparison.Ordinal))
            return false;
        var marks = host.Where(static member => member.Marks is { IsContained: false }).Select(static member => member.Marks!).ToList();
        var uuids = marks.Select(static mark => mark.SystemUuid).Distinct().ToList();
        // One firmware is one machine, whatever its containers call themselves.
        var isOneBoard = uuids is [{ Length: > 0 }];
        return uuids.Count(static uuid => uuid.Length > 0) > 1
            || (!isOneBoard && marks.Select(static mark => mark.MachineId).Where(static id => id.Length > 0).Distinct().Skip(1).Any());
    }
}
