namespace Homelab.Aggregator.Cli;

/// <summary>Colour, or its absence, never the only carrier of a meaning.</summary>
/// <param name="HasColour">ANSI colours may be written.</param>
internal sealed record TerminalStyle(bool HasColour)
{
    public static readonly TerminalStyle Plain = new(false);

    /// <summary>Colour on a terminal that takes it, unless NO_COLOR is set (no-color.org); FORCE_COLOR forces it.</summary>
    public static TerminalStyle Detect(bool isRedirected, Func<string, string?> environment)
    {
        if (!string.IsNullOrEmpty(environment("NO_COLOR")))
            return Plain;
        if (!string.IsNullOrEmpty(environment("FORCE_COLOR")))
            return new TerminalStyle(true);
        return new TerminalStyle(!isRedirected && environment("TERM") is not (null or "" or "dumb"));
    }

    public string Dim(string text) => Paint(text, 2);

    public string Bold(string text) => Paint(text, 1);

    /// <summary>Green, yellow, red or grey by the state's word.</summary>
    public string State(string text, string state) => Paint(text, state switch { "ok" => 32, "elevated" => 33, "critical" => 31, _ => 90 });

    private string Paint(string text, int code) => HasColour ? $"\u001b[{code}m{text}\u001b[0m" : text;
}
