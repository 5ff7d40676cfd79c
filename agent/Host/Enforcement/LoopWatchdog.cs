using Homelab.NodeAgent.Diagnostics;
using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Feeds the service manager's watchdog only while enforcement moves, too: a cap that nobody watches over is worse than a restart.</summary>
internal sealed class LoopWatchdog(IWatchdog inner, EnforcementLoop loop) : IWatchdog
{
    public TimeSpan? Pace => inner.Pace;

    public void Feed(NodeSample? sample)
    {
        if (loop.IsAlive)
            inner.Feed(sample);
    }
}
