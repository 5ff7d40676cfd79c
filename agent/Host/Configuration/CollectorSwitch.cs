namespace Homelab.NodeAgent.Configuration;

/// <summary>Whether a sensor source is used.</summary>
internal enum CollectorSwitch
{
    /// <summary>Used where the machine has it.</summary>
    Auto = 0,

    /// <summary>Used, and its absence is a problem that <c>doctor</c> reports.</summary>
    On = 1,

    /// <summary>Never opened.</summary>
    Off = 2,
}
