using System.Globalization;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Cli;

/// <summary>What a node's figure lacks, and what would mend that.</summary>
/// <param name="Lack">One line: what is missing.</param>
/// <param name="Remedy">One line: a key of the configuration.</param>
internal sealed record PowerAdvice(string Lack, string Remedy)
{
    private const string OwnFigures = "power.idle and power.peak, read at a plug at rest and under full load";

    /// <summary>The best that the sensors there would give once their counters move; null where nothing would.</summary>
    public static string? OnTheMachine(Examination seen)
    {
        var plan = Plan(seen);
        if (Best(plan) is { } best)
            return string.Create(CultureInfo.InvariantCulture, $"measured (±{best.Uncertainty * 100:0} %) by {best.Source}, scope {best.Scope.Word()}");
        return plan.Utilization >= 0 && seen.Model is { } model
            ? string.Create(CultureInfo.InvariantCulture,
                $"modelled (±{model.Uncertainty * 100:0} %) by model:{model.Board}, {ValueText.Of(Quantity.Power, model.Idle.Microwatts)} at rest to {ValueText.Of(Quantity.Power, model.Max.Microwatts)} at full load")
            : null;
    }

    /// <summary>Null where nothing is to be had, or where a finding says already what opens the counters.</summary>
    public static PowerAdvice? For(Examination seen)
    {
        var plan = Plan(seen);
        var power = seen.Sample.Power;
        if (seen.Config.Options.PowerMeter is { Length: > 0 } meter && (plan.Meters.Length == 0 || plan.Meters[0].Source != "meter:" + meter))
            return new PowerAdvice($"power.meter names {meter}, and no sensor of that name tells watts: the figure goes without it", "power.meter: DEVICE/NAME of one that 'homelab-agent sensors' shows in watts");
        var isModelled = power.Watts is not null ? power is { Provenance: Provenance.Modelled } : Best(plan) is null && plan.Utilization >= 0;
        if (isModelled)
            return HasOpenable(seen) || power.Source.EndsWith("+learned", StringComparison.Ordinal) ? null : Unmetered(seen);
        var scope = power is { Watts: not null, Provenance: Provenance.Measured } ? power.Scope : power.Watts is null ? Best(plan)?.Scope : null;
        if (scope == PowerScope.Package)
            return new PowerAdvice("the figure is the processor's (and cards'): memory, disks, fans and the supply's loss are not in it", "power.remainder: what a plug shows at rest beyond it");
        return plan.Rails.Length > 0 && scope == PowerScope.Board && plan.Meters.Length == 0
            ? new PowerAdvice("the figure is of rails behind the board's regulator: USB, HATs, fan and the regulator's loss are not in it", Monitor("a monitor in the supply's wire"))
            : null;
    }

    private static PowerAdvice Unmetered(Examination seen)
    {
        var board = seen.Machine.Board;
        if (board.Contains("RK1", StringComparison.Ordinal))
            return new("neither this module nor the Turing Pi's BMC measures its power", Monitor("a monitor in its 12 V feed") + "; or " + OwnFigures);
        if (board.StartsWith("Raspberry Pi 5", StringComparison.Ordinal) || board.StartsWith("Raspberry Pi Compute Module 5", StringComparison.Ordinal))
            return new("only the firmware tells a Pi 5's rails, and there is no way to it here", Monitor("a monitor in the 5 V feed") + "; or " + OwnFigures);
        if (board.StartsWith("Raspberry Pi", StringComparison.Ordinal))
            return new("no model before the Pi 5 measures its power", Monitor("a monitor in the 5 V feed") + "; or " + OwnFigures);
        if (seen.Machine.Virtualization != "none")
            return new("a virtual machine has no meter", "run the agent on the hypervisor's host, which counts it");
        return new("nothing on this machine measures its power", seen.Machine.Architecture is "amd64" or "386" ? OwnFigures : Monitor("a monitor in its feed") + "; or " + OwnFigures);
    }

    private static string Monitor(string what) => $"{what}, i2c.monitors: ina226@BUS-0x40 shunt=2mOhm role=input";

    /// <summary>Whether a finding names counters that a fix would open.</summary>
    private static bool HasOpenable(Examination seen)
    {
        foreach (var (source, finding) in seen.Sample.Findings)
        {
            if (source is "powercap" or "perf" or "ipmi" or "i2c" or "raspberrypi" && finding is { Fix.Length: > 0, Kind: FindingKind.Missing or FindingKind.Denied or FindingKind.Broken })
                return true;
        }
        return false;
    }

    private static PowerPlan Plan(Examination seen) => PowerPlan.For(seen.Sample.Inventory.Sensors, seen.Config.Options.PowerMeter);

    /// <summary>Null for a model. A battery says something while it feeds the machine only.</summary>
    private static Expected? Best(PowerPlan plan)
    {
        foreach (var meter in plan.Meters)
        {
            if (meter.Source != "battery")
                return new Expected(meter.Source, meter.Scope, meter.Uncertainty);
        }
        var cards = plan.Cards.Length > 0 ? "+gpu" : "";
        return plan.Psys.Length > 0 ? Expected.Of(PowerHierarchy.Psys, "rapl-psys")
            : plan.Packages.Length > 0 ? Expected.Of(PowerHierarchy.Packages, "rapl-package" + cards)
            : plan.ApuPackages.Length > 0 ? Expected.Of(PowerHierarchy.Apu, "hwmon:amdgpu" + cards)
            : plan.Rails.Length > 0 ? Expected.Of(PowerHierarchy.Rails, plan.RailsSource)
            : null;
    }

    private sealed record Expected(string Source, PowerScope Scope, double Uncertainty)
    {
        public static Expected Of(PowerLevel level, string source) => new(source, level.Scope, level.Uncertainty);
    }
}
