using Homelab.Units;

namespace Homelab.Aggregator.Budgeting;

/// <summary>A cap lent to a node for a time. Only <see cref="GrantValidator"/> makes grants.</summary>
/// <param name="Epoch">Term of this aggregator; agents refuse an older one.</param>
/// <param name="Sequence">Grows within an epoch.</param>
/// <param name="Cap">Most that the node may draw while the lease lives; null in a release.</param>
/// <param name="SafeShare">What the node falls to by itself.</param>
/// <param name="Basis">The agent's monotonic clock in the newest report that this rests on; the lease ends <paramref name="TimeToLive"/> after it.</param>
/// <param name="TimeToLive">Above zero.</param>
/// <param name="Reason">One line for people.</param>
/// <param name="IsRelease">True: the operator switched capping off, originals are restored.</param>
internal sealed record Grant(
    NodeName Node, ulong Epoch, ulong Sequence, Power? Cap, Power SafeShare, TimeSpan Basis, TimeSpan TimeToLive, string Reason, bool IsRelease);
