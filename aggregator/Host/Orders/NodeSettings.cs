using Homelab.Units;

namespace Homelab.Aggregator.Orders;

/// <summary>What the operator says of one node.</summary>
/// <param name="Class">Name of its priority class; empty is the default class.</param>
/// <param name="Weight">Its part among equals; 0 means in proportion to its dynamic range.</param>
/// <param name="Floor">It is never held below this; null leaves it to what its limiters can hold.</param>
/// <param name="Ceiling">The most it draws uncapped, where the operator knows better than its agent; null leaves it to the agent.</param>
/// <param name="Host">Name of the machine that it is on together with others of the same host, where agents can not tell (virtual machines); empty leaves it to the agents.</param>
internal sealed record NodeSettings(string Class = "", double Weight = 0, Power? Floor = null, Power? Ceiling = null, string Host = "")
{
    public static readonly NodeSettings Default = new();
}
