namespace Homelab.NodeAgent.Sensors;

/// <summary>A kernel subsystem or driver family that sensors are found in.</summary>
internal interface ISensorSource
{
    /// <summary>Short stable word: <c>powercap</c>, <c>hwmon</c>, <c>thermal</c>, …; the metric label <c>collector</c>.</summary>
    string Name { get; }

    /// <summary>Looks for sensors now. Never throws for what a machine may lack; what is missing or shut is a <see cref="Finding"/>.</summary>
    Discovery Discover(HostRoot root);
}
