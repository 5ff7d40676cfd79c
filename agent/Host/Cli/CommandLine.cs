using Homelab.NodeAgent.Configuration;

namespace Homelab.NodeAgent.Cli;

/// <summary>The arguments, understood.</summary>
/// <param name="Command">A name from <see cref="Usage.Commands"/>; empty when none was given.</param>
/// <param name="Options">Long names without dashes to values; switches map to "true".</param>
/// <param name="WantsHelp">True when --help was among the arguments.</param>
/// <param name="Error">What is wrong with them, one line; null when nothing is.</param>
internal sealed record CommandLine(string Command, IReadOnlyDictionary<string, string> Options, bool WantsHelp, string? Error)
{
    /// <summary>Options may stand before or after the command, as <c>--name value</c> or <c>--name=value</c>.</summary>
    public static CommandLine Parse(IReadOnlyList<string> arguments)
    {
        var words = new List<string>();
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var (help, error) = (false, (string?)null);
        for (var i = 0; i < arguments.Count && error is null; i++)
        {
            var argument = arguments[i];
            if (argument is "--help" or "-h" or "-?" or "help")
                help = true;
            else if (argument is "--version")
                words.Add("version");
            else if (argument.Length > 1 && argument[0] == '-')
                error = TakeOption(arguments, ref i, options);
            else
                words.Add(argument);
        }
        var command = string.Join(' ', words);
        error ??= help ? null : Check(command, options);
        return new CommandLine(command, options, help, error);
    }

    public bool Has(string option) => Options.ContainsKey(option);

    /// <summary>The options that are settings, as the configuration takes them.</summary>
    public IReadOnlyList<Setting> Settings() =>
        [.. Usage.Global.Where(o => o.Setting.Length > 0 && Options.ContainsKey(o.Name))
            .Select(o => new Setting(o.Setting, Written(o.Setting, Options[o.Name]), new Origin("flag --" + o.Name)))];

    // A folder named on a command line is meant from where the command is typed; a file or a variable has no such place.
    private static string Written(string setting, string text) => setting == "host.root" && text.Length > 0 ? Path.GetFullPath(text) : text;

    private static string? TakeOption(IReadOnlyList<string> arguments, ref int i, Dictionary<string, string> options)
    {
        var text = arguments[i];
        var equals = text.IndexOf('=', StringComparison.Ordinal);
        var written = equals < 0 ? text : text[..equals];
        if (Usage.Option(written) is not { } option)
            return $"unknown option {written}";
        if (option.Value.Length == 0)
        {
            options[option.Name] = "true";
            return equals < 0 ? null : $"{written} takes no value";
        }
        if (equals >= 0)
            options[option.Name] = text[(equals + 1)..];
        else if (++i < arguments.Count)
            options[option.Name] = arguments[i];
        else
            return $"{written} needs a value: {written} {option.Value}";
        return option.Choices.Count == 0 || option.Choices.Contains(options[option.Name])
            ? null
            : $"{written} is one of {string.Join(", ", option.Choices)}";
    }

    private static string? Check(string command, Dictionary<string, string> options)
    {
        if (command.Length == 0)
            return "name a command";
        if (Usage.Find(command) is not { } known)
            return $"unknown command '{command}'";
        var foreign = options.Keys.FirstOrDefault(name => !Usage.Global.Concat(known.Options).Any(o => o.Name == name));
        return foreign is null ? null : $"'{command}' takes no --{foreign}";
    }
}
