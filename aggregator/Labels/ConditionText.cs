namespace Homelab.Aggregator.Labels;

/// <summary>The reason (one word) and message of a condition.</summary>
internal static class ConditionText
{
    public static (string Reason, string Message) Of(string type, ConditionStatus status, NodeFacts? facts)
    {
        if (status == ConditionStatus.Unknown)
            return ("TelemetryMissing", "no telemetry comes from the node's agent");
        var message = NodeNumbers.Circumstances(facts);
        var holds = status == ConditionStatus.True;
        return type switch
        {
            LabelNames.PowerBudgetExceeded => (holds ? "GroupOverBudget" : "WithinBudget", facts is { Reason.Length: > 0 } ? facts.Reason : message),
            LabelNames.ThermalThrottling => (holds ? "SlowedByHeat" : "NotSlowedByHeat", message),
            _ => (holds ? "SupplyTooLow" : "SupplySufficient", message),
        };
    }
}
