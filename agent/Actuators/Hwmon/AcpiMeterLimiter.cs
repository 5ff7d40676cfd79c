using System.Globalization;

namespace Homelab.NodeAgent.Actuators.Hwmon;

/// <summary>The whole machine's limit in its ACPI power meter (ACPI000D): server boards, and the kernel bench.</summary>
/// <remarks>Source: <c>power1_cap</c>, Documentation/hwmon/acpi_power_meter.rst. The files are there only where firmware enforces a cap, or with the
/// module parameter <c>acpi_power_meter.force_cap_on=1</c>. A cap outside the range is EINVAL. Kernels
/// 6.1 and 6.12 keep the files, even <c>name</c>, on the device.</remarks>
internal sealed class AcpiMeterLimiter : IPowerLimiter
{
    private static readonly TimeSpan ShortestSettle = TimeSpan.FromSeconds(1);

    private readonly WattCap _cap;
    private ControlFailure? _failure;

    private AcpiMeterLimiter(string name, WattCap cap, TimeSpan settle)
    {
        _cap = cap;
        Info = new LimiterInfo(name, "acpi-meter", LimiterKind.Watts, LimiterDomain.Machine, [], settle);
    }

    public LimiterInfo Info { get; }

    public static IEnumerable<IPowerLimiter> Discover(ControlTree tree)
    {
        var count = 0;
        foreach (var chip in HwmonChip.Of(tree, "power_meter"))
        {
            if (chip.Find(tree, "power1_cap") is not { } cap)
                continue;
            count++;
            var interval = chip.Find(tree, "power1_average_interval")?.ReadNumber(out _) is > 0 and < 600_000 and var ms ? TimeSpan.FromMilliseconds(ms) : ShortestSettle;
            yield return new AcpiMeterLimiter(
                "acpi-meter:power1" + (count == 1 ? "" : "#" + count.ToString(CultureInfo.InvariantCulture)),
                new WattCap(cap, chip.Find(tree, "power1_cap_min"), chip.Find(tree, "power1_cap_max"), step: 1000),
                interval > ShortestSettle ? interval : ShortestSettle);
        }
    }

    public LimitReading Read() => _cap.Read(ref _failure);

    public LimitOutcome Apply(Limit limit)
    {
        if (limit.Frequency is not null)
            throw new ArgumentException("a power limit takes no clock", nameof(limit));
        PutResult put;
        if (limit.Power is { } power)
            put = _cap.Put(power, out _failure);
        else
            _failure = ControlFailure.Of(put = _cap.File.PutOriginal());
        return new LimitOutcome(_cap.Look(_failure), put.WasWritten);
    }

    public IReadOnlyList<OriginalValue> Originals() => ControlTree.Originals([_cap.File]);
}
