namespace Homelab.NodeAgent.Cli;

/// <summary>Where commands write: what was asked for to <see cref="Out"/>, talk to <see cref="Error"/>.</summary>
/// <param name="Out">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="IsInteractive">True when a person looks at <see cref="Out"/>.</param>
/// <param name="HasColour">True when escape codes may be written to <see cref="Out"/>.</param>
internal sealed record Terminal(TextWriter Out, TextWriter Error, bool IsInteractive, bool HasColour)
{
    public string Bold(string text) => Paint(text, "1");

    public string Dim(string text) => Paint(text, "2");

    public string Good(string text) => Paint(text, "32");

    public string Warning(string text) => Paint(text, "33");

    public string Bad(string text) => Paint(text, "31");

    /// <summary>Whether to colour. A flag beats the environment; NO_COLOR beats FORCE_COLOR; a pipe and TERM=dumb get none. Source: no-color.org.</summary>
    public static bool WantsColour(string choice, IReadOnlyDictionary<string, string> environment, bool isInteractive)
    {
        if (choice is "always" or "never")
            return choice == "always";
        if (!string.IsNullOrEmpty(environment.GetValueOrDefault("NO_COLOR")))
            return false;
        if (!string.IsNullOrEmpty(environment.GetValueOrDefault("FORCE_COLOR")))
            return true;
        return isInteractive && environment.GetValueOrDefault("TERM") != "dumb";
    }

    private string Paint(string text, string code) => HasColour ? $"\e[{code}m{text}\e[0m" : text;
}
