using System.Collections;
using System.CommandLine;
using Homelab.Aggregator.Configuration;

namespace Homelab.Aggregator.Cli;

/// <summary><c>config check</c> and <c>config print</c>.</summary>
internal sealed class ConfigCommands(TextWriter output, TextWriter errors, IDictionary environment)
{
    public void AddTo(RootCommand root)
    {
        var config = new Command("config", "Check or show the configuration");
        config.Subcommands.Add(Sub("check", "Exit with 2 if a setting is wrong or unknown", Check));
        config.Subcommands.Add(Sub("print", "Show every setting in force and where it comes from", Print));
        root.Subcommands.Add(config);
    }

    private Command Sub(string name, string meaning, Func<LoadedConfig, int> action)
    {
        var command = new Command(name, meaning);
        var options = new ConfigOptions();
        options.AddTo(command);
        command.SetAction(parsed => action(options.Load(parsed, environment)));
        return command;
    }

    private int Check(LoadedConfig config)
    {
        foreach (var problem in config.Problems.Concat(config.Warnings))
            errors.WriteLine(problem);
        if (config.Problems.Length + config.Warnings.Length > 0)
            return ExitCode.Usage;
        output.WriteLine("The configuration is good.");
        return ExitCode.Ok;
    }

    private int Print(LoadedConfig config)
    {
        foreach (var value in config.Effective)
            output.WriteLine($"{$"{value.Key}: {(value.Items.Length == 0 ? "\"\"" : value.Text)}",-40} # {value.Origin}; {Meaning(value.Key)}");
        foreach (var problem in config.Problems.Concat(config.Warnings))
            errors.WriteLine(problem);
        return config.Problems.IsEmpty ? ExitCode.Ok : ExitCode.Usage;
    }

    private static string Meaning(string key) => ConfigKeys.Find(key)?.Meaning ?? BudgetSections.Meaning(key);
}
