using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Posts to the board what has changed enough to be news, and an answer to each grant.</summary>
internal sealed class CapNews(CapBoard board)
{
    private CapStatus? _told;
    private CapSpan? _span;

    /// <param name="isAnswer">The status is posted whether it is news or not.</param>
    public void Tell(CapSpan span, CapStatus status, bool isAnswer)
    {
        var isNewSpan = _span is null || (!ReferenceEquals(span, _span) && Differs(span, _span));
        var isNewStatus = isAnswer || _told is null || Differs(status, _told);
        if (!isNewSpan && !isNewStatus)
            return;
        board.Post(null, isNewSpan ? span : null, isNewStatus ? status : null);
        (_span, _told) = (isNewSpan ? span : _span, isNewStatus ? status : _told);
    }

    private static bool Differs(CapStatus left, CapStatus right) =>
        left.Standing != right.Standing || left.Result != right.Result || left.Limiter != right.Limiter || left.Epoch != right.Epoch
        || left.SafeShare != right.SafeShare || Differs(left.Effective, right.Effective, 0.005);

    private static bool Differs(CapSpan left, CapSpan right)
    {
        if (left.IsEnforcing != right.IsEnforcing || left.Detail != right.Detail || left.Steps.Length != right.Steps.Length || left.Settle != right.Settle
            || left.Uncertainty != right.Uncertainty
            || Differs(left.Floor, right.Floor, 0.02) || Differs(left.Ceiling, right.Ceiling, 0.02) || Differs(left.Idle, right.Idle, 0.1))
            return true;
        for (var i = 0; i < left.Steps.Length; i++)
        {
            if (Differs(left.Steps[i], right.Steps[i], 0.02))
                return true;
        }
        return false;
    }

    private static bool Differs(Power? left, Power? right, double share) =>
        left is null != right is null || (left is { } a && right is { } b && Math.Abs((a - b).Microwatts) > Math.Max(50_000, b.Microwatts * share));
}
