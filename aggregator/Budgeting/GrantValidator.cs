namespace Homelab.Aggregator.Budgeting;

/// <summary>The only code that makes grants: what it lets through keeps Σ of committed caps within every level of the budget.</summary>
internal sealed class GrantValidator;
