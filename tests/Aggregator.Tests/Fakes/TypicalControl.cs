using System.Collections.Immutable;
using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;
using Homelab.Units;

namespace Homelab.Aggregator.Tests.Fakes;

/// <summary>The typical fleet while a peak schedule bites: one node is cut, one is only watched, one is silent.</summary>
internal static class TypicalControl
{
    public static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    public static FleetSnapshot Snapshot() => TypicalFleet.Snapshot() with { Control = View() };

    public static ControlView View()
    {
        static Power W(double watts) => Power.FromWatts(watts);
        var state = new FleetControl(
            ControlMode.Cap, (7ul << 20) + 5, W(80), W(2.5), W(0.5),
            [new GroupControl("fleet", W(80), W(70), W(68.5), W(73.75), true, false), new GroupControl("tp2", W(30), W(28.5), W(20), W(12.25), true, false)],
            [
                new NodeControl(Sample.Node("pi4"), NodeStanding.Silent, W(7), W(7), W(7), W(5), W(7), W(3), W(7), "silent since 11:58; its watts stay reserved"),
                new NodeControl(Sample.Node("rk1-1"), NodeStanding.Observing, null, null, W(13), null, W(13), W(13), W(13), "its agent does not enforce"),
                new NodeControl(Sample.Node("um890"), NodeStanding.Held, W(48.5), W(48.375), W(48.5), W(30), W(65), W(14), W(65), "the budget is shared by demand; 61.5 → 48.5 W"),
            ],
            [new ControlAlarm("silent", Sample.Node("pi4"), "no report for 2 minutes", Noon.AddMinutes(-2))],
            [new ShutdownProposal(Sample.Node("pi4"), W(7), "lowest priority")]);
        Decision[] recent = [new(Noon, null, "budget", W(100), W(80), "schedule 'peak'"), new(Noon, Sample.Node("um890"), "cut", W(61.5), W(48.5), "fleet at 73.8 W of 80 W")];
        var words = ImmutableSortedDictionary.Create<string, long>(StringComparer.Ordinal);
        var counts = new ControlCounts(
            words.Add("cut", 3).Add("raise", 2).Add("renew", 120), words.Add("budget", 1).Add("cut", 3),
            ImmutableSortedDictionary<ActuationKey, long>.Empty.Add(new ActuationKey(Sample.Node("um890"), "rapl:package-0", ApplyOutcome.Adjusted), 5),
            DelayHistogram.Empty.Add(TimeSpan.FromMicroseconds(40)), DelayHistogram.Empty.Add(TimeSpan.FromMilliseconds(3)));
        var leases = ImmutableSortedDictionary<NodeName, NodeLease>.Empty.Add(Sample.Node("um890"), new NodeLease(LeaseStanding.Live, ApplyOutcome.Adjusted, "1/8 W steps"));
        var orders = new StandingOrders([new BudgetOverride("tp2", W(30), Noon.AddHours(2))], null, false);
        var tree = new BudgetGroup { Name = "fleet", Limit = W(80) };
        return new ControlView(state, new EffectiveBudget(new ControlPolicy { Budget = tree }, Noon.AddHours(8), "schedule peak until 20:00"), orders, leases, [.. recent], counts, "")
        {
            Clusters = ImmutableSortedDictionary<NodeName, string>.Empty.Add(Sample.Node("um890"), "home"),
        };
    }
}
