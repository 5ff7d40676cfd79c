using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Fusion;

public class PowerHierarchyTests
{
    [Fact]
    public void Measured_Ranks_AreTheDeclaredOrder()
    {
        Assert.Equal([0, 1, 2, 3, 4], PowerHierarchy.Measured.Select(level => level.Rank));
        Assert.True(PowerHierarchy.Measured[^1].Rank < PowerHierarchy.StatedRank && PowerHierarchy.StatedRank < PowerHierarchy.ModelRank);
    }

    [Fact]
    public void Adds_OfEveryLevel_LieBesideEachOther()
    {
        foreach (var level in PowerHierarchy.Measured)
        {
            PowerPart[] summed = [level.Lead, .. level.Adds];
            Assert.All(summed, part => Assert.DoesNotContain(summed, other => part != other && PowerHierarchy.IsInside(part, other)));
        }
    }

    [Theory]
    [InlineData(nameof(PowerPart.Core), nameof(PowerPart.Package))]
    [InlineData(nameof(PowerPart.Uncore), nameof(PowerPart.Package))]
    [InlineData(nameof(PowerPart.PackageCopy), nameof(PowerPart.Package))]
    [InlineData(nameof(PowerPart.Apu), nameof(PowerPart.Package))]
    [InlineData(nameof(PowerPart.Core), nameof(PowerPart.Psys))]
    [InlineData(nameof(PowerPart.Package), nameof(PowerPart.Meter))]
    [InlineData(nameof(PowerPart.ClientMemory), nameof(PowerPart.Package))]
    [InlineData(nameof(PowerPart.Memory), nameof(PowerPart.Psys))]
    [InlineData(nameof(PowerPart.CardPart), nameof(PowerPart.Card))]
    [InlineData(nameof(PowerPart.Card), nameof(PowerPart.Meter))]
    [InlineData(nameof(PowerPart.Rails), nameof(PowerPart.Meter))]
    [InlineData(nameof(PowerPart.Rail), nameof(PowerPart.Rails))]
    public void IsInside_PartOfAWhole_IsFoundByAnyWay(string part, string whole)
    {
        Assert.True(PowerHierarchy.IsInside(Enum.Parse<PowerPart>(part), Enum.Parse<PowerPart>(whole)));
        Assert.False(PowerHierarchy.IsInside(Enum.Parse<PowerPart>(whole), Enum.Parse<PowerPart>(part)));
    }

    [Theory]
    [InlineData(nameof(PowerPart.Memory), nameof(PowerPart.Package))]
    [InlineData(nameof(PowerPart.Card), nameof(PowerPart.Package))]
    [InlineData(nameof(PowerPart.Card), nameof(PowerPart.Psys))]
    [InlineData(nameof(PowerPart.Rails), nameof(PowerPart.Package))]
    public void IsInside_PartBesideAnother_IsNot(string part, string other) =>
        Assert.False(PowerHierarchy.IsInside(Enum.Parse<PowerPart>(part), Enum.Parse<PowerPart>(other)));

    [Fact]
    public void Measured_BetterLevels_CoverMoreOrErrLess() =>
        Assert.All(PowerHierarchy.Measured.Zip(PowerHierarchy.Measured.Skip(1)), pair =>
            Assert.True(pair.First.Uncertainty <= pair.Second.Uncertainty || pair.Second.Scope == PowerScope.Board));
}
