using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>What must survive a crash. Calls may block as long as the disk does; one at a time, on any thread. A problem is one line with its fix.</summary>
internal interface ICapState
{
    /// <summary>Stores epoch, safe share and what was learned of the base (null: nothing); null when they are on the disk.</summary>
    string? Save(LeaseMemory memory, Power? learnedBase);

    /// <summary>Stores values as they were before the first write; null when they are on the disk.</summary>
    string? Record(IReadOnlyList<OriginalValue> values);

    /// <summary>Writes every recorded value back; null when all are.</summary>
    string? Restore();
}
