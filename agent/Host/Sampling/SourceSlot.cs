using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>The place of one source: what a worker reads it with, and what the sampling loop makes of the outcome.</summary>
/// <remarks>
/// Two owners, never at once. While <see cref="IsBusy"/> is true (set and cleared under the reader's lock) the worker owns the
/// <c>Work</c> half and the loop touches only the <c>Outcome</c> half; otherwise the loop owns both.
/// </remarks>
internal sealed class SourceSlot(ISensorSource source)
{
    private IReadOnlyList<ISensor> _sensors = [];
    private Reading[] _fresh = [];
    private Discovery? _found;
    private string? _failure;
    private bool _discovers = true;

    public string Name { get; } = source.Name;

    /// <summary>True while a worker is inside the source, be it late or not. Guarded by the reader's lock.</summary>
    public bool IsBusy { get; set; }

    /// <summary>When the worker entered, as <see cref="TimeProvider.GetTimestamp"/>. Guarded by the reader's lock.</summary>
    public long EnteredAt { get; set; }

    /// <summary>True when there is an outcome that the loop has not taken in.</summary>
    public bool HasOutcome { get; private set; }

    /// <summary>When the readings of the outcome were begun, since the agent started.</summary>
    public TimeSpan ReadAt { get; private set; }

    public TimeSpan Duration { get; private set; }

    /// <summary>Why the outcome is a failure: the exception's type and message; null when it is none.</summary>
    public string? Failure => _failure;

    public ReadOnlySpan<Reading> Fresh => _fresh;

    /// <summary>What the outcome's search found; null when it did not search.</summary>
    public Discovery? Found => _found;

    /// <summary>Asks the next visit to search before it reads. Loop only, while not busy.</summary>
    public void SearchNext() => _discovers = true;

    /// <summary>Searches when asked to and reads every sensor. Worker only. Never throws: the one guard against the unexpected.</summary>
    public void Visit(HostRoot root, MonotonicClock clock)
    {
        _failure = null;
        _found = null;
        var begun = clock.Now;
        if (_discovers)
            Search(root);
        ReadAt = clock.Now;
        for (var i = 0; i < _sensors.Count; i++)
            _fresh[i] = ReadGuarded(_sensors[i]);
        Duration = clock.Now - begun;
        HasOutcome = true;
    }

    /// <summary>Marks the outcome as taken in. Loop only.</summary>
    public void Consume() => HasOutcome = false;

    private void Search(HostRoot root)
    {
        try
        {
            var found = source.Discover(root);
            _found = found;
            _discovers = false;
            // Sensors that are still the same keep their objects: some hold the last look for a rate.
            if (SameSensors(found.Sensors, _sensors))
                return;
            _sensors = found.Sensors;
            _fresh = new Reading[found.Sensors.Count];
        }
        catch (Exception error)
        {
            _failure = $"search: {error.GetType().Name}: {error.Message}";
        }
    }

    private Reading ReadGuarded(ISensor sensor)
    {
        try
        {
            return sensor.Read();
        }
        catch (Exception error)
        {
            _failure = $"{sensor.Info.Device}/{sensor.Info.Name}: {error.GetType().Name}: {error.Message}";
            return Reading.None(Quality.Fault, "unexpected failure of the reader");
        }
    }

    private static bool SameSensors(IReadOnlyList<ISensor> left, IReadOnlyList<ISensor> right)
    {
        if (left.Count != right.Count)
            return false;
        for (var i = 0; i < left.Count; i++)
        {
            if (left[i].Info != right[i].Info)
                return false;
        }
        return true;
    }
}
