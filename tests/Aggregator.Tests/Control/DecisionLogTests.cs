using System.Text;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;
using Microsoft.Extensions.Logging.Abstractions;

namespace Homelab.Aggregator.Tests.Control;

public sealed class DecisionLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-").FullName;
    private readonly ManualClock _time = Sample.Clock();

    private string Newest => Path.Combine(_folder, "decisions.jsonl");

    [Fact]
    public async Task Add_Decisions_AreOnDiskAfterAStop()
    {
        await WithLogAsync(log => log.Add([Cut("rk1-2", 1), Cut("um890", 2)]));

        var read = Open().Read(null, DateTimeOffset.MinValue, 10);

        Assert.Equal([Cut("rk1-2", 1), Cut("um890", 2)], read);
    }

    [Fact]
    public async Task Add_WhileItRuns_IsOnDiskASecondLaterAndReadableAtOnce()
    {
        using var log = Open();
        await log.StartAsync(default);
        log.Add([Cut("rk1-2", 1)]);

        Assert.Single(log.Read(Sample.Node("rk1-2"), DateTimeOffset.MinValue, 10));
        await _time.DriveAsync(() => File.Exists(Newest) && File.ReadAllText(Newest).Length > 0, DecisionLog.Pace);
        await log.StopAsync(default).InTime();
        Assert.Contains("\"rk1-2\"", File.ReadAllText(Newest), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Read_NodeTimeAndLimit_Choose()
    {
        await WithLogAsync(log => log.Add([Cut("a", 1), Cut("b", 2), Cut("a", 3), Cut("a", 4)]));
        var log = Open();

        Assert.Equal([1, 3, 4], log.Read(Sample.Node("a"), DateTimeOffset.MinValue, 10).Select(each => each.At.Minute));
        Assert.Equal([3, 4], log.Read(Sample.Node("a"), Cut("a", 2).At, 10).Select(each => each.At.Minute));
        Assert.Equal([4], log.Read(null, DateTimeOffset.MinValue, 1).Select(each => each.At.Minute));
    }

    [Fact]
    public async Task Start_TornLastLine_IsDroppedAndTheNextIsWhole()
    {
        await WithLogAsync(log => log.Add([Cut("a", 1)]));
        File.AppendAllText(Newest, "{\"at\":\"2026-11-21T18:02:00.000+00:00\",\"node\":\"b\",\"ki");
        Assert.Single(Open().Read(null, DateTimeOffset.MinValue, 10));

        await WithLogAsync(log => log.Add([Cut("c", 3)]));

        Assert.Equal(["a", "c"], Open().Read(null, DateTimeOffset.MinValue, 10).Select(each => each.Node!.Value.Value));
        Assert.EndsWith("}\n", File.ReadAllText(Newest), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("rubbish")]
    [InlineData("{}")]
    [InlineData("{\"at\":\"no time\",\"kind\":\"cut\",\"reason\":\"\"}")]
    [InlineData("{\"at\":\"2026-11-21T18:02:00Z\",\"kind\":\"cut\",\"reason\":\"\",\"to\":1e300}")]
    [InlineData("null")]
    public void Read_LineThatIsNoDecision_IsLeftOut(string line)
    {
        File.WriteAllBytes(Newest, [.. Encoding.UTF8.GetBytes(line + "\n"), 0xff, 0xfe, (byte)'\n', .. DecisionFormat.Write(Cut("a", 1))]);

        Assert.Equal("a", Assert.Single(Open().Read(null, DateTimeOffset.MinValue, 10)).Node!.Value.Value);
    }

    [Fact]
    public void Append_FullFile_IsTurnedAndBothStayBounded()
    {
        var files = new DecisionFiles(_folder);
        var line = DecisionFormat.Write(Cut("a", 1) with { Reason = new string('x', 100_000) });
        for (var i = 0; i < 100; i++)
            files.Append(line);

        Assert.All(Directory.GetFiles(_folder), file => Assert.InRange(new FileInfo(file).Length, 1, DecisionFiles.MostBytes));
        Assert.Equal(2, Directory.GetFiles(_folder).Length);
        Assert.InRange(files.Lines().Count(), 21, 41);
    }

    [Fact]
    public async Task Add_DiskThatTakesNothing_KeepsThemAndWritesThemLater()
    {
        Directory.Delete(_folder);
        using var log = Open();
        await log.StartAsync(default);
        log.Add([Cut("a", 1)]);
        _time.Advance(DecisionLog.Pace);
        Directory.CreateDirectory(_folder);
        await log.StopAsync(default).InTime();

        Assert.Single(Open().Read(null, DateTimeOffset.MinValue, 10));
    }

    [Fact]
    public void Format_Decision_RoundTrips()
    {
        var fleet = new Decision(new DateTimeOffset(2026, 11, 21, 18, 3, 0, TimeSpan.FromHours(1)), null, "budget", Power.FromWatts(100), Power.FromWatts(80), "schedule \"peak\"\n");

        Assert.Equal(fleet, DecisionFormat.Read(DecisionFormat.Write(fleet).AsSpan()[..^1]));
        Assert.Single(DecisionFormat.Write(fleet), (byte)'\n');
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private static Decision Cut(string node, int minute) => new(
        new DateTimeOffset(2026, 11, 21, 18, minute, 0, TimeSpan.Zero), Sample.Node(node), "cut", Power.FromWatts(14), Power.FromWatts(9.5), "lowest priority");

    private DecisionLog Open() => new(new DecisionFiles(_folder), _time, NullLogger<DecisionLog>.Instance);

    private async Task WithLogAsync(Action<DecisionLog> use)
    {
        using var log = Open();
        await log.StartAsync(default);
        use(log);
        await log.StopAsync(default).InTime();
    }
}
