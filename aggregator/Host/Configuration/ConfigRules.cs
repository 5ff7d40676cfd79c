using System.Collections.Immutable;

namespace Homelab.Aggregator.Configuration;

/// <summary>What settings must hold together.</summary>
internal static class ConfigRules
{
    public static IEnumerable<ConfigProblem> Check(AggregatorOptions options, ImmutableArray<ConfigValue> effective)
    {
        string Origin(string key) => effective.First(value => value.Key == key).Origin;

        foreach (var (key, address) in new[] { ("listen.http", options.Http), ("listen.grpc", options.Grpc) })
        {
            if (!address.IsLoopback && !options.HasTls && !options.Insecure)
                yield return new ConfigProblem(Origin(key), key, $"{address} would be reachable from other machines in plaintext", "Set tls.certificate and tls.key, or say listen.insecure: true on a network you trust");
        }
        if (options.Http.Port != 0 && options.Http.Port == options.Grpc.Port)
            yield return new ConfigProblem(Origin("listen.grpc"), "listen.grpc", "the port is listen.http's", "Choose another, e.g. 8766");
        if (options.TlsCertificate.Length > 0 != options.TlsKey.Length > 0)
            yield return new ConfigProblem(Origin(options.HasTls ? "tls.key" : "tls.certificate"), options.HasTls ? "tls.key" : "tls.certificate", "certificate and key belong together", "Set both");
        if (options.TlsClientCa.Length > 0 && !options.HasTls)
            yield return new ConfigProblem(Origin("tls.clientCa"), "tls.clientCa", "agents can show certificates only over TLS", "Set tls.certificate and tls.key");
        if (options.TokenFile.Length > 0 && OrderToken.Complaint(options.TokenFile) is { } complaint)
            yield return new ConfigProblem(Origin("api.tokenFile"), "api.tokenFile", complaint, "Write at least 16 random characters into a file that only the aggregator's user may read: openssl rand -hex 32");
        if (options.OnBattery is { } battery && battery > options.Budget)
            yield return new ConfigProblem(Origin("budget.onBattery.watts"), "budget.onBattery.watts", $"{battery} on battery is above the {options.Budget} of budget.watts", "Write less than budget.watts");
        if (options.Unmanaged >= options.Budget)
            yield return new ConfigProblem(Origin("budget.unmanaged"), "budget.unmanaged", $"{options.Unmanaged} unmanaged leave nothing of {options.Budget}", "Write less than budget.watts");
        foreach (var (key, path) in new[] { ("tls.certificate", options.TlsCertificate), ("tls.key", options.TlsKey), ("tls.clientCa", options.TlsClientCa) })
        {
            if (path.Length > 0 && !File.Exists(path))
                yield return new ConfigProblem(Origin(key), key, $"{path} is not a file that can be seen", "Check the path and its permissions");
        }
    }
}
