using System.Diagnostics.CodeAnalysis;

namespace Homelab.Aggregator.Labels;

/// <summary>What every key of ours on a Kubernetes node begins with: a DNS subdomain (RFC 1123) that is not Kubernetes' own.</summary>
internal sealed class LabelPrefix
{
    public static readonly LabelPrefix Default = new("power.homelab");

    private static readonly string[] Reserved = ["kubernetes.io", "k8s.io"];

    // A thousand nodes ask for fifty keys each in every round.
    private readonly Dictionary<string, string> _keys;

    private LabelPrefix(string domain)
    {
        Domain = domain;
        _keys = LabelNames.Labels.Concat(LabelNames.Annotations).Concat(LabelNames.Taints).Distinct().ToDictionary(name => name, name => $"{domain}/{name}");
    }

    /// <summary>Without the slash.</summary>
    public string Domain { get; }

    /// <summary><c>power.homelab/state</c> for <c>state</c>.</summary>
    public string Key(string name) => _keys.TryGetValue(name, out var key) ? key : $"{Domain}/{name}";

    public bool Covers(string key) => key.Length > Domain.Length && key[Domain.Length] == '/' && key.StartsWith(Domain, StringComparison.Ordinal);

    /// <summary>Accepts a domain with or without its slash; the error says what to write instead.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out LabelPrefix? prefix, [NotNullWhen(false)] out string? error)
    {
        prefix = null;
        var domain = text?.EndsWith('/') == true ? text[..^1] : text ?? "";
        error = ErrorOf(domain);
        if (error is not null)
            return false;
        prefix = new LabelPrefix(domain);
        return true;
    }

    public override string ToString() => Domain + "/";

    private static string? ErrorOf(string domain)
    {
        if (domain.Length is 0 or > 253 || !domain.Split('.').All(IsDnsLabel))
            return $"'{domain}' is no label prefix: write a domain of lower-case letters, digits, '-' and '.', as in 'power.homelab'";
        foreach (var reserved in Reserved)
        {
            if (domain == reserved || domain.EndsWith("." + reserved, StringComparison.Ordinal))
                return $"'{domain}' belongs to Kubernetes ({reserved} is reserved): write a domain of your own, as in 'power.homelab'";
        }
        return null;
    }

    private static bool IsDnsLabel(string label) =>
        label.Length is > 0 and <= 63 && label[0] != '-' && label[^1] != '-' && label.All(c => c is (>= 'a' and <= 'z') or (>= '0' and <= '9') or '-');
}
