using System.Collections;
using System.CommandLine;
using Homelab.Aggregator.Configuration;

namespace Homelab.Aggregator.Cli;

/// <summary>The flags that stand over the configuration, shared by <c>run</c> and <c>config</c>.</summary>
internal sealed class ConfigOptions
{
    private readonly Option<string> _file = new("--config") { Description = $"Configuration file (default {ConfigLoader.DefaultPath}, if it is there)", HelpName = "FILE" };

    private readonly (Option<string> Flag, string Key)[] _flags =
    [
        (Flag("--http", "ADDRESS", "Where the page, the API and metrics listen"), "listen.http"),
        (Flag("--grpc", "ADDRESS", "Where agents dial in"), "listen.grpc"),
        (Flag("--storage", "DIR", "Folder of durable state"), "storage.path"),
        (Flag("--budget", "WATTS", "What the fleet may draw"), "budget.watts"),
        (Flag("--interval", "DURATION", "How often agents report"), "intervals.report"),
    ];

    private readonly Option<bool> _insecure = new("--insecure") { Description = "Allow plaintext beyond loopback" };

    public void AddTo(Command command)
    {
        command.Options.Add(_file);
        foreach (var (flag, _) in _flags)
            command.Options.Add(flag);
        command.Options.Add(_insecure);
    }

    public LoadedConfig Load(ParseResult parsed, IDictionary environment)
    {
        var path = parsed.GetValue(_file) ?? environment["HOMELAB_CONFIG"] as string;
        var file = ConfigFile.Read(path ?? ConfigLoader.DefaultPath, isRequired: path is not null);
        var flags = _flags
            .Where(flag => parsed.GetValue(flag.Flag) is not null)
            .Select(flag => new ConfigValue(flag.Key, [Written(flag.Key, parsed.GetValue(flag.Flag)!)], flag.Flag.Name));
        if (parsed.GetValue(_insecure))
            flags = flags.Append(new ConfigValue("listen.insecure", ["true"], _insecure.Name));
        return ConfigLoader.Load(file, environment, flags);
    }

    // A folder named on a command line is meant from where the command is typed; a file or a variable has no such place.
    private static string Written(string key, string text) => key == "storage.path" && text.Length > 0 ? Path.GetFullPath(text) : text;

    private static Option<string> Flag(string name, string form, string meaning) => new(name) { Description = meaning, HelpName = form };
}
