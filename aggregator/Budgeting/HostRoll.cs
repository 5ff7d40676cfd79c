using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>A node among those that may be on its machine.</summary>
/// <param name="Host">What nodes of one machine have in common; empty when unknown, and then the machine is the node's own.</param>
/// <param name="IsPresent">It is heard now.</param>
/// <param name="IsPreferred">It can do more for the machine than the others: hold it, or what stands for it elsewhere.</param>
internal readonly record struct HostMember(NodeName Name, string Host, bool IsPresent, bool IsPreferred);

/// <summary>Who counts for a machine that several nodes are on (Kind), so that its watts are counted once: who is present, then who is preferred, then
/// the first by name. When that one leaves, the next takes over.</summary>
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
        foreach (var host in members.Where(member => member.Host.Length > 0).GroupBy(member => member.Host, StringComparer.Ordinal))
        {
            var first = host.OrderByDescending(member => member.IsPresent).ThenByDescending(member => member.IsPreferred).ThenBy(member => member.Name).First();
            foreach (var member in host.Skip(1).Any() ? host : Enumerable.Empty<HostMember>())
                roll[member.Name] = first.Name;
        }
        return roll.ToImmutable();
    }
}
