using System.Diagnostics.CodeAnalysis;

namespace Homelab.Aggregator.Labels;

/// <summary>What every key of ours on a Kubernetes node begins with: a DNS subdomain (RFC 1123) that is not Kubernetes' own.</summary>
internal readonly record struct LabelPrefix
{
    public static readonly LabelPrefix Default = new("power.homelab");

    private static readonly string[] Reserved = ["kubernetes.io", "k8s.io"];
    private readonly string? _domain;

    private LabelPrefix(string domain) => _domain = domain;

    /// <summary>Without the slash.</summary>
    public string Domain => _domain ?? Default.Domain;

    /// <summary><c>power.homelab/state</c> for <c>state</c>.</summary>
    public string Key(string name) => $"{Domain}/{name}";

    public bool Covers(string key) => key.Length > Domain.Length && key[Domain.Length] == '/' && key.StartsWith(Domain, StringComparison.Ordinal);

    /// <summary>Accepts a domain with or without its slash; the error says what to write instead.</summary>
    public static bool TryParse(string? text, out LabelPrefix prefix, [NotNullWhen(false)] out string? error)
    {
        prefix = default;
        var domain = text?.EndsWith('/') == true ? text[..^1] : text ?? "";
        error = ErrorOf(domain);
        if (error is null)
            prefix = new LabelPrefix(domain);
        return error is null;
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
