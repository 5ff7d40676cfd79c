using Homelab.Units;

namespace Homelab.NodeAgent.Fusion;

/// <summary>Watts of a board from how busy its processor is: idle + (max − idle) · utilization · (clock ratio)².</summary>
/// <remarks>
/// Idle and max are watts at the plug, so the figure is too. The square: dynamic power is C·V²·f, and a governor lowers V with f;
/// the exponent lies between 1 (V fixed) and 3 (V proportional to f), and the boards of the table do not say where.
/// </remarks>
/// <param name="Board">Short word for the label <c>model:BOARD</c>.</param>
/// <param name="Idle">At rest, at the plug.</param>
/// <param name="Max">All processors busy, at the plug.</param>
/// <param name="Uncertainty">± share of the figure.</param>
internal sealed record PowerModel(string Board, Power Idle, Power Max, double Uncertainty)
{
    /// <summary>Two figures read at the plug of this very machine; between them a line is assumed.</summary>
    private const double OwnFigures = 0.25;

    private readonly string[] _sources = ["model:" + Board, $"model:{Board}+gpu", $"model:{Board}+learned", $"model:{Board}+gpu+learned"];

    /// <summary>The word for a figure of this model. The same string each time: it is asked for in each pass.</summary>
    public string Source(bool hasCards, bool isLearned) => _sources[(hasCards ? 1 : 0) + (isLearned ? 2 : 0)];

    /// <summary>Values outside 0 to 1 are clamped; a clock ratio that is not known counts as 1.</summary>
    public Power Estimate(double utilization, double? clockRatio)
    {
        var clock = Math.Clamp(clockRatio ?? 1, 0, 1);
        var busy = double.IsNaN(utilization) ? 0 : Math.Clamp(utilization, 0, 1);
        return At(busy * clock * clock);
    }

    /// <param name="activity">Use × clock², 0 to 1.</param>
    public Power At(double activity) => Idle + ((Max - Idle) * activity);

    /// <summary>The same board with what its operator read at the plug; null keeps the table's figure. Max is never below idle.</summary>
    public PowerModel With(Power? idle, Power? max)
    {
        if (idle is null && max is null)
            return this;
        var least = idle ?? Power.Min(Idle, max!.Value);
        return this with
        {
            Idle = least,
            Max = Power.Max(least, max ?? Max),
            Uncertainty = idle is not null && max is not null ? OwnFigures : Uncertainty,
        };
    }
}
