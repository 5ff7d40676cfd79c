using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>A grant as it arrived, in domain types.</summary>
/// <param name="Cap">Null in a release, and in a grant that only carries a safe share.</param>
/// <param name="SafeShare">Null: keep the last one.</param>
/// <param name="Basis">Our own monotonic clock, as the aggregator last saw it: the lease ends <paramref name="TimeToLive"/> after it.</param>
internal sealed record LeaseOffer(
    ulong Epoch, ulong Sequence, Power? Cap, Power? SafeShare, TimeSpan Basis, TimeSpan TimeToLive, bool IsRelease, string Reason);

/// <summary>What became of an offer.</summary>
internal enum OfferAnswer
{
    Taken = 0,

    /// <summary>Its epoch is older than one already taken.</summary>
    OldEpoch = 1,

    /// <summary>Not newer than the last one of its epoch.</summary>
    OldSequence = 2,

    /// <summary>Its lease was over on arrival: taken as far as it lowers the node, so that nothing can be raised by it.</summary>
    OnlyLowered = 3,

    /// <summary>A basis in the future, no life, a cap of zero or beyond all machines: nothing of it is taken.</summary>
    Invalid = 4,
}

/// <summary>How the node's cap stands. The number is the wire value (<c>LeaseState</c>).</summary>
internal enum LeaseStanding
{
    Unknown = 0,
    None = 1,
    Live = 2,
    Expired = 3,
    Safe = 4,
}

/// <summary>What the node should be held to now.</summary>
/// <param name="Cap">Null: not held; originals stand.</param>
/// <param name="Until">When this changes by itself, on our monotonic clock; null when it does not.</param>
internal readonly record struct LeaseTarget(Power? Cap, LeaseStanding Standing, TimeSpan? Until);

/// <summary>What survives a crash and a reboot; stored durably before it is acted on.</summary>
/// <param name="Epoch">Newest epoch taken.</param>
/// <param name="Sequence">Newest sequence taken when this was stored: a lower bound, since only changes of epoch and safe share are stored.</param>
/// <param name="SafeShare">Null: the node was never granted anything, or was released.</param>
internal sealed record LeaseMemory(ulong Epoch, ulong Sequence, Power? SafeShare)
{
    public static readonly LeaseMemory Empty = new(0, 0, null);
}
