namespace Homelab.Aggregator.Simulation;

/// <summary>A fleet, its budget, its demand and its faults, as a scenario file says them.</summary>
internal sealed record Scenario(string Name);
