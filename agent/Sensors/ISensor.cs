namespace Homelab.NodeAgent.Sensors;

/// <summary>One channel that can be read.</summary>
internal interface ISensor
{
    SensorInfo Info { get; }

    /// <summary>Reads now, on the calling thread. May block as long as the kernel does; the loop owns the deadline.
    /// Expected failures are qualities. Called by one thread at a time.</summary>
    Reading Read();
}
