using Homelab.NodeAgent.Configuration;

namespace Homelab.NodeAgent.Cli;

/// <summary><c>config check</c> and <c>config print</c>, and the words in which any command says that the configuration is wrong.</summary>
internal static class ConfigCommand
{
    /// <summary>Names every problem; 2 when one of them is an error.</summary>
    public static int Check(AgentConfig config, Terminal terminal)
    {
        Report(config.Problems, terminal);
        if (config.HasErrors)
            return ExitCode.Usage;
        terminal.Out.WriteLine(config.Problems.Count == 0 ? "configuration ok" : "configuration ok, with warnings");
        return ExitCode.Ok;
    }

    /// <summary>The effective configuration as YAML that could be a file, with the origin of each value.</summary>
    public static int Print(AgentConfig config, Terminal terminal)
    {
        Report(config.Problems, terminal);
        var section = "";
        foreach (var key in config.Keys)
        {
            var parts = key.Name.Split('.', 2);
            if (parts.Length == 2 && parts[0] != section)
                terminal.Out.WriteLine(parts[0] + ":");
            section = parts.Length == 2 ? parts[0] : "";
            var line = (parts.Length == 2 ? "  " : "") + $"{parts[^1]}: {Quote(key.Print(config.Options))}";
            var origin = config.Origins.GetValueOrDefault(key.Name) ?? Origin.Default;
            terminal.Out.WriteLine($"{line,-40} {terminal.Dim("# " + origin)}");
        }
        return config.HasErrors ? ExitCode.Usage : ExitCode.Ok;
    }

    /// <summary>All problems to standard error.</summary>
    public static void Report(IEnumerable<ConfigProblem> problems, Terminal terminal)
    {
        foreach (var problem in problems)
            terminal.Error.WriteLine((problem.IsWarning ? "warning: " : "error: ") + problem);
    }

    private static string Quote(string value) => value.Length == 0 ? "\"\"" : value;
}
