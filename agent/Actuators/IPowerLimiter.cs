using Homelab.Units;

namespace Homelab.NodeAgent.Actuators;

/// <summary>What a limiter takes.</summary>
internal enum LimiterKind
{
    /// <summary>A power of its domain.</summary>
    Watts = 0,

    /// <summary>A clock; watts follow from it by a table that the node learns.</summary>
    Frequency = 1,
}

/// <summary>Part of the machine that a limiter holds down.</summary>
internal enum LimiterDomain
{
    /// <summary>A processor package, all cores.</summary>
    Processor = 0,

    /// <summary>A graphics or accelerator card.</summary>
    Graphics = 1,

    /// <summary>Memory bus, NPU and the like: devfreq devices.</summary>
    Device = 2,

    /// <summary>The whole machine behind its meter.</summary>
    Machine = 3,
}

/// <summary>What a limiter is, said once.</summary>
/// <param name="Name">Stable across boots: <c>rapl:package-0</c>, <c>acpi-meter:power1</c>, <c>cpufreq:policy0</c>, <c>nvml:GPU-…</c>, <c>amdgpu:0000:03:00.0</c>, <c>xe:…</c>, <c>i915:…</c>, <c>devfreq:fb000000.gpu</c>.</param>
/// <param name="Family">The word that the operator allows it by: <c>rapl</c>, <c>acpi-meter</c>, <c>cpufreq</c>, <c>nvml</c>, <c>amdgpu</c>, <c>xe</c>, <c>i915</c>, <c>devfreq</c>.</param>
/// <param name="Operates">Ascending operating points for a frequency limiter with a table; empty when any value in the range will do.</param>
/// <param name="Settle">How long after a write the draw is at or below the limit.</param>
internal sealed record LimiterInfo(string Name, string Family, LimiterKind Kind, LimiterDomain Domain, IReadOnlyList<Frequency> Operates, TimeSpan Settle);

/// <summary>A clock rate in whole kilohertz, the unit of cpufreq.</summary>
internal readonly record struct Frequency(long Kilohertz) : IComparable<Frequency>
{
    public int CompareTo(Frequency other) => Kilohertz.CompareTo(other.Kilohertz);
}

/// <summary>A limit in the unit of its limiter: exactly one of the two is set, or neither for "as the machine came".</summary>
internal readonly record struct Limit(Power? Power, Frequency? Frequency)
{
    public static Limit Of(Power power) => new(power, null);

    public static Limit Of(Frequency frequency) => new(null, frequency);
}

/// <summary>What the hardware holds now.</summary>
/// <param name="Effective">The lowest of all interfaces that limit this domain; neither value set when nothing limits it.</param>
/// <param name="Least">The lowest limit that the hardware takes at this moment.</param>
/// <param name="Most">The highest.</param>
/// <param name="State">Why it can not be used, or <see cref="LimiterState.Ready"/>.</param>
/// <param name="Detail">File, errno and meaning; empty when ready.</param>
internal readonly record struct LimitReading(Limit Effective, Limit Least, Limit Most, LimiterState State, string Detail);

/// <summary>Whether a limiter can be used.</summary>
internal enum LimiterState
{
    Ready = 0,

    /// <summary>The process may not write; a privilege mends it.</summary>
    Denied = 1,

    /// <summary>BIOS or firmware holds it shut; not to be tried again for five minutes.</summary>
    Locked = 2,

    /// <summary>Not there (any more).</summary>
    Gone = 3,

    /// <summary>A read or write failed for another reason.</summary>
    Faulted = 4,
}

/// <summary>What came of a write: what the hardware really holds afterwards.</summary>
/// <param name="IsDeferred">Nothing was tried, because the device sleeps: what was asked has to be asked again.</param>
internal readonly record struct LimitOutcome(LimitReading Reading, bool WasWritten, bool IsDeferred = false);

/// <summary>One thing that can hold a part of the machine down. Not safe for concurrent use; calls may block as long as the kernel does.</summary>
internal interface IPowerLimiter
{
    LimiterInfo Info { get; }

    /// <summary>Reads back; writes nothing but the second half of an <see cref="Apply"/> that had to wait for the draw. Never throws for what hardware does.</summary>
    LimitReading Read();

    /// <summary>Clamps to what the hardware takes now, writes where it differs, and reads back. Originals must be in the <see cref="OriginalsJournal"/> before.</summary>
    LimitOutcome Apply(Limit limit);

    /// <summary>Every value that <see cref="Apply"/> may change, as it is now, in the order in which to restore them. Empty while they can not be read, and then
    /// nothing may be written.</summary>
    IReadOnlyList<OriginalValue> Originals();
}

/// <summary>A value as it was before the first write.</summary>
/// <param name="Key">A file as the machine sees it, or <c>nvml:UUID/power-limit</c> and the like.</param>
/// <param name="Text">What to write back.</param>
internal sealed record OriginalValue(string Key, string Text);
