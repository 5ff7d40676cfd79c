using System.Runtime.InteropServices;
using Homelab.NodeAgent.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Cli;

/// <summary>SIGTERM and SIGINT ask to stop; SIGHUP is answered with a line, because the configuration is read only at start; SIGUSR1 with what the agent has cost.</summary>
internal sealed class Signals : IDisposable
{
    /// <summary>Raw numbers are taken, too. Source: signal(7), all architectures that the agent is built for.</summary>
    private const PosixSignal SigUsr1 = (PosixSignal)10;

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly ILogger _log;

    public Signals(ILogger log, Action onStop, Action<ILogger> onCost)
    {
        _log = log;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Stop(context, "SIGTERM", onStop)),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Stop(context, "SIGINT", onStop)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                Log.ReloadIgnored(log);
            }),
            PosixSignalRegistration.Create(SigUsr1, context =>
            {
                context.Cancel = true;
                onCost(log);
            }),
        ];
    }

    public CancellationToken Stopping => _stop.Token;

    /// <summary>True when a person pressed Ctrl-C rather than the service manager asking.</summary>
    public bool WasInterrupted { get; private set; }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
    }

    private void Stop(PosixSignalContext context, string name, Action onStop)
    {
        context.Cancel = true;
        WasInterrupted |= context.Signal == PosixSignal.SIGINT;
        Log.Stopping(_log, name);
        onStop();
        _stop.Cancel();
    }
}
