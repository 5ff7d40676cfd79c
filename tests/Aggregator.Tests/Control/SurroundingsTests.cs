using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Control;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Control;

public sealed class SurroundingsTests
{
    private static readonly NodeName Nas = NodeName.Parse("nas"), Other = NodeName.Parse("rk1-1");
    private static readonly ImmutableSortedDictionary<NodeName, string> InMac = ImmutableSortedDictionary<NodeName, string>.Empty.Add(Nas, "mac");

    [Fact]
    public void Hear_BatteryThenMains_EndsOnlyAfterFiveMinutesOfMains()
    {
        var around = Around();
        Assert.NotNull(around.Hear(Nas, true, At(0)));
        Assert.Null(around.Hear(Nas, true, At(1)));
        Assert.Null(around.Hear(Nas, false, At(10)));
        // The mains fail again: what was waited so far does not count.
        Assert.Null(around.Hear(Nas, true, At(200)));
        Assert.Null(around.Hear(Nas, false, At(210)));
        Assert.Null(around.Hear(Nas, false, At(509)));
        Assert.Equal(Nas, Assert.Single(around.OnBattery));
        Assert.NotNull(around.Hear(Nas, false, At(510)));
        Assert.Empty(around.OnBattery);
    }

    [Fact]
    public void Hear_NothingSaidOrStreamEnded_LastWordStands()
    {
        var around = Around();
        around.Hear(Nas, true, At(0));
        around.Hear(Nas, false, At(10));
        around.Hear(Nas, null, At(200));
        around.Hear(Nas, false, At(400));
        around.Leave(Nas);
        Assert.Null(around.Hear(Nas, false, At(900)));
        Assert.Equal(Nas, Assert.Single(around.OnBattery));
        Assert.True(around.Forget(Nas, At(901).Wall));
        Assert.Empty(around.OnBattery);
    }

    [Fact]
    public void Hear_NodeThatIsNotAsked_ChangesNothing()
    {
        var around = Around();
        Assert.Null(around.Hear(Other, true, At(0)));
        Assert.Empty(around.OnBattery);
        Assert.True(around.IsStored);
    }

    [Fact]
    public void OnBattery_TellerNoLongerConfigured_HasNoSay() =>
        Assert.Empty(new Surroundings(Settings() with { SupplyTellers = [] }, FleetSight.Empty with { OnBattery = [Nas] }, FleetSight.Empty, At(0).Wall).OnBattery);

    [Theory]
    [InlineData(0, true)]
    [InlineData(86_400, true)]
    [InlineData(86_401, false)]
    [InlineData(-1, false)] // The clock went back: how long ago that was, nobody knows.
    public void Seen_AfterARestart_IsByTheAgeOfWhatWasSeen(double age, bool isSeen)
    {
        var stored = FleetSight.Empty with { Places = InMac, SeenAt = FleetSight.Empty.SeenAt.Add("mac", At(0).Wall) };
        var around = new Surroundings(Settings(), stored, stored, At(age).Wall);
        var group = around.Fill(Settings().Policy.Budget).Groups[0];

        Assert.Equal(!isSeen, group.IsUnseen);
        // It draws from where it stood, however long ago that was.
        Assert.Equal(Nas, Assert.Single(group.Members));
    }

    [Fact]
    public void Seen_ClusterThatStaysAway_IsNoLongerAfterADay()
    {
        var stored = FleetSight.Empty with { Places = InMac, SeenAt = FleetSight.Empty.SeenAt.Add("mac", At(0).Wall) };
        var around = new Surroundings(Settings(), stored, stored, At(86_340).Wall);
        Assert.Contains("mac", around.Seen);

        around.Place(ClusterSight.Nothing, At(86_350).Wall);
        Assert.Contains("mac", around.Seen);
        around.Place(ClusterSight.Nothing, At(86_420).Wall);

        Assert.DoesNotContain("mac", around.Seen);
    }

    [Fact]
    public void Forget_NodeThatLeftItsCluster_LeavesItsGroup()
    {
        var stored = FleetSight.Empty with { Places = InMac, SeenAt = FleetSight.Empty.SeenAt.Add("mac", At(0).Wall) };
        var around = new Surroundings(Settings(), stored, stored, At(5).Wall);

        around.Forget(Nas, At(6).Wall);
        around.Place(new ClusterSight(ImmutableSortedDictionary<NodeName, string>.Empty, ["mac"], ["mac"]), At(7).Wall);

        Assert.Empty(around.Fill(Settings().Policy.Budget).Groups[0].Members);
        Assert.Empty(around.ToStore.Places);
    }

    [Fact]
    public void Place_NodeFoundElsewhere_ReplacesWhatIsRemembered()
    {
        var stored = FleetSight.Empty with { Places = InMac, SeenAt = FleetSight.Empty.SeenAt.Add("mac", At(0).Wall) };
        var around = new Surroundings(Settings(), stored, stored, At(5).Wall);
        around.Place(new ClusterSight(InMac.SetItem(Nas, "pi"), ["pi"], ["pi"]), At(6).Wall);

        Assert.Equal("pi", around.Places[Nas]);
        Assert.Empty(around.Fill(Settings().Policy.Budget).Groups[0].Members);
        Assert.False(around.IsStored);
        Assert.Empty(around.ToStore.Places);
    }

    [Fact]
    public void ToStore_SteadySight_IsStoredOnceAnHour()
    {
        var around = Around();
        var sight = new ClusterSight(InMac, ["mac"], ["mac"]);
        var stores = 0;
        for (var second = 0; second < 3 * 3600; second += 10)
        {
            around.Place(sight, At(second).Wall);
            if (around.IsStored)
                continue;
            stores++;
            around.NoteStored(around.ToStore);
        }
        Assert.Equal(3, stores);
    }

    [Fact]
    public void ToStore_ClusterAwayWhileWeLive_KeepsTheAgeItHas()
    {
        var around = Around();
        around.Place(new ClusterSight(InMac, ["mac"], ["mac"]), At(0).Wall);
        around.Place(new ClusterSight(InMac, ["mac"], []), At(90_000).Wall);

        Assert.Equal(At(0).Wall, around.ToStore.SeenAt["mac"]);
    }

    private static Surroundings Around() => new(Settings(), FleetSight.Empty, FleetSight.Empty, At(0).Wall);

    private static Moment At(double seconds) => new(TypicalControl.Noon.AddSeconds(seconds), TimeSpan.FromHours(1) + TimeSpan.FromSeconds(seconds));

    private static ControlSettings Settings()
    {
        var tree = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(90), Groups = [new BudgetGroup { Name = "mac", Limit = Power.FromWatts(40), Cluster = "mac" }] };
        var policy = new ControlPolicy { Budget = tree };
        return new ControlSettings(policy, BudgetCalendar.Of(policy), ImmutableSortedDictionary<NodeName, NodeSettings>.Empty) { SupplyTellers = [Nas] };
    }
}
