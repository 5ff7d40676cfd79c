using System.Text;

namespace Homelab.NodeAgent.Cli;

/// <summary>An option.</summary>
/// <param name="Name">Long name without dashes.</param>
/// <param name="Short">One letter; empty for none.</param>
/// <param name="Value">Word for its value in help; empty for a switch.</param>
/// <param name="Help">One line.</param>
/// <param name="Setting">The configuration key that it sets; empty for none.</param>
internal sealed record OptionUsage(string Name, string Short, string Value, string Help, string Setting = "")
{
    /// <summary>The values that are taken; empty for any.</summary>
    public IReadOnlyList<string> Choices { get; init; } = [];
}

/// <summary>A command.</summary>
/// <param name="Name">One or two words.</param>
/// <param name="Help">One line.</param>
/// <param name="Options">Beyond the global ones.</param>
internal sealed record CommandUsage(string Name, string Help, IReadOnlyList<OptionUsage> Options);

/// <summary>Everything the command line understands, and the help made of it.</summary>
internal static class Usage
{
    public static readonly IReadOnlyList<OptionUsage> Global =
    [
        new("config", "c", "FILE", "configuration file (default /etc/homelab/agent.yaml, if there is one)"),
        new("host-root", "", "DIR", "where the machine's /sys, /proc and /etc are (default /)", "host.root"),
        new("node", "", "NAME", "the node's name (default: the host's)", "node"),
        new("aggregator", "", "URL", "the aggregator, e.g. https://hub.lan:8766; several with commas between", "aggregator"),
        new("color", "", "WHEN", "auto, always or never (default auto; NO_COLOR is respected)") { Choices = ["auto", "always", "never"] },
        new("help", "h", "", "show help"),
    ];

    private static readonly OptionUsage Output =
        new("output", "o", "FORMAT", "table or json (default table)") { Choices = ["table", "json"] };

    private static readonly OptionUsage Watch = new("watch", "w", "", "show again each second until Ctrl-C");

    public static readonly IReadOnlyList<CommandUsage> Commands =
    [
        new("run", "sample this machine, report to the aggregator, and hold its caps where enforce.enabled", []),
        new("sensors", "show every sensor once", [Output, Watch]),
        new("pods", "split the node's energy over pods and containers for a while", [new("for", "", "TIME", "how long to look (default 10s)"), Output]),
        new("doctor", "say what was found, what is missing and what mends it", []),
        new("limiters", "show what could hold this machine down, and what it holds now", [Output]),
        new("release", "write the original limits back; the agent must be stopped", []),
        new("config check", "check the configuration and name every problem", []),
        new("config print", "print the effective configuration and where each value comes from", []),
        new("version", "print the version", []),
    ];

    public static CommandUsage? Find(string command) => Commands.FirstOrDefault(c => c.Name == command);

    /// <summary>The option as written, <c>--output</c> or <c>-o</c>; null when there is none.</summary>
    public static OptionUsage? Option(string written) =>
        Global.Concat(Commands.SelectMany(c => c.Options)).FirstOrDefault(o => written == "--" + o.Name || (o.Short.Length > 0 && written == "-" + o.Short));

    /// <summary>Help for a command; the overview when it is empty or not known.</summary>
    public static string Help(string command)
    {
        var text = new StringBuilder();
        if (Find(command) is { } known)
        {
            text.Append("homelab-agent ").Append(known.Name).Append(": ").Append(known.Help).Append("\n\nUsage: homelab-agent ").Append(known.Name).Append(" [options]\n");
            if (known.Options.Count > 0)
                AppendOptions(text.Append("\nOptions:\n"), known.Options);
        }
        else
        {
            text.Append("homelab-agent reads this machine's power, heat and clocks, reports them to the aggregator, and holds it to caps.\n\nUsage: homelab-agent COMMAND [options]\n\nCommands:\n");
            foreach (var listed in Commands)
                AppendRow(text, listed.Name, listed.Help);
        }
        AppendOptions(text.Append("\nGlobal options:\n"), Global);
        return text
            .Append("\nEvery key of the configuration is also an environment variable: interval.sample is HOMELAB_INTERVAL__SAMPLE.\n")
            .Append("Exit codes: 0 ok, 1 failure, 2 usage or configuration, 6 something to mend, 130 interrupted.\n")
            .ToString();
    }

    private static void AppendOptions(StringBuilder text, IReadOnlyList<OptionUsage> options)
    {
        foreach (var option in options)
        {
            var left = (option.Short.Length > 0 ? $"-{option.Short}, " : "    ") + "--" + option.Name;
            AppendRow(text, option.Value.Length > 0 ? $"{left} {option.Value}" : left, option.Help);
        }
    }

    private static void AppendRow(StringBuilder text, string left, string right) =>
        text.Append("  ").Append(left.PadRight(24)).Append(' ').Append(right).Append('\n');
}
