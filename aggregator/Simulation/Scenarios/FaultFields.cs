using System.Collections.Immutable;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>The faults of a scenario file.</summary>
internal static class FaultFields
{
    private static readonly TimeSpan Forever = TimeSpan.FromDays(30);

    public static ImmutableArray<Fault> Read(Fields root, ImmutableArray<SimulatedNode> nodes)
    {
        var faults = ImmutableArray.CreateBuilder<Fault>();
        foreach (var fields in root.Children("faults", ScenarioKeys.Fault))
        {
            if (!fields.Has("kind"))
                fields.Complain("kind", "missing", $"Write one of {string.Join(", ", ScenarioKeys.Faults)}");
            var kind = (FaultKind)fields.Word("kind", 0, ScenarioKeys.Faults);
            // A fault of messages without times is the weather of the whole run; any other happens at a moment.
            var isLasting = kind is FaultKind.MessageLoss or FaultKind.MessageDelay or FaultKind.MessageDuplicate;
            if (!isLasting && !fields.Has("at"))
                fields.Complain("at", "missing", "Write e.g. 'at: 300s', from the start of the run");
            var lasts = fields.Time("for", isLasting ? Forever : TimeSpan.Zero);
            faults.Add(new Fault(
                kind, fields.Time("at", TimeSpan.Zero), lasts, NodeFields.Names(fields, nodes), fields.Number("ratio", 1, 0, 1), fields.Time("by", TimeSpan.Zero)));
        }
        return faults.ToImmutable();
    }
}
