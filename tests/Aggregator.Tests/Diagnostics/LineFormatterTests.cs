using Homelab.Aggregator.Diagnostics;
using Homelab.Aggregator.Tests.Fakes;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging;

namespace Homelab.Aggregator.Tests.Diagnostics;

public sealed class LineFormatterTests
{
    [Theory]
    [InlineData(LogLevel.Error, "<3>")]
    [InlineData(LogLevel.Warning, "<4>")]
    [InlineData(LogLevel.Information, "<6>")]
    [InlineData(LogLevel.Debug, "<7>")]
    public void Write_ToTheJournal_StartsWithThePriority(LogLevel level, string prefix) =>
        Assert.Equal(prefix + "um890 joined\n", Format(isJournal: true, level, "um890 joined"));

    [Fact]
    public void Write_ToATerminal_StartsWithTimeAndLevel() =>
        Assert.Equal("10:00:00.000 warn low\n", Format(isJournal: false, LogLevel.Warning, "low"));

    [Fact]
    public void Write_LineBreaks_StayOnOneLine() =>
        Assert.Equal("<6>a | <3>forged\n", Format(isJournal: true, LogLevel.Information, "a\r\n<3>forged"));

    [Fact]
    public void Write_Exception_IsPartOfTheLine() =>
        Assert.Equal("<3>failed: System.IO.IOException: full\n", Format(isJournal: true, LogLevel.Error, "failed", new IOException("full")));

    private static string Format(bool isJournal, LogLevel level, string text, Exception? failure = null)
    {
        using var line = new StringWriter();
        new LineFormatter(isJournal, Sample.Clock()).Write(new LogEntry<string>(level, "c", 1, text, failure, (state, _) => state), null, line);
        return line.ToString();
    }
}
