using System.Globalization;

namespace Homelab.Aggregator.Labels;

/// <summary>When a node may be written to again. A change of k patches is followed by k spacings of silence; one that does not take hold by ever longer ones.</summary>
internal sealed class PatchGate(LabelPolicy policy)
{
    private string? _sent;
    private int _misses;
    private TimeSpan _openAt = TimeSpan.MinValue;
    private TimeSpan? _numbersAt;

    public bool IsOpen(TimeSpan now) => now >= _openAt;

    public TimeSpan OpensIn(TimeSpan now) => _openAt - now;

    /// <summary>Something was sent lately that the node may not show yet.</summary>
    public bool IsInFlight(TimeSpan now) => _sent is not null && now < _openAt;

    /// <summary>Numbers alone may be reason enough to write.</summary>
    public bool MayRefresh(TimeSpan now) => _numbersAt is not { } at || now - at >= policy.NumbersAfter;

    /// <summary>What another process wrote counts: its spacing goes on.</summary>
    /// <param name="updatedAt">As the node carries it; a time that makes no sense counts for one spacing at most.</param>
    public void Adopt(string? updatedAt, LabelMoment moment)
    {
        if (!DateTimeOffset.TryParse(updatedAt, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at))
            return;
        var left = at + policy.PatchSpacing - moment.At;
        _openAt = moment.Now + (left > policy.PatchSpacing ? policy.PatchSpacing : left);
        _numbersAt = moment.Now;
    }

    /// <summary>The node carries all that it should.</summary>
    public void Settle() => (_sent, _misses) = (null, 0);

    /// <param name="mark">Equal for changes that would do the same.</param>
    public void Send(string mark, int patches, TimeSpan now)
    {
        _misses = mark == _sent ? _misses + 1 : 0;
        _sent = mark;
        var spacing = policy.PatchSpacing * Math.Pow(2, Math.Min(_misses, 16));
        _openAt = now + (spacing > policy.MostSpacing ? policy.MostSpacing : spacing) * patches;
    }

    public void Refreshed(TimeSpan now) => _numbersAt = now;
}
