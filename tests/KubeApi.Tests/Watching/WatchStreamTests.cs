using System.Text;
using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests.Watching;

public sealed class WatchStreamTests
{
    private static string Line(int i) =>
        "{\"type\":\"MODIFIED\",\"object\":{\"metadata\":{\"name\":\"node-" + i + "\",\"resourceVersion\":\"" + i + "\",\"uid\":\"" + new string('x', i * 37 % 9000) + "\"}}}\n";

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1_000_000)]
    public async Task Next_LinesInPiecesOfAnySize_ComeWhole(int piece)
    {
        var count = piece == 1 ? 20 : 300;
        using var stream = Stream(string.Concat(Enumerable.Range(0, count).Select(Line)), piece);
        for (var i = 0; i < count; i++)
        {
            var said = (await stream.NextAsync(Cluster.None))!.Value!;
            Assert.Equal(WatchKind.Modified, said.Kind);
            Assert.Equal($"node-{i}", said.Object.At("metadata").Text("name"));
        }
        Assert.Null(await stream.NextAsync(Cluster.None));
    }

    [Fact]
    public async Task Next_EndWithinALine_IsBrokenOff()
    {
        using var stream = Stream(Line(1)[..^5], 1000);
        Assert.Equal(KubeOutcome.Unreachable, (await stream.NextAsync(Cluster.None))!.Status.Outcome);
    }

    [Fact]
    public async Task Next_LineAboveTheLimit_IsGarbage()
    {
        using var stream = Stream(new string('x', 100_000), 5000);
        Assert.Equal(KubeOutcome.Garbage, (await stream.NextAsync(Cluster.None))!.Status.Outcome);
    }

    [Fact]
    public async Task Next_CallerGivesUp_IsCancelled()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();
        using var stream = Stream(Line(1), 1);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stream.NextAsync(cancelled.Token));
    }

    private static WatchStream Stream(string text, int piece) =>
        new(new HttpResponseMessage { Content = new StreamContent(new Pieces(Encoding.UTF8.GetBytes(text), piece)) }, 32_768, TimeSpan.FromMinutes(1), new ManualClock());

    /// <summary>A body that gives at most so many bytes at a time.</summary>
    private sealed class Pieces(byte[] all, int piece) : MemoryStream(all)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return base.ReadAsync(buffer[..Math.Min(buffer.Length, piece)], cancellationToken);
        }
    }
}
