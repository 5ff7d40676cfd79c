namespace Homelab.Units;

/// <summary>The one honest watt figure of a node: how much, from where, and how far off it may be.</summary>
/// <param name="Watts">Null when nothing is known (<see cref="Provenance.None"/>); never zero for "unknown".</param>
/// <param name="Provenance">Measured, apportioned, modelled or none.</param>
/// <param name="Source">Short stable word: <c>rapl-package</c>, <c>rapl-psys</c>, <c>hwmon:…</c>, <c>model:…</c>; empty for none.</param>
/// <param name="Scope">What part of the machine the figure covers.</param>
/// <param name="Uncertainty">± share of the figure, 0 to 1, against the whole node's draw; 1 when unknown.</param>
public readonly record struct NodePower(Power? Watts, Provenance Provenance, string Source, PowerScope Scope, double Uncertainty)
{
    public static readonly NodePower None = new(null, Provenance.None, "", PowerScope.Unknown, 1);
}
