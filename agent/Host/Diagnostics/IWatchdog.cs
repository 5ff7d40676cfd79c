using Homelab.NodeAgent.Sampling;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Somebody who restarts the agent when sampling stands still.</summary>
internal interface IWatchdog
{
    /// <summary>How often it wants to be fed; null when nobody watches.</summary>
    TimeSpan? Pace { get; }

    /// <summary>Says that the sampling loop is alive.</summary>
    /// <param name="sample">The newest sample, for a status line; null before the first.</param>
    void Feed(NodeSample? sample);
}
