using System.Text;
using Homelab.NodeAgent.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Tests.Diagnostics;

public sealed class JournalLogTests : IDisposable
{
    private readonly MemoryStream _stream = new();

    private string Text => Encoding.UTF8.GetString(_stream.ToArray());

    public void Dispose() => _stream.Dispose();

    [Theory]
    [InlineData(LogLevel.Error, "<3>x\n")]
    [InlineData(LogLevel.Warning, "<4>x\n")]
    [InlineData(LogLevel.Information, "<6>x\n")]
    [InlineData(LogLevel.Debug, "<7>x\n")]
    public void Log_UnderTheJournal_BeginsWithThePriority(LogLevel level, string expected)
    {
        Write(new JournalLog(_stream, LogLevel.Trace, isJournal: true), level, "x");

        Assert.Equal(expected, Text);
    }

    [Fact]
    public void Log_Elsewhere_BeginsWithAWord()
    {
        Write(new JournalLog(_stream, LogLevel.Trace, isJournal: false), LogLevel.Warning, "x");

        Assert.Equal("warning  x\n", Text);
    }

    [Fact]
    public void Log_BelowTheLevel_IsDropped()
    {
        Write(new JournalLog(_stream, LogLevel.Warning, isJournal: true), LogLevel.Information, "x");

        Assert.Empty(Text);
    }

    [Fact]
    public void Log_TextWithANewline_CanNotForgeALine()
    {
        Write(new JournalLog(_stream, LogLevel.Trace, isJournal: true), LogLevel.Information, "label\n<0>forged");

        Assert.Equal("<6>label <0>forged\n", Text);
    }

    [Fact]
    public void Log_AnException_HasThePriorityOnEachLine()
    {
        var log = new JournalLog(_stream, LogLevel.Trace, isJournal: true);
        log.Log(LogLevel.Error, default, "x", new InvalidOperationException("a\nb"), static (s, _) => s);

        Assert.All(Text.TrimEnd('\n').Split('\n'), l => Assert.StartsWith("<3>", l, StringComparison.Ordinal));
        Assert.Contains("<3>b", Text, StringComparison.Ordinal);
    }

    private static void Write(JournalLog log, LogLevel level, string text) => log.Log(level, default, text, null, static (s, _) => s);
}
