using System.Reflection;

namespace Homelab.Aggregator.Simulation.Scenarios;

/// <summary>The scenario files that ship with the program, by name.</summary>
internal static class BundledScenarios
{
    private const string Prefix = "scenarios/";
    private const string Suffix = ".yaml";

    /// <summary>Those of the goals, in their order: a homelab, b tight budget, c budget step, d GPU fleet, e message loss, f telemetry lost, g aggregator dead.</summary>
    public static readonly IReadOnlyList<string> OfTheGoals =
        ["a-homelab", "b-tight-budget", "c-budget-step", "d-gpu-fleet", "e-message-loss", "f-telemetry-lost", "g-aggregator-dead"];

    public static IReadOnlyList<string> Names { get; } =
    [
        .. Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith(Prefix, StringComparison.Ordinal) && name.EndsWith(Suffix, StringComparison.Ordinal))
            .Select(name => name[Prefix.Length..^Suffix.Length]).Order(StringComparer.Ordinal),
    ];

    /// <summary>Null when there is none of that name. The letter alone will do.</summary>
    public static ScenarioFile? Find(string name)
    {
        var full = Names.FirstOrDefault(known => known == name) ?? Names.FirstOrDefault(known => name.Length == 1 && known.StartsWith(name + "-", StringComparison.Ordinal));
        if (full is null)
            return null;
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(Prefix + full + Suffix)!;
        using var reader = new StreamReader(stream);
        return ScenarioFile.Parse(full, reader.ReadToEnd(), trace => throw new FileNotFoundException($"bundled scenarios hold no trace '{trace}'"));
    }
}
