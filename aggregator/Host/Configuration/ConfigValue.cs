using System.Collections.Immutable;

namespace Homelab.Aggregator.Configuration;

/// <summary>One setting as it was written, and where.</summary>
/// <param name="Key">Dotted: <c>listen.http</c>.</param>
/// <param name="Items">The scalar, or each item of a list.</param>
/// <param name="Origin">For messages: <c>/etc/homelab/aggregator.yaml:12</c>, <c>HOMELAB_LISTEN__HTTP</c>, <c>--http</c>, <c>default</c>.</param>
internal sealed record ConfigValue(string Key, ImmutableArray<string> Items, string Origin)
{
    public string Text => string.Join(",", Items);
}

/// <summary>What is wrong with the configuration, where, and what to write instead.</summary>
internal sealed record ConfigProblem(string Origin, string Key, string Complaint, string Fix)
{
    public override string ToString() => Key.Length == 0 ? $"{Origin}: {Complaint}. {Fix}" : $"{Origin}: {Key}: {Complaint}. {Fix}";
}
