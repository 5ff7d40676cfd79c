using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>What of a cap is left free for the draw that no limiter holds.</summary>
/// <param name="prior">Stands until something is learned or recalled.</param>
internal sealed class BaseReserve(Power prior)
{
    private static readonly Power Slack = Power.FromWatts(1);

    private static readonly Power Quantum = Power.FromWatts(0.25);

    private BaseLoad _load = new(prior);

    /// <summary>What is left free now.</summary>
    public Power Held { get; private set; } = prior;

    /// <summary>What an earlier run learned; null: nothing.</summary>
    public Power? Recalled { get; private set; }

    /// <summary>What this run learned, or one before; null: never.</summary>
    public Power? Learned => _load.IsLearned ? Held : Recalled;

    /// <summary>What an earlier run learned stands until this one knows better: else a restart would forget it for some seconds.</summary>
    public void Recall(Power learned) => (_load, Held, Recalled) = (new BaseLoad(learned), learned, learned);

    /// <param name="node">The whole node, measured.</param>
    /// <param name="devices">The sum of what its limiters hold, measured over the same time; null: one of them is not measured.</param>
    public void Learn(Power node, Power? devices)
    {
        if (devices is { } drawn)
            _load.Learn(node, drawn);
        var upper = _load.Upper;
        // Up by a little more than there is, down only by a watt: what wanders between the two is no write.
        if (upper > Held || upper < Held - Slack)
            Held = Up(upper + Quantum, Quantum);
    }

    private static Power Up(Power power, Power step) => new((power.Microwatts + step.Microwatts - 1) / step.Microwatts * step.Microwatts);
}
