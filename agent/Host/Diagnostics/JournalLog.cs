using System.Text;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Log lines on standard error: with the journal's <c>&lt;N&gt;</c> priorities under systemd, with a level word elsewhere.</summary>
/// <remarks>No timestamps: the journal and container runtimes add theirs. A line is written in one piece from any thread.</remarks>
/// <param name="output">Standard error, or a stream of a test.</param>
/// <param name="least">Lines below this level are dropped.</param>
/// <param name="isJournal">True when JOURNAL_STREAM is set. Source: systemd.exec(5), sd-daemon(3).</param>
internal sealed class JournalLog(Stream output, LogLevel least, bool isJournal) : ILogger
{
    private readonly Lock _gate = new();

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= least && logLevel != LogLevel.None;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!IsEnabled(logLevel))
            return;
        var text = new StringBuilder();
        Append(text, logLevel, formatter(state, exception));
        // A trace that spans lines needs the priority on each of them.
        if (exception is not null)
        {
            foreach (var line in exception.ToString().Split('\n'))
                Append(text, logLevel, line.TrimEnd('\r'));
        }
        Write(Encoding.UTF8.GetBytes(text.ToString()));
    }

    private void Append(StringBuilder text, LogLevel level, string line)
    {
        // Text from outside (a driver's label, a peer's reason) must not start a line of its own.
        var safe = line.Replace('\n', ' ').Replace('\r', ' ');
        text.Append(isJournal ? Priority(level) : Word(level)).Append(safe).Append('\n');
    }

    private void Write(byte[] line)
    {
        lock (_gate)
        {
            try
            {
                output.Write(line);
                output.Flush();
            }
            catch (IOException)
            {
                // Whoever read standard error has gone. The agent's work does not depend on being listened to.
            }
        }
    }

    private static string Priority(LogLevel level) => level switch
    {
        LogLevel.Critical => "<2>",
        LogLevel.Error => "<3>",
        LogLevel.Warning => "<4>",
        LogLevel.Information => "<6>",
        _ => "<7>",
    };

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Critical or LogLevel.Error => "error    ",
        LogLevel.Warning => "warning  ",
        LogLevel.Information => "info     ",
        _ => "debug    ",
    };
}
