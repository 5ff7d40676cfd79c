using System.Collections;
using System.Collections.Immutable;

namespace Homelab.Aggregator.Configuration;

/// <summary>The configuration in force, or everything that is wrong with it.</summary>
/// <param name="Options">Meaningful only while <paramref name="Problems"/> is empty.</param>
/// <param name="Effective">Every setting with the value in force and where it came from.</param>
/// <param name="Warnings">Settings nobody reads.</param>
internal sealed record LoadedConfig(
    AggregatorOptions Options, ImmutableArray<ConfigValue> Effective,
    ImmutableArray<ConfigProblem> Problems, ImmutableArray<ConfigProblem> Warnings);

/// <summary>Lays flags over environment over file over defaults, and checks all of it at once.</summary>
internal static class ConfigLoader
{
    public const string DefaultPath = "/etc/homelab/aggregator.yaml";
    private const string Prefix = "HOMELAB_";

    /// <param name="file">What the file says.</param>
    /// <param name="environment">All variables; only <c>HOMELAB_…</c> that name a setting count.</param>
    /// <param name="flags">What the command line says.</param>
    public static LoadedConfig Load(ConfigFile file, IDictionary environment, IEnumerable<ConfigValue> flags)
    {
        var problems = file.Problems.ToBuilder();
        var warnings = ImmutableArray.CreateBuilder<ConfigProblem>();
        foreach (var unknown in file.Values.Where(value => ConfigKeys.Find(value.Key) is null && !BudgetSections.Owns(value.Key) && !KubernetesSections.Owns(value.Key)))
            warnings.Add(new ConfigProblem(unknown.Origin, unknown.Key, "no such setting, ignored", Suggest(unknown.Key)));

        var layers = file.Values.Concat(FromEnvironment(environment)).Concat(flags).ToLookup(value => value.Key, StringComparer.OrdinalIgnoreCase);
        var options = new AggregatorOptions();
        var effective = ImmutableArray.CreateBuilder<ConfigValue>();
        foreach (var key in ConfigKeys.All)
        {
            if (layers[key.Name].LastOrDefault() is not { } value)
            {
                if (Fallback(key, environment) is not { } given)
                {
                    effective.Add(new ConfigValue(key.Name, key.Default.Length == 0 ? [] : [key.Default], "default"));
                    continue;
                }
                value = given;
            }
            effective.Add(value with { Key = key.Name });
            if (key.Apply(options, value.Items) is { } applied)
                options = applied;
            else
                problems.Add(new ConfigProblem(value.Origin, key.Name, $"'{value.Text}' will not do", key.Fix));
        }
        var sections = BudgetSections.Read([.. file.Values.Where(value => BudgetSections.Owns(value.Key))], options);
        options = sections.Options;
        effective.AddRange(sections.Effective);
        problems.AddRange(sections.Problems);
        warnings.AddRange(sections.Warnings);
        var matches = file.Values.Where(value => KubernetesSections.Owns(value.Key)).ToList();
        var (rules, wrong) = KubernetesSections.Read(matches);
        options = options with { Kubernetes = options.Kubernetes with { Nodes = rules } };
        effective.AddRange(matches);
        problems.AddRange(wrong);
        problems.AddRange(ConfigRules.Check(options, effective.ToImmutable()));
        return new LoadedConfig(options, effective.ToImmutable(), problems.ToImmutable(), warnings.ToImmutable());
    }

    /// <summary>A service manager's state folder (systemd.exec(5)) is the default where there is one; settings still stand over it.</summary>
    private static ConfigValue? Fallback(ConfigKey key, IDictionary environment) =>
        key.Name == "storage.path" && environment["STATE_DIRECTORY"] is string { Length: > 0 } folder
            ? new ConfigValue(key.Name, [folder.Split(':')[0]], "STATE_DIRECTORY")
            : null;

    private static IEnumerable<ConfigValue> FromEnvironment(IDictionary environment)
    {
        foreach (DictionaryEntry variable in environment)
        {
            var name = (string)variable.Key;
            if (!name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) || variable.Value is not string text || text.Length == 0)
                continue;
            if (ConfigKeys.Find(name[Prefix.Length..].Replace("__", ".", StringComparison.Ordinal)) is { } key)
                yield return new ConfigValue(key.Name, Items(key, text), name);
        }
    }

    private static ImmutableArray<string> Items(ConfigKey key, string text) =>
        key.IsList ? [.. text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)] : [text];

    private static string Suggest(string unknown)
    {
        var last = unknown[(unknown.LastIndexOf('.') + 1)..];
        var near = ConfigKeys.All.FirstOrDefault(key => key.Name.EndsWith(last, StringComparison.OrdinalIgnoreCase))
            ?? ConfigKeys.All.FirstOrDefault(key => key.Name.StartsWith(unknown.Split('.')[0] + ".", StringComparison.OrdinalIgnoreCase));
        return near is null ? "See 'homelab-aggregator config print' for all settings" : $"Did you mean {near.Name}?";
    }
}
