using System.Net;
using Homelab.Units;

namespace Homelab.NodeAgent.Configuration;

/// <summary>The outcome of reading the configuration: the effective options with the origin of each, and all problems at once.</summary>
/// <param name="Options">Defaults stand in for what was wrong; use them only when there is no error.</param>
/// <param name="Problems">Errors and warnings in the order of the sources: file, environment, flags, checks across keys.</param>
/// <param name="Origins">Where each key that is not at its default was set.</param>
/// <param name="Keys">Every key that could be set.</param>
internal sealed record AgentConfig(
    AgentOptions Options,
    IReadOnlyList<ConfigProblem> Problems,
    IReadOnlyDictionary<string, Origin> Origins,
    IReadOnlyList<OptionKey> Keys)
{
    public const string DefaultFile = "/etc/homelab/agent.yaml";

    private static readonly string[] Holding = ["enforce", "state", "host"];

    /// <summary>Variables that only a container has: Kubernetes' own two, and the one that podman and systemd-nspawn set.</summary>
    private static readonly string[] ContainerSigns = ["NODE_NAME", "KUBERNETES_SERVICE_HOST", "container"];

    private static readonly TimeSpan EnforcingInterval = TimeSpan.FromMilliseconds(500);

    /// <summary>Whether limits can be held by these options although they have errors: none of those is about limits, their state or the machine's files.</summary>
    public bool SaysHowToHold => Options.Enforces && !Problems.Any(static p => !p.IsWarning
        && (p.Key.Length == 0 || Array.Exists(Holding, section => p.Key.StartsWith(section, StringComparison.Ordinal))));

    public bool HasErrors => Problems.Any(p => !p.IsWarning);

    /// <summary>Flags over environment over file over defaults; every problem is collected before anything is refused.</summary>
    public static AgentConfig Load(ConfigInputs inputs)
    {
        var keys = OptionKeys.For(inputs.Sources);
        var problems = new List<ConfigProblem>();
        var settings = new List<Setting>();
        ReadFile(inputs, settings, problems);
        ReadEnvironment(inputs, keys, settings);
        settings.AddRange(inputs.Flags);

        var options = new AgentOptions();
        var origins = new Dictionary<string, Origin>(StringComparer.Ordinal);
        foreach (var setting in settings)
            options = Apply(setting, options, keys, origins, problems);
        if (options.Node == default)
            options = options with { Node = DefaultNode(inputs, options.HostRoot) };
        options = Place(FillIn(options, origins, inputs), inputs, problems);
        CheckTogether(options, origins, inputs, problems);
        return new AgentConfig(options, problems, origins, keys);
    }

    /// <summary>Defaults that depend on other settings.</summary>
    private static AgentOptions FillIn(AgentOptions options, Dictionary<string, Origin> origins, ConfigInputs inputs)
    {
        // The service manager's word for the state folder; the first, where it names several.
        if (!origins.ContainsKey("state.path") && inputs.Environment.GetValueOrDefault("STATE_DIRECTORY") is { Length: > 0 } folders)
            options = options with { StatePath = folders.Split(':')[0] };
        if (!options.Enforces)
            return options;
        // Whoever is held to a cap is looked at twice a second.
        if (!origins.ContainsKey("interval.sample"))
            options = options with { SampleInterval = EnforcingInterval };
        return origins.ContainsKey("interval.send") ? options : options with { SendInterval = EnforcingInterval };
    }

    /// <summary>What Kubernetes says of the machine, where the settings do not: NODE_NAME and HOST_IP of the downward API.</summary>
    private static AgentOptions Place(AgentOptions options, ConfigInputs inputs, List<ConfigProblem> problems)
    {
        var environment = inputs.Environment;
        if (options.KubernetesNode.Length == 0 && NodeName.TryParse(environment.GetValueOrDefault("NODE_NAME"), out var node))
            options = options with { KubernetesNode = node.Value };
        if (options.Addresses is null && environment.GetValueOrDefault("HOST_IP") is { Length: > 0 } text)
        {
            options = options with { Addresses = Words.Addresses(text) };
            if (options.Addresses is null)
                problems.Add(new ConfigProblem(new Origin("environment HOST_IP"), "kubernetes.addresses", $"'{text}' is not the machine's IP addresses and is left out", "fieldRef: status.hostIP", IsWarning: true));
        }
        var isContained = ContainerSigns.Any(name => environment.GetValueOrDefault(name) is { Length: > 0 });
        return options with { IsContained = isContained };
    }

    private static void ReadFile(ConfigInputs inputs, List<Setting> settings, List<ConfigProblem> problems)
    {
        var asked = inputs.File ?? inputs.Environment.GetValueOrDefault("HOMELAB_CONFIG");
        var file = string.IsNullOrEmpty(asked) ? DefaultFile : asked;
        try
        {
            YamlSettings.Read(file, inputs.ReadText(file), settings, problems);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            // The default file may be absent; one that was asked for may not.
            if (!string.IsNullOrEmpty(asked))
                problems.Add(new ConfigProblem(new Origin(file), "", "there is no such file", "name an existing file with --config"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            problems.Add(new ConfigProblem(new Origin(file), "", "can not be read: " + error.Message, $"let this user read it: chmod a+r {file}"));
        }
    }

    private static void ReadEnvironment(ConfigInputs inputs, IReadOnlyList<OptionKey> keys, List<Setting> settings)
    {
        foreach (var key in keys)
        {
            if (inputs.Environment.TryGetValue(key.Variable, out var value) && value.Length > 0)
                settings.Add(new Setting(key.Name, value, new Origin("environment " + key.Variable)));
        }
    }

    private static AgentOptions Apply(
        Setting setting, AgentOptions options, IReadOnlyList<OptionKey> keys, Dictionary<string, Origin> origins, List<ConfigProblem> problems)
    {
        var key = keys.FirstOrDefault(k => k.Name == setting.Key);
        if (key is null)
        {
            // A file written for another release must still boot the node.
            problems.Add(new ConfigProblem(setting.Origin, setting.Key, "is not a key of this version", Suggest(setting.Key, keys), IsWarning: true));
            return options;
        }
        if (key.Apply(options, setting.Value) is { } applied)
        {
            origins[key.Name] = setting.Origin;
            return applied;
        }
        problems.Add(new ConfigProblem(setting.Origin, key.Name, key.Explain?.Invoke(setting.Value) ?? $"'{setting.Value}' is not {key.Expects}", $"{key.Name}: {key.Example}"));
        return options;
    }

    private static string Suggest(string unknown, IReadOnlyList<OptionKey> keys)
    {
        var last = unknown[(unknown.LastIndexOf('.') + 1)..];
        var near = keys.FirstOrDefault(k => k.Name.EndsWith("." + last, StringComparison.Ordinal) || k.Name.StartsWith(unknown, StringComparison.Ordinal));
        return near is null ? "remove it; 'homelab-agent config print' lists the keys" : $"did you mean {near.Name}?";
    }

    private static void CheckTogether(AgentOptions options, Dictionary<string, Origin> origins, ConfigInputs inputs, List<ConfigProblem> problems)
    {
        if (!options.Insecure && options.Aggregators.FirstOrDefault(uri => uri.Scheme == "http" && !IsLoopback(uri)) is { } plain)
            Add("aggregator", $"{plain.Scheme} to another machine is neither secret nor authenticated", "use https, or accept it with 'insecure: true'");
        if (options.TlsCertificate.Length > 0 != options.TlsKey.Length > 0)
            Add(options.TlsKey.Length > 0 ? "tls.key" : "tls.certificate", "certificate and key go together", "set both tls.certificate and tls.key");
        foreach (var (key, file) in new[] { ("tls.ca", options.TlsAuthority), ("tls.certificate", options.TlsCertificate), ("tls.key", options.TlsKey) })
        {
            if (file.Length > 0 && !inputs.Exists(file))
                Add(key, $"there is no file {file}", "create it, or remove the key");
        }
        if (!inputs.FolderExists(options.HostRoot))
            Add("host.root", $"there is no folder {options.HostRoot}", "mount the machine's files there, or name the folder that holds sys and proc");
        if (options.CapFloor > options.CapCeiling)
            Add("enforce.ceiling", $"{options.CapCeiling} is below enforce.floor, {options.CapFloor}", "a ceiling at or above the floor");
        if (options.IdlePower > options.PeakPower)
            Add("power.peak", $"{options.PeakPower} is below power.idle, {options.IdlePower}", "a peak at or above what it draws at rest");
        if (options.StatusLamp is { } lamp && options.Monitors.Any(monitor => monitor.Alert == lamp))
            Add("gpio.statusLamp", $"{lamp} is the line of a monitor's alert, too", "another line for one of the two");
        if (options.Node == default)
            Add("node", "the host name can not serve as a node name", "node: NAME, lower-case letters, digits, '-' and '.'");

        void Add(string key, string meaning, string fix) =>
            problems.Add(new ConfigProblem(origins.GetValueOrDefault(key) ?? Origin.Default, key, meaning, fix));
    }

    private static bool IsLoopback(Uri address) =>
        address.IsLoopback || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip));

    /// <summary>Kubernetes says the node's name in NODE_NAME; elsewhere it is the host's name, in the case that node names have.</summary>
    private static NodeName DefaultNode(ConfigInputs inputs, string hostRoot)
    {
        var text = inputs.Environment.GetValueOrDefault("NODE_NAME");
        if (string.IsNullOrEmpty(text))
            text = inputs.HostName(hostRoot);
        return NodeName.TryParse(text.ToLowerInvariant().Replace('_', '-'), out var name) ? name : default;
    }
}
