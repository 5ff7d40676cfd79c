using System.Globalization;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Homelab.Aggregator.Diagnostics;

/// <summary>One line per event on standard error: for journald <c>&lt;4&gt;text</c> (sd-daemon(3)), else time, level and text.</summary>
/// <param name="isJournal">Standard error goes to journald: it keeps the time, and takes the priority as a prefix.</param>
internal sealed class LineFormatter(bool isJournal, TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var text = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (logEntry.Exception is { } failure)
            text += $": {failure}";
        var prefix = isJournal
            ? $"<{Priority(logEntry.LogLevel)}>"
            : $"{time.GetUtcNow().ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture)} {Word(logEntry.LogLevel)} ";
        textWriter.Write(prefix);
        textWriter.Write(OneLine(text));
        textWriter.Write('\n');
    }

    /// <summary>A line break in a message, a peer's text included, must not start a line of its own.</summary>
    private static string OneLine(string text) =>
        text.AsSpan().ContainsAny('\n', '\r') ? text.Replace("\r", "", StringComparison.Ordinal).Replace("\n", " | ", StringComparison.Ordinal) : text;

    private static int Priority(LogLevel level) => level switch
    {
        LogLevel.Critical => 2,
        LogLevel.Error => 3,
        LogLevel.Warning => 4,
        LogLevel.Information => 6,
        _ => 7,
    };

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Critical => "crit",
        LogLevel.Error => "error",
        LogLevel.Warning => "warn",
        LogLevel.Information => "info",
        _ => "debug",
    };
}
