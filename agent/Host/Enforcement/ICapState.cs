using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>What must survive a crash. Calls may block as long as the disk does; one at a time, on any thread. A problem is one line with its fix.</summary>
internal interface ICapState
{
    /// <summary>Stores epoch and safe share; null when they are on the disk.</summary>
    string? Save(LeaseMemory memory);

    /// <summary>Stores values as they were before the first write; null when they are on the disk.</summary>
    string? Record(IReadOnlyList<OriginalValue> values);

    /// <summary>Writes every recorded value back; null when all are.</summary>
    string? Restore();
}
