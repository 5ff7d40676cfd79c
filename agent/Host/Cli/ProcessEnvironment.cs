using System.Collections;
using System.Text;
using Homelab.NodeAgent.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Cli;

/// <summary>The process's variables and streams, as values that the rest can be tested with.</summary>
internal static class ProcessEnvironment
{
    public static IReadOnlyDictionary<string, string> Read()
    {
        var variables = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (DictionaryEntry entry in Environment.GetEnvironmentVariables())
            variables[(string)entry.Key] = (string?)entry.Value ?? "";
        return variables;
    }

    public static Terminal Terminal(string colour, IReadOnlyDictionary<string, string> environment)
    {
        var isInteractive = !Console.IsOutputRedirected;
        return new Terminal(Utf8(new OutputStream()), Utf8(Console.OpenStandardError()), isInteractive, Cli.Terminal.WantsColour(colour, environment, isInteractive));
    }

    public static ILogger Log(LogLevel least, IReadOnlyDictionary<string, string> environment) =>
        new JournalLog(Console.OpenStandardError(), least, environment.ContainsKey("JOURNAL_STREAM"));

    // Not Console.Out: it would set up encodings and terminal state that a service never uses.
    private static StreamWriter Utf8(Stream stream) => new(stream, new UTF8Encoding(false)) { AutoFlush = true };
}
