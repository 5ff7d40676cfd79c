using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class FleetBalanceTests
{
    private static readonly BudgetPolicy Policy = new(Power.FromWatts(100));

    [Fact]
    public void Of_NoNodes_IsUnknownWithoutFigures()
    {
        var balance = FleetBalance.Of([], Policy, FleetState.Ok);

        Assert.Equal(new FleetBalance(null, null, Policy.Budget, null, FleetState.Unknown, 0, 0), balance);
        Assert.False(balance.IsOverBudget);
    }

    [Fact]
    public void Of_NoNodeReports_PowerIsAbsentNotZero()
    {
        var balance = FleetBalance.Of([Absent, Absent], Policy, FleetState.Critical);

        Assert.Null(balance.Power);
        Assert.Null(balance.Headroom);
        Assert.Equal(FleetState.Unknown, balance.State);
        Assert.Equal(2, balance.Missing);
    }

    [Fact]
    public void Of_SomeNodesMissing_SumsTheRestAndCountsThem()
    {
        var balance = FleetBalance.Of([Draw(40), Absent, Draw(19.5)], Policy, FleetState.Ok);

        Assert.Equal(Power.FromWatts(59.5), balance.Power);
        Assert.Equal(Power.FromWatts(40.5), balance.Headroom);
        Assert.Equal((2, 1), (balance.Reporting, balance.Missing));
    }

    [Theory]
    [InlineData(89.9, "ok")]
    [InlineData(90, "elevated")]
    [InlineData(100, "elevated")]
    [InlineData(100.1, "critical")]
    public void Of_RisingFromOk_ChangesAtTheThresholds(double watts, string state) =>
        Assert.Equal(state, FleetBalance.Of([Draw(watts)], Policy, FleetState.Ok).State.Word());

    [Theory]
    [InlineData("Elevated", 87.1, "elevated")]
    [InlineData("Elevated", 86.9, "ok")]
    [InlineData("Critical", 97.1, "critical")]
    [InlineData("Critical", 96.9, "elevated")]
    [InlineData("Critical", 87.1, "elevated")]
    [InlineData("Critical", 86.9, "ok")]
    [InlineData("Unknown", 89.9, "ok")]
    public void Of_FallingFromARaisedState_ClearsOnlyBelowTheHysteresis(string previous, double watts, string state) =>
        Assert.Equal(state, FleetBalance.Of([Draw(watts)], Policy, Enum.Parse<FleetState>(previous)).State.Word());

    [Fact]
    public void Of_NodesOfOneSource_TheirErrorsAddUp()
    {
        var balance = FleetBalance.Of([Draw(10, 0.3, "model:rk1"), Draw(10, 0.3, "model:rk1")], Policy, FleetState.Ok);

        Assert.Equal(0.3, balance.Uncertainty!.Value, 9);
    }

    [Fact]
    public void Of_NodesOfTwoSources_TheirErrorsCombineAsRootOfSquares()
    {
        var balance = FleetBalance.Of([Draw(30, 0.1, "rapl-package"), Draw(10, 0.4, "model:pi4")], Policy, FleetState.Ok);

        Assert.Equal(5.0 / 40, balance.Uncertainty!.Value, 9);
    }

    [Fact]
    public void Of_DrawsBeyondTheRange_Saturates()
    {
        var most = new NodeDraw(new Power(long.MaxValue), 1, "x");

        Assert.Equal(new Power(long.MaxValue), FleetBalance.Of([most, most], Policy, FleetState.Ok).Power);
        var least = new NodeDraw(new Power(long.MinValue), 1, "x");
        Assert.Equal(new Power(long.MaxValue), FleetBalance.Of([least], Policy, FleetState.Ok).Headroom);
    }

    [Fact]
    public void Of_AnyOrder_GivesTheSameBalance() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Fleets, draws =>
            FleetBalance.Of(draws, Policy, FleetState.Ok) == FleetBalance.Of([.. draws.Reverse()], Policy, FleetState.Ok) with { Uncertainty = FleetBalance.Of(draws, Policy, FleetState.Ok).Uncertainty }));

    [Fact]
    public void Of_AnyFleet_PowerAndHeadroomAddUpToTheBudget() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Fleets, draws =>
        {
            var balance = FleetBalance.Of(draws, Policy, FleetState.Ok);
            return balance.Reporting + balance.Missing == draws.Length
                && (balance.Power is null) == (balance.Reporting == 0)
                && (balance.Power is not { } power || power + balance.Headroom!.Value == Policy.Budget);
        }));

    [Fact]
    public void Of_ANodeOfACountedMachine_ReportsAndAddsNothing()
    {
        var alone = FleetBalance.Of([Draw(40)], Policy, FleetState.Ok);
        var shared = FleetBalance.Of([Draw(40), Draw(39) with { IsRepeated = true }, Absent with { IsRepeated = true }], Policy, FleetState.Ok);

        Assert.Equal(alone with { Reporting = 2 }, shared);
        Assert.Equal(0, shared.Missing);
    }

    [Fact]
    public void Of_AnyFleet_UncertaintyIsBetweenIndependentAndFullyCorrelated() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Fleets, draws =>
        {
            var balance = FleetBalance.Of(draws, Policy, FleetState.Ok);
            if (balance.Power is not { Microwatts: > 0 } power)
                return true;
            var errors = draws.Where(draw => draw.Watts is not null).Select(draw => draw.Watts!.Value.Watts * draw.Uncertainty).ToArray();
            var independent = Math.Sqrt(errors.Sum(error => error * error)) / power.Watts;
            var correlated = errors.Sum() / power.Watts;
            return balance.Uncertainty >= independent - 1e-9 && balance.Uncertainty <= correlated + 1e-9;
        }));

    [Fact]
    public void Of_TheSamePowerAgain_NeverChangesTheState() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Fleets, ArbMap.Default.ArbFor<byte>(), (draws, previous) =>
        {
            var first = FleetBalance.Of(draws, Policy, (FleetState)(previous % 4));
            return FleetBalance.Of(draws, Policy, first.State).State == first.State;
        }));

    [Fact]
    public void Of_AnotherNodeDrawing_NeverLowersTheState() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Fleets, ArbMap.Default.ArbFor<byte>(), (draws, watts) =>
        {
            var before = FleetBalance.Of(draws, Policy, FleetState.Ok).State;
            return FleetBalance.Of([.. draws, Draw(watts)], Policy, FleetState.Ok).State >= before;
        }));

    private static NodeDraw Absent => new(null, 1, "");

    private static Arbitrary<NodeDraw[]> Fleets
    {
        get
        {
            var draw = from milliwatts in Gen.Choose(0, 60_000)
                       from percent in Gen.Choose(0, 100)
                       from source in Gen.Elements("rapl-package", "model:rk1", "hwmon:ina3221", "")
                       from absent in Gen.Choose(0, 4)
                       select absent == 0 ? Absent : new NodeDraw(Power.FromMilliwatts(milliwatts), percent / 100.0, source);
            return Gen.ArrayOf(draw).ToArbitrary();
        }
    }

    private static NodeDraw Draw(double watts, double uncertainty = 0.1, string source = "rapl-package") =>
        new(Power.FromWatts(watts), uncertainty, source);
}
