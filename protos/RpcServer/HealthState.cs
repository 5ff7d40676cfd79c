using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Homelab.Rpc.Server;

/// <summary>Which services serve; the empty name is the server as a whole and serves from the start. Safe for all threads.</summary>
internal sealed class HealthState
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Status> _services = new() { [""] = Status.Serving };
    private TaskCompletionSource _changed = NewSignal();
    private bool _draining;

    /// <param name="service">Full service name, or empty for the server as a whole.</param>
    /// <param name="serving">Without effect once the server drains.</param>
    public void Set(string service, bool serving)
    {
        lock (_lock)
        {
            var status = serving && !_draining ? Status.Serving : Status.NotServing;
            if (_services.TryGetValue(service, out var before) && before == status)
                return;
            _services[service] = status;
            Signal();
        }
    }

    /// <summary>Nothing serves from here on.</summary>
    public void Drain()
    {
        lock (_lock)
        {
            _draining = true;
            foreach (var service in _services.Keys)
                _services[service] = Status.NotServing;
            Signal();
        }
    }

    /// <returns>The status now, null for a service never named; and a task that completes at the next change of any.</returns>
    public (Status? Status, Task Changed) Observe(string service)
    {
        lock (_lock)
            return (_services.TryGetValue(service, out var status) ? status : null, _changed.Task);
    }

    private void Signal()
    {
        var changed = _changed;
        _changed = NewSignal();
        changed.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
