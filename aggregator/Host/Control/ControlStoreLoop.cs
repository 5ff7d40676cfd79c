using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Leadership;

namespace Homelab.Aggregator.Control;

/// <summary>Stores what the control loop must remember, on disk and where the next leader finds it, and tells it how each attempt went.</summary>
internal sealed class ControlStoreLoop(ControlFile file, ControlInbox inbox, TimeProvider time) : StoreLoop<TermControl, ControlStored>
{
    protected override async ValueTask<ControlStored> StoreAsync(TermControl offer, CancellationToken cancellationToken)
    {
        var (stored, term) = offer;
        try
        {
            file.Store(stored);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            return new ControlStored(stored, failure.Message, Moment.Of(time), term.Number);
        }
        return new ControlStored(stored, await term.ShareAsync(stored, cancellationToken), Moment.Of(time), term.Number);
    }

    protected override ValueTask TellAsync(ControlStored result, CancellationToken cancellationToken)
    {
        inbox.Post(result, isVital: true);
        return ValueTask.CompletedTask;
    }
}

/// <param name="Stored">What is to be remembered.</param>
/// <param name="Term">The one that it is of: in a later one it is not shared any more.</param>
internal sealed record TermControl(StoredControl Stored, LeadershipTerm Term);
