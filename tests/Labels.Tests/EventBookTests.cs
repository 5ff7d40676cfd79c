namespace Homelab.Aggregator.Labels.Tests;

public sealed class EventBookTests
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    [Fact]
    public void Take_StormOfNotes_TellsOnceAWindowAndLosesNone()
    {
        var book = new EventBook(5 * Minute);
        var told = new List<NodeEvent>();
        for (var second = 0; second < 3600; second++)
        {
            book.Note("home", new NodeKey("home", "n"), "UnderVoltageDetected", true, $"at {second}", DateTimeOffset.UnixEpoch.AddSeconds(second));
            told.AddRange(book.Take(TimeSpan.FromSeconds(second)));
        }
        Assert.Equal(12, told.Count);
        Assert.Equal(1, told[0].Count);
        Assert.All(told.Skip(1), one => Assert.Equal(300, one.Count));
        Assert.Equal(("at 300", 1.0, 300.0), (told[1].Message, (told[1].FirstAt - DateTimeOffset.UnixEpoch).TotalSeconds, (told[1].LastAt - DateTimeOffset.UnixEpoch).TotalSeconds));
    }

    [Fact]
    public void Note_LongMessage_IsCutToWhatAnApiServerTakes()
    {
        var book = new EventBook(5 * Minute);
        book.Note("home", null, "X", false, new string('☃', 4000), default);
        Assert.InRange(System.Text.Encoding.UTF8.GetByteCount(book.Take(TimeSpan.Zero).Single().Message), 1, 1024);
    }

    [Fact]
    public void Take_OtherNodesAndReasons_AreToldAtOnce()
    {
        var book = new EventBook(5 * Minute);
        foreach (var (node, reason) in new[] { ("a", "X"), ("a", "Y"), ("b", "X") })
            book.Note("home", new NodeKey("home", node), reason, false, "", default);
        Assert.Equal(3, book.Take(TimeSpan.Zero).Length);
        Assert.Empty(book.Take(Minute));
    }
}
