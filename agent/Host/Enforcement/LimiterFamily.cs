using System.Runtime.CompilerServices;
using Homelab.NodeAgent.Actuators;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>The limiters of one kind, visited by a thread of their own: a driver that hangs delays nobody else.</summary>
internal sealed class LimiterFamily : IDisposable
{
    private readonly DeadlineWorker _worker;
    private readonly Action _visit;
    private readonly ICapState _state;
    private readonly LimitReading?[] _readings;
    private readonly string?[] _obstacles;
    private readonly bool[] _recorded;
    private readonly bool[] _deferred;
    private readonly Limit?[] _orders;

    public LimiterFamily(string name, IReadOnlyList<LimiterSlot> slots, ICapState state, TimeProvider time)
    {
        (Name, Slots, _state) = (name, slots, state);
        (_worker, _visit) = (new DeadlineWorker(name, time), Visit);
        _readings = new LimitReading?[slots.Count];
        _obstacles = new string?[slots.Count];
        _recorded = new bool[slots.Count];
        _deferred = new bool[slots.Count];
        _orders = new Limit?[slots.Count];
    }

    public string Name { get; }

    public IReadOnlyList<LimiterSlot> Slots { get; }

    /// <summary>Applies each slot's order, or reads it back. False when the hardware has not answered in time: its slots are late. Else <see cref="Take(TimeSpan)"/> follows.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<bool> VisitAsync(TimeSpan deadline)
    {
        if (_worker.IsBusy)
            return Late();
        for (var i = 0; i < Slots.Count; i++)
            (_orders[i], _recorded[i], _deferred[i], _readings[i], _obstacles[i]) = (Slots[i].Order, Slots[i].IsRecorded, false, null, null);
        return await _worker.RunAsync(_visit, deadline).ConfigureAwait(false) || Late();
    }

    /// <summary>Takes the outcome of the last visit in.</summary>
    public void Take(TimeSpan now)
    {
        for (var i = 0; i < Slots.Count; i++)
            Take(i, now);
    }

    public void Dispose() => _worker.Dispose();

    private bool Late()
    {
        for (var i = 0; i < Slots.Count; i++)
            Slots[i].Delay();
        return false;
    }

    private void Take(int i, TimeSpan now)
    {
        var slot = Slots[i];
        var failure = _worker.Failure is { } unexpected ? "unexpected failure of the limiter: " + unexpected : null;
        var reading = _readings[i] ?? new LimitReading(default, default, default, LimiterState.Faulted, failure ?? "not looked at");
        var wasApplied = _obstacles[i] is null && _readings[i] is not null && !_deferred[i] ? _orders[i] : null;
        slot.IsRecorded = _recorded[i];
        slot.Obstacle = _obstacles[i];
        slot.Take(reading, wasApplied, now);
        // Repeated until the device is awake, unless another order takes its place.
        slot.Order = _deferred[i] ? _orders[i] : null;
    }

    /// <summary>On the worker: nothing of the slots is touched but their limiters.</summary>
    private void Visit()
    {
        for (var i = 0; i < Slots.Count; i++)
        {
            var limiter = Slots[i].Limiter;
            if (_orders[i] is not { } order || !MayWrite(i, limiter))
            {
                _readings[i] = limiter.Read();
                continue;
            }
            var outcome = limiter.Apply(order);
            (_readings[i], _deferred[i]) = (outcome.Reading, outcome.IsDeferred);
        }
    }

    /// <summary>Originals first: what can not be restored is not written.</summary>
    private bool MayWrite(int i, IPowerLimiter limiter)
    {
        if (!_recorded[i])
        {
            var originals = limiter.Originals();
            _deferred[i] = originals.Count == 0;
            _obstacles[i] = _deferred[i] ? null : _state.Record(originals);
            _recorded[i] = !_deferred[i] && _obstacles[i] is null;
        }
        return _recorded[i];
    }
}
