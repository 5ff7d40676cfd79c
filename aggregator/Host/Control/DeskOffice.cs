using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Leadership;

namespace Homelab.Aggregator.Control;

/// <summary>Opens a desk for each term of leadership, with what that term goes on from. One caller at a time.</summary>
/// <param name="stored">What this aggregator's own disk held at the start.</param>
/// <param name="random">Draws the part of an epoch that differs between aggregators that start at once.</param>
internal sealed class DeskOffice(ControlSettings settings, StoredControl stored, Func<uint> random, TimeProvider time, ILogger<ControlDesk> logger)
{
    private StoredControl _own = stored;

    /// <summary>The leader's own word comes first. Where there is none our own memory has to do, as far as no other may have led since.</summary>
    /// <param name="term">Null between terms: the desk then knows no node.</param>
    public ControlDesk Open(LeadershipTerm? term)
    {
        var from = term is null ? StoredControl.Empty : term.Shared ?? _own;
        // A lease that was made anew counts from one: epochs must not.
        if (term?.Shared is { } shared && shared.Memory.Epoch < _own.Memory.Epoch)
            from = shared with { Memory = shared.Memory with { Epoch = _own.Memory.Epoch } };
        return new ControlDesk(settings, from, random(), Moment.Of(time), time.LocalTimeZone, logger, new TenureTerm((uint)(term?.Number ?? 0), term?.IsMemoryUncertain == true));
    }

    /// <summary>What a desk knew at the end of its term is the best that this aggregator has of its own.</summary>
    public void Close(ControlDesk desk, LeadershipTerm? term)
    {
        if (term is not null)
            _own = desk.ToStore;
        desk.Close();
    }
}
