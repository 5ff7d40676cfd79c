using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Fleet.Learned;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fleet.Learned;

public sealed class NodeLearningTests
{
    private readonly ManualClock _time = Sample.Clock();

    [Fact]
    public void Take_ANightAndAnEvening_IdleIsTheNightAndPeakTheEvening()
    {
        var record = Joined();
        Draw(record, 9, TimeSpan.FromHours(9));
        Draw(record, 60, TimeSpan.FromHours(1));

        var learned = View(record).Learned;

        Assert.Equal(9, learned.Idle!.Value.Watts, 0.09);
        Assert.Equal(60, learned.Peak!.Value.Watts, 0.6);
    }

    [Fact]
    public void Take_FirstHour_TellsNothingYet()
    {
        var record = Joined();
        Draw(record, 9, TimeSpan.FromMinutes(59));

        Assert.Equal(LearnedFigures.None, View(record).Learned);
    }

    /// <summary>A silence says nothing about what was drawn in it.</summary>
    [Fact]
    public void Take_ReportsWithSilencesBetween_CountForTwoIntervalsEach()
    {
        var record = Joined();
        for (var i = 0; i < 500; i++)
        {
            _time.Advance(TimeSpan.FromMinutes(5));
            Report(record, Sample.Report(9));
        }

        Assert.Null(View(record).Learned.Idle);
    }

    [Fact]
    public void Take_NodeWithoutAFigure_LearnsNothingOfIt()
    {
        var record = Joined();
        for (var i = 0; i < 2000; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            Report(record, Sample.Report(null) with { Power = new NodePower(Power.FromWatts(3), Provenance.None, "", PowerScope.Unknown, 0) });
        }

        Assert.Equal(LearnedFigures.None, View(record).Learned);
    }

    [Fact]
    public void Take_SourceThatSeesMore_LearnsAnewAndKeepsTheOld()
    {
        var record = Joined();
        Draw(record, 9, TimeSpan.FromHours(2));
        Draw(record, 14, TimeSpan.FromMinutes(30), "psys");
        Assert.Null(View(record).Learned.Idle);
        Draw(record, 14, TimeSpan.FromHours(1), "psys");
        Assert.Equal(14, View(record).Learned.Idle!.Value.Watts, 0.14);

        Draw(record, 9, TimeSpan.FromSeconds(2));

        Assert.Equal(9, View(record).Learned.Idle!.Value.Watts, 0.09);
    }

    [Fact]
    public void Take_AfterARestartFromTheFile_GoesOn()
    {
        var levels = new FleetLevels();
        Draw(Joined(levels), 9, TimeSpan.FromHours(2));
        var slots = new MemorySlots();
        new LevelsFile(slots).Store(levels.Write());

        var record = Joined(new LevelsFile(slots).Open().Levels);
        Report(record, Sample.Report(9));

        Assert.Equal(9, View(record).Learned.Idle!.Value.Watts, 0.09);
    }

    private static NodeRecord Joined(FleetLevels? levels = null)
    {
        var record = new NodeRecord(Sample.Node(), levels?[Sample.Node()]);
        record.Greet(new StreamNumber(1), Sample.Identity());
        return record;
    }

    private void Draw(NodeRecord record, double watts, TimeSpan time, string source = "rapl-package")
    {
        for (var left = time; left > TimeSpan.Zero; left -= TimeSpan.FromSeconds(2))
        {
            _time.Advance(TimeSpan.FromSeconds(2));
            var report = Sample.Report(watts);
            Report(record, report with { Power = report.Power with { Source = source } });
        }
    }

    private void Report(NodeRecord record, NodeReport report) => record.Take(report, Moment.Of(_time), TimeSpan.FromSeconds(1));

    private NodeSnapshot View(NodeRecord record) => record.View(Moment.Of(_time), TimeSpan.FromSeconds(1), null);
}
