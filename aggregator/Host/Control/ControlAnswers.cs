using Homelab.Aggregator.Fleet;

namespace Homelab.Aggregator.Control;

/// <summary>What agents answer: which answers can be true, and what is counted and logged of them.</summary>
internal sealed class ControlAnswers(ILogger logger)
{
    /// <summary>An aggregator counts its epochs up by one a start. An answer further ahead than this is a forgery or a broken file, and
    /// must not fence the aggregator that holds the budget.</summary>
    public const ulong MostEpochsAhead = 1 << 20;

    private const int EpochShift = 20;

    /// <summary>False, and logged once a stream, for an answer to a grant that nobody can have given.</summary>
    public bool IsCredible(NodeAnswered answered, NodeLink link, ulong epoch)
    {
        var applied = answered.Applied;
        var complaint =
            applied.Epoch >> EpochShift > (epoch >> EpochShift) + MostEpochsAhead ? $"its epoch {applied.Epoch} is beyond all that can have been; 'homelab-agent release' on the node clears it"
            : applied.Epoch == epoch && applied.Sequence > link.LastSequence ? $"it answers grant {applied.Sequence}, which was never given"
            : "";
        if (complaint.Length > 0 && !link.IsDistrusted)
            Log.AnswerDistrusted(logger, applied.Node.Value, complaint);
        link.IsDistrusted |= complaint.Length > 0;
        return complaint.Length == 0;
    }

    /// <summary>The counts with the answer in; a changed outcome is logged.</summary>
    public ControlCounts Count(NodeAnswered answered, NodeLink link, ControlCounts counts)
    {
        var applied = answered.Applied;
        if (link.Lease?.Outcome != answered.Outcome && (link.Lease is not null || answered.Outcome is not (ApplyOutcome.Ok or ApplyOutcome.Observing or ApplyOutcome.Unknown)))
            Log.OutcomeChanged(logger, applied.Node.Value, answered.Outcome.Word(), applied.Detail);
        link.Lease = new NodeLease(applied.Standing, answered.Outcome, applied.Detail);
        var key = new ActuationKey(applied.Node, answered.Actuator, answered.Outcome);
        return counts with { Actuations = counts.Actuations.SetItem(key, counts.Actuations.GetValueOrDefault(key) + 1) };
    }
}
