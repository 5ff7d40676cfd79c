using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Orders;

public sealed class StandingOrdersTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 18, 0, 0, TimeSpan.Zero);

    [Fact]
    public void With_SecondOverrideOfAGroup_ReplacesTheFirst()
    {
        var orders = StandingOrders.None.With(Over("fleet", 80, 1)).With(Over("a", 10, 1)).With(Over("fleet", 70, 2));

        Assert.Equal([("a", 10.0), ("fleet", 70.0)], orders.Overrides.Select(each => (each.Group, each.Limit.Watts)));
    }

    [Fact]
    public void At_OverrideThatIsOver_IsDropped()
    {
        var orders = StandingOrders.None.With(Over("fleet", 80, 1)).With(Over("tp2", 30, 2));

        Assert.Same(orders, orders.At(Now.AddMinutes(59)));
        Assert.Equal("tp2", Assert.Single(orders.At(Now.AddHours(1)).Overrides).Group);
    }

    [Fact]
    public void Without_Group_LeavesTheOthers()
    {
        var orders = StandingOrders.None.With(Over("fleet", 80, 1)).With(Over("tp2", 30, 2));

        Assert.Equal("fleet", Assert.Single(orders.Without("tp2").Overrides).Group);
        Assert.Empty(orders.Without(null).Overrides);
        Assert.Same(orders, orders.Without("nowhere"));
    }

    private static BudgetOverride Over(string group, double watts, int hours) => new(group, Power.FromWatts(watts), Now.AddHours(hours));
}
