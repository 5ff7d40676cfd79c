using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>What one node draws, as far as is known.</summary>
/// <param name="Watts">Null when the node gives no figure; it then counts as missing, not as zero.</param>
/// <param name="Uncertainty">± share of the figure, 0 to 1.</param>
/// <param name="Source">Word for the method behind the figure. Nodes of one source err together, of two sources apart.</param>
/// <param name="IsRepeated">Another node counts for the machine that this one is on (<see cref="HostRoll"/>): its watts are in the sum already.</param>
internal readonly record struct NodeDraw(Power? Watts, double Uncertainty, string Source, bool IsRepeated = false);
