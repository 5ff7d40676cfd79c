namespace Homelab.NodeAgent.Configuration;

/// <summary>One thing that can be configured.</summary>
/// <param name="Name">Dotted key; its environment variable is <c>HOMELAB_</c> + upper case with <c>__</c> for dots.</param>
/// <param name="Expects">What a good value is, to complete "is not …".</param>
/// <param name="Example">A value to copy.</param>
/// <param name="Apply">The options with the value set; null when the text is no such value.</param>
/// <param name="Print">The effective value as it would be written; empty for unset.</param>
internal sealed record OptionKey(
    string Name,
    string Expects,
    string Example,
    Func<AgentOptions, string, AgentOptions?> Apply,
    Func<AgentOptions, string> Print)
{
    /// <summary>What is wrong with a value that <see cref="Apply"/> refused, where more can be said than what is expected; null: nothing more.</summary>
    public Func<string, string>? Explain { get; init; }

    public const string VariablePrefix = "HOMELAB_";

    public string Variable => VariablePrefix + Name.Replace(".", "__", StringComparison.Ordinal).ToUpperInvariant();
}
