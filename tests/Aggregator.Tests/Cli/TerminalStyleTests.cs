using Homelab.Aggregator.Cli;

namespace Homelab.Aggregator.Tests.Cli;

public sealed class TerminalStyleTests
{
    [Theory]
    [InlineData(false, "xterm", null, null, true)]
    [InlineData(true, "xterm", null, null, false)]
    [InlineData(false, "dumb", null, null, false)]
    [InlineData(false, null, null, null, false)]
    [InlineData(false, "xterm", "1", null, false)]
    [InlineData(true, "dumb", null, "1", true)]
    [InlineData(false, "xterm", "1", "1", false)]
    public void Detect_TerminalAndWishes_DecideColour(bool isRedirected, string? term, string? noColor, string? forceColor, bool hasColour) =>
        Assert.Equal(hasColour, TerminalStyle.Detect(isRedirected, name => name switch { "TERM" => term, "NO_COLOR" => noColor, "FORCE_COLOR" => forceColor, _ => null }).HasColour);
}
