using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Aggregator.Labels.Tests;

public sealed class EfficiencyGradesTests
{
    [Theory]
    [InlineData("7", "b")]
    [InlineData("7,9", "ca")]
    [InlineData("1,2,3", "cba")]
    [InlineData("5,5,5,5", "bbbb")]
    [InlineData("1,2,3,4,5,6", "ccbbaa")]
    [InlineData("0,0,9", "bba")]
    public void Of_Scores_ArePlacedInTerciles(string scores, string grades)
    {
        var all = scores.Split(',').Select(score => double.Parse(score, System.Globalization.CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(grades, string.Concat(all.Select(score => new EfficiencyGrades(all).Of(score, null))));
    }

    [Fact]
    public void Of_ScoreNearItsNeighbour_KeepsItsGrade()
    {
        var grades = new EfficiencyGrades([10, 20, 29.5, 30, 40, 50]);
        Assert.Equal("c", new EfficiencyGrades([10, 20, 30, 40, 50, 60]).Of(20, null));
        Assert.Equal("b", grades.Of(29.5, "b"));
        Assert.Equal("b", grades.Of(29.5, "c"));
        Assert.Equal("c", new EfficiencyGrades([10, 29.5, 29, 40, 50, 60]).Of(29.5, "c"));
    }

    [Fact]
    public void Of_AnyScores_AnExistingGradeIsKeptByNoiseBelowTheHysteresis() => Check.QuickThrowOnFailure(Prop.ForAll((int seed) =>
    {
        var pick = new Random(seed);
        var scores = Enumerable.Range(0, pick.Next(1, 9)).Select(i => Math.Pow(1.2, i)).ToArray();
        foreach (var score in scores)
        {
            var grade = new EfficiencyGrades(scores).Of(score, null);
            var noisy = scores.Select(one => one * (1 + 0.02 * (pick.NextDouble() - 0.5))).ToArray();
            var index = Array.IndexOf(scores, score);
            Assert.Equal(grade, new EfficiencyGrades(noisy).Of(noisy[index], grade));
        }
    }));
}
