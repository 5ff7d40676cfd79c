namespace Homelab.Aggregator.Labels;

/// <summary>A yes or no that needs a while of the contrary to change.</summary>
internal sealed class Latch(TimeSpan enterAfter, TimeSpan leaveAfter)
{
    private TimeSpan? _contrarySince;

    public bool IsOn { get; private set; }

    /// <summary>When it last came on, in this process.</summary>
    public TimeSpan OnSince { get; private set; }

    /// <param name="isAbove">At or above what brings it on.</param>
    /// <param name="isBelow">Below what lets it off; between the two, neither.</param>
    public void Observe(bool isAbove, bool isBelow, TimeSpan now)
    {
        if (!(IsOn ? isBelow : isAbove))
        {
            _contrarySince = null;
            return;
        }
        _contrarySince ??= now;
        if (now - _contrarySince.Value >= (IsOn ? leaveAfter : enterAfter))
            Set(!IsOn, now);
    }

    /// <summary>At once: adopted, or proven otherwise.</summary>
    public void Set(bool isOn, TimeSpan now)
    {
        if (isOn && !IsOn)
            OnSince = now;
        (IsOn, _contrarySince) = (isOn, null);
    }

    /// <summary>Nothing is known for now: what was running starts again.</summary>
    public void Pause() => _contrarySince = null;
}

/// <summary>A word that follows a fact once the fact has stood for a while.</summary>
internal sealed class SettledWord(TimeSpan changeAfter, TimeSpan vanishAfter)
{
    private string? _next;
    private TimeSpan? _nextSince;

    /// <summary>Null is no word.</summary>
    public string? Value { get; private set; }

    public void Observe(string? word, TimeSpan now)
    {
        if (word == Value)
        {
            _nextSince = null;
            return;
        }
        if (_nextSince is null || word != _next)
            (_next, _nextSince) = (word, now);
        if (Value is null || now - _nextSince.Value >= (word is null ? vanishAfter : changeAfter))
            Set(word);
    }

    public void Set(string? word) => (Value, _nextSince) = (word, null);

    public void Pause() => _nextSince = null;
}

/// <summary>Counts the beginnings of something short within a window.</summary>
internal sealed class BurstCount(int events, TimeSpan window)
{
    private readonly Queue<TimeSpan> _beginnings = new();
    private bool _was;

    /// <returns>Whether it began often enough of late.</returns>
    public bool Observe(bool isNow, TimeSpan now)
    {
        if (isNow && !_was)
            _beginnings.Enqueue(now);
        _was = isNow;
        while (_beginnings.Count > 0 && (now - _beginnings.Peek() > window || _beginnings.Count > events))
            _beginnings.Dequeue();
        return _beginnings.Count >= events;
    }
}
