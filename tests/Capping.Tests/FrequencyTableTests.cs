using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

public sealed class FrequencyTableTests
{
    private static readonly double[] Speeds = [0.2, 0.4, 0.6, 0.8, 1];

    [Fact]
    public void Upper_NodeThatWasBusyWhenItsRestWasGuessed_LearnsItsLowPoints()
    {
        var table = Taught(new FrequencyTable(Speeds, W(105), W(105)), 0, W(43));
        Assert.Equal(43, table.Upper(0).Watts, 1);
        Assert.InRange(table.Upper(1).Watts, 44, 90);
    }

    [Fact]
    public void Upper_BeforeAnythingIsLearned_LiesOnTheLineFromRestToPeak()
    {
        var table = new FrequencyTable(Speeds, W(2), W(12));
        Assert.Equal([W(4), W(6), W(8), W(10), W(12)], Enumerable.Range(0, 5).Select(table.Upper));
    }

    [Theory]
    [InlineData(100, 4)]
    [InlineData(12, 4)]
    [InlineData(11.9, 3)]
    [InlineData(4, 0)]
    [InlineData(1, 0)]
    public void Largest_OfACap_IsTheHighestPointBelowIt(double cap, int expected) =>
        Assert.Equal(expected, new FrequencyTable(Speeds, W(2), W(12)).Largest(W(cap)));

    [Fact]
    public void Learn_FullLoad_ReplacesTheModelAtThatPoint()
    {
        var table = Taught(new FrequencyTable(Speeds, W(2), W(12)), 2, W(5));
        Assert.True(table.IsLearned(2));
        Assert.Equal(5, table.Upper(2).Watts, 2);
        Assert.Equal(W(12), table.Upper(4));
    }

    [Fact]
    public void Learn_ADrawAboveTheModel_RaisesWhatLiesAboveToo()
    {
        var table = Taught(new FrequencyTable(Speeds, W(2), W(12)), 3, W(30));
        Assert.True(table.Upper(3) >= W(30));
        Assert.True(table.Upper(4) > table.Upper(3));
    }

    [Fact]
    public void Learn_PartialUse_IsCarriedToFullLoad()
    {
        var table = Taught(new FrequencyTable(Speeds, W(2), W(12)), 4, W(10), use: 0.8);
        Assert.Equal(12, table.Upper(4).Watts, 2);
    }

    [Fact]
    public void Learn_AnIdleNode_TeachesNothingAboutFullLoad()
    {
        var table = Taught(new FrequencyTable(Speeds, W(2), W(12)), 4, W(3), use: 0.5);
        Assert.False(table.IsLearned(4));
        Assert.Equal(W(12), table.Upper(4));
    }

    [Fact]
    public void Learn_QuietMoments_TeachesIdle()
    {
        var table = Taught(new FrequencyTable(Speeds, W(6), W(12)), 0, W(3), use: 0.02, times: 60);
        Assert.Equal(3, table.Idle.Watts, 1);
    }

    [Fact]
    public void Learn_OneHeavyMoment_IsForgottenSlowly()
    {
        var table = Taught(new FrequencyTable(Speeds, W(2), W(12)), 2, W(7));
        Taught(table, 2, W(5), times: 5);
        Assert.True(table.Upper(2) > W(6.5));
        Taught(table, 2, W(5), times: 300);
        Assert.Equal(5, table.Upper(2).Watts, 1);
    }

    [Fact]
    public void Calibrated_AllPoints_AreAsGiven()
    {
        Power[] uppers = [W(3), W(4), W(5), W(7), W(9)];
        var table = new FrequencyTable(Speeds, W(2), uppers);
        Assert.Equal(uppers, Enumerable.Range(0, 5).Select(table.Upper));
    }

    /// <summary>Whatever is learned, in whatever order: a higher clock never costs less, and never less than what was last seen there.</summary>
    [Fact]
    public void Upper_AfterAnyLessons_IsMonotone() => Check.QuickThrowOnFailure(Prop.ForAll(Lessons(), lessons =>
    {
        var table = new FrequencyTable(Speeds, W(2), W(12));
        foreach (var lesson in lessons)
        {
            table.Learn(lesson.Point, W(lesson.Watts / 10.0), lesson.Use / 100.0);
            for (var i = 1; i < table.Count; i++)
                Assert.True(table.Upper(i) >= table.Upper(i - 1), $"{i}: {table.Upper(i - 1)} then {table.Upper(i)}");
            if (table.IsLearned(lesson.Point) && lesson.Use >= 80)
                Assert.True(table.Upper(lesson.Point) >= W(lesson.Watts / 10.0) - new Power(2));
        }
    }));

    /// <summary>A convex machine (P = idle + k·s³) below its model is never underestimated, however little of it was seen.</summary>
    [Fact]
    public void Upper_OfAConvexMachine_IsNeverBelowIt() => Check.QuickThrowOnFailure(Prop.ForAll(Lessons(), lessons =>
    {
        var table = new FrequencyTable(Speeds, W(2), W(12));
        static Power Truth(double speed) => W(2 + (8 * Math.Pow(speed, 3)));
        foreach (var lesson in lessons)
            table.Learn(lesson.Point, Truth(Speeds[lesson.Point]), 1);
        for (var i = 0; i < table.Count; i++)
            Assert.True(table.Upper(i) + new Power(2) >= Truth(Speeds[i]), $"{i}: {table.Upper(i)}");
    }));

    private static Arbitrary<Lesson[]> Lessons() => Arb.From(Gen.ArrayOf(
        from point in Gen.Choose(0, 4)
        from watts in Gen.Choose(10, 300)
        from use in Gen.Choose(0, 100)
        select new Lesson(point, watts, use)));

    private sealed record Lesson(int Point, int Watts, int Use);

    private static FrequencyTable Taught(FrequencyTable table, int point, Power watts, double use = 1, int times = FrequencyTable.SamplesToLearn)
    {
        for (var i = 0; i < times; i++)
            table.Learn(point, watts, use);
        return table;
    }

    private static Power W(double watts) => Power.FromWatts(watts);
}
