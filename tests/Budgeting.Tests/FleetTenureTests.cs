using System.Collections.Immutable;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class FleetTenureTests
{
    private static readonly ControlPolicy Policy = new() { Budget = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(100) } };

    [Theory]
    [InlineData(0ul, 0u, 1ul)]
    [InlineData(7ul, 0u, 8ul)]
    [InlineData(7ul, 3u, 8ul)]
    [InlineData(7ul, 12u, 12ul)]
    [InlineData(0ul, 5u, 5ul)]
    public void Epoch_MemoryAndTerm_IsNewerThanBoth(ulong remembered, uint term, ulong counter)
    {
        var tenure = new FleetTenure(Memory(remembered), 9, TimeSpan.Zero, new TenureTerm(term, false));

        Assert.Equal((counter << 20) | 9, tenure.Epoch);
    }

    [Fact]
    public void Epoch_LaterTermWithoutAnyMemory_IsStillNewer()
    {
        var before = new FleetTenure(Memory(0), 0xFFFFF, TimeSpan.Zero, new TenureTerm(5, true));
        var after = new FleetTenure(Memory(0), 0, TimeSpan.Zero, new TenureTerm(6, true));

        Assert.True(after.Epoch > before.Epoch);
    }

    [Fact]
    public void See_NewerEpochAfterTheHold_FencesAlsoAnElectedOne()
    {
        var tenure = new FleetTenure(Memory(7), 1, TimeSpan.Zero, new TenureTerm(3, false));

        tenure.See(99ul << 20, isRemembered: true, Policy, TimeSpan.FromSeconds(30));

        Assert.True(tenure.IsFenced);
    }

    [Theory]
    [InlineData(true, 8ul, true)]
    [InlineData(true, 7ul, false)]
    [InlineData(false, 8ul, false)]
    public void See_StrangerOfATermThatIsNotRemembered_MakesItTheSmallerSide(bool isUncertain, ulong epoch, bool isMinority)
    {
        var tenure = new FleetTenure(Memory(7), 1, TimeSpan.Zero, new TenureTerm(3, isUncertain));

        tenure.See(epoch << 20, isRemembered: false, Policy, TimeSpan.FromSeconds(1));
        tenure.Count([], Policy, TimeSpan.FromSeconds(1));

        Assert.Equal(isMinority, tenure.IsMinority);
    }

    private static ControlMemory Memory(ulong counter) => counter == 0
        ? ControlMemory.Empty
        : new ControlMemory(counter << 20, ImmutableSortedDictionary<NodeName, RememberedNode>.Empty.Add(NodeName.Parse("um890"), new RememberedNode(Power.FromWatts(20), Power.FromWatts(65))));
}
