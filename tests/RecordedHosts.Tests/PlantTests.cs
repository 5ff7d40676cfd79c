using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.RecordedHosts.Tests;

public sealed class PlantTests
{
    [Fact]
    public void Step_ConstantDemand_EnergyIsTheIntegralOfPower()
    {
        foreach (var machine in Machines.All)
        {
            var state = PlantState.Initial(machine);
            var sum = 0.0;
            for (var i = 0; i < 20_000; i++)
            {
                var next = Plant.Step(machine, state, 0.9, Limits.None(machine), TimeSpan.FromMilliseconds(1));
                sum += (state.Power.Watts + next.Power.Watts) / 2 * 0.001;
                state = next;
            }
            Assert.Equal(sum, state.Energy.Joules, sum * 1e-4);
            Assert.True(state.Energy.Joules > 20 * machine.Idle.Watts);
        }
    }

    [Fact]
    public void Step_AnyStepLength_SameEnergy() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, 100).ToArbitrary(), Gen.Choose(1, 40).ToArbitrary(), (percent, pieces) =>
        {
            var machine = Machines.Um890;
            var once = Machines.Run(machine, percent / 100.0, 2, step: 2);
            var often = Machines.Run(machine, percent / 100.0, 2, step: 2.0 / pieces);
            return Math.Abs(once.Energy.Joules - often.Energy.Joules) < 1e-3;
        }));

    [Fact]
    public void Step_AnyDemand_PowerStaysBetweenIdleAndBusy() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(-50, 150).NonEmptyListOf().ToArbitrary(), demands => Machines.All.All(machine =>
        {
            var state = PlantState.Initial(machine);
            foreach (var demand in demands)
            {
                state = Plant.Step(machine, state, demand / 100.0, Limits.None(machine), TimeSpan.FromMilliseconds(250));
                if (state.Power < machine.Idle || state.Power > machine.Busy + new Power(1))
                    return false;
            }
            return true;
        })));

    [Fact]
    public void Step_AnyDemand_TemperatureStaysBetweenAmbientAndSettled() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(0, 100).NonEmptyListOf().ToArbitrary(), Gen.Choose(1, 600).ToArbitrary(), (demands, seconds) => Machines.All.All(machine =>
        {
            var state = PlantState.Initial(machine);
            return demands.All(demand =>
            {
                state = Plant.Step(machine, state, demand / 100.0, Limits.None(machine), TimeSpan.FromSeconds(seconds));
                return state.Celsius >= machine.Ambient.Celsius && state.Celsius <= machine.SettledCelsius(machine.Busy) + 1e-6;
            });
        })));

    [Fact]
    public void Step_FullDemand_PowerReachesBusy()
    {
        foreach (var machine in Machines.All)
            Assert.Equal(machine.Busy.Watts, Machines.Run(machine, 1, 5).Power.Watts, 0.01);
    }

    [Fact]
    public void Step_PoorCooling_ThrottlesNearTheTripAndRecovers()
    {
        var machine = Machines.Rk1 with { CelsiusPerWatt = 5.3 };
        var hot = Machines.Run(machine, 1, 200);
        var throttled = 0;
        for (var i = 0; i < 400; i++)
        {
            hot = Machines.Run(machine, 1, 0.25, from: hot);
            Assert.InRange(hot.Celsius, 80, 88);
            throttled += hot.Clusters[1].Kilohertz < 2304000 ? 1 : 0;
        }
        Assert.InRange(throttled, 200, 400);
        Assert.True(hot.Pressure.Average60 > 1);
        Assert.Equal(0, Machines.Run(machine, 0.02, 300, from: hot).CoolingState);
    }

    [Fact]
    public void Step_GoodCooling_NeverThrottles() =>
        Assert.All(Machines.All, machine => Assert.Equal(0, Machines.Run(machine, 1, 600).CoolingState));

    [Fact]
    public void Step_FrequencyLimit_LowersFrequencyAndPower()
    {
        var machine = Machines.Rk1;
        var free = Machines.Run(machine, 1, 5);
        var limited = Machines.Run(machine, 1, 5, new Limits([1200000, 1300000, 1], []));
        Assert.Equal([1200000, 1200000, 408000], limited.Clusters.Select(cluster => cluster.Kilohertz));
        Assert.True(limited.Power.Watts < free.Power.Watts / 2);
        Assert.True(limited.Pressure.Average10 > 10);
    }

    [Fact]
    public void Step_PowerCap_KeepsPowerUnderIt() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(12, 60).ToArbitrary(), Gen.Choose(1, 100).ToArbitrary(), (watts, percent) =>
        {
            var machine = Machines.Um890;
            var cap = Power.FromWatts(watts);
            var free = Machines.Run(machine, percent / 100.0, 5);
            var state = Machines.Run(machine, percent / 100.0, 5, Capped(machine, cap, lag: 0.3));
            return state.Power.Watts <= watts + 0.01 && state.Ceiling.Watts <= watts + 0.01 && state.Power.Watts > 0.9 * Math.Min(watts, free.Power.Watts);
        }));

    [Fact]
    public void Step_CapLowered_PowerFollowsWithTheLimitsLag()
    {
        var machine = Machines.Um890;
        var state = Machines.Run(machine, 1, 5);
        var seconds = 0.0;
        for (; state.Power.Watts > 20 + (54 - 20) / Math.E; seconds += 0.01)
            state = Machines.Run(machine, 1, 0.01, Capped(machine, Power.FromWatts(20), lag: 0.4), step: 0.01, from: state);
        Assert.InRange(seconds, 0.4, 0.6);
    }

    [Fact]
    public void Step_TwoCaps_TheLowerHolds()
    {
        var machine = Machines.Um890;
        var limits = Limits.None(machine) with
        {
            Powers = [new PowerLimit("one", Power.FromWatts(30), TimeSpan.FromSeconds(0.1)), new PowerLimit("other", Power.FromWatts(22), TimeSpan.FromSeconds(0.1))],
        };
        Assert.InRange(Machines.Run(machine, 1, 5, limits).Power.Watts, 21, 22.01);
    }

    [Fact]
    public void Step_CapLifted_PowerComesBack()
    {
        var machine = Machines.Um890;
        var held = Machines.Run(machine, 1, 5, Capped(machine, Power.FromWatts(20), lag: 0.4));
        Assert.Equal(machine.Busy.Watts, Machines.Run(machine, 1, 5, from: held).Power.Watts, 0.1);
    }

    [Fact]
    public void Step_Capped_StillSaysWhatWasWanted()
    {
        var machine = Machines.Um890;
        var state = Machines.Run(machine, 1, 5, Capped(machine, Power.FromWatts(20), lag: 0.4));
        Assert.Equal(machine.Busy.Watts, state.Wanted.Watts, 0.1);
        Assert.True(state.Power.Watts < 20.01);
    }

    private static Limits Capped(MachineModel machine, Power cap, double lag) =>
        Limits.None(machine) with { Powers = [new PowerLimit("cap", cap, TimeSpan.FromSeconds(lag))] };

    [Fact]
    public void Step_HalfDemand_CountsBusyTime()
    {
        var state = Machines.Run(Machines.Pi4b, 0.5, 10);
        var cluster = Assert.Single(state.Clusters);
        Assert.Equal(TimeSpan.FromSeconds(10), state.Elapsed);
        Assert.Equal(10 * cluster.Busy, cluster.BusyTime.TotalSeconds, 1e-3);
        Assert.InRange(cluster.Busy, 0.5, 1);
        Assert.Equal(0, state.Pressure.Average10, 6);
    }

    [Fact]
    public void Step_DemoFleet_DrawsInterestingWatts()
    {
        (string Name, MachineModel Machine)[] fleet = [("um890", Machines.Um890), ("rk1-1", Machines.Rk1), ("rk1-2", Machines.Rk1.Instance(1)), ("rk1-3", Machines.Rk1.Instance(2)), ("pi4b", Machines.Pi4b)];
        var demands = fleet.Select(host => new Demand(1, host.Name)).ToArray();
        var states = fleet.Select(host => PlantState.Initial(host.Machine)).ToArray();
        var sums = new List<double>();
        var throttled = 0;
        for (var i = 0; i < 20 * 60 * 4; i++)
        {
            states = [.. states.Select((state, n) => Plant.Step(fleet[n].Machine, state, demands[n].At(state.Elapsed), Limits.None(fleet[n].Machine), TimeSpan.FromMilliseconds(250)))];
            sums.Add(states.Sum(state => state.Power.Watts));
            throttled += states[3].CoolingState > 0 ? 1 : 0;
        }
        Assert.InRange(sums.Average(), 45, 80);
        Assert.True(sums.Max() > 85, $"highest {sums.Max():F1} W");
        Assert.True(sums.Min() < 35, $"lowest {sums.Min():F1} W");
        Assert.True(throttled > 20, $"the dusty one was throttled in {throttled} of {sums.Count} steps at {sums.Average():F1} W on average, {sums.Max():F1} W at most");
    }
}
