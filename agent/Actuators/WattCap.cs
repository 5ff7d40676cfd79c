using Homelab.Units;

namespace Homelab.NodeAgent.Actuators;

/// <summary>One file that holds a power limit in µW, with its range where the driver says it.</summary>
/// <remarks>The range is read again before each write: firmware moves it. 0 is "no limit" to drivers, so it is never written but to restore it.</remarks>
/// <param name="least">File with the lowest limit that the driver takes; null or 0: a share of the usual one.</param>
/// <param name="most">File with the highest; null or 0: what the machine came with.</param>
/// <param name="step">What the driver counts in, µW; it cuts off the rest.</param>
internal sealed class WattCap(ControlFile cap, ControlFile? least, ControlFile? most, long step)
{
    private const double LeastShare = .3;

    private static readonly Power LeastAtAll = Power.FromWatts(1);

    public ControlFile File => cap;

    /// <summary>Null where no limit fits.</summary>
    public (Power Least, Power Most)? Range()
    {
        var highest = Positive(most) ?? (cap.OriginalNumber ?? cap.ReadNumber(out _)).GetValueOrDefault();
        var lowest = Positive(least) ?? Math.Max((long)(highest * LeastShare), LeastAtAll.Microwatts);
        (lowest, highest) = ((lowest + step - 1) / step * step, highest / step * step);
        return highest > 0 && lowest <= highest ? (new Power(lowest), new Power(highest)) : null;
    }

    public PutResult Put(Power asked, out ControlFailure? failure)
    {
        if (Range() is not { } range)
        {
            failure = NoRange();
            return default;
        }
        var result = cap.PutCeiling(Fit(asked, range));
        // The range moved between the look and the write.
        if (result is { Code: Errno.Invalid, OnWrite: true } && Range() is { } again && again != range)
            result = cap.PutCeiling(Fit(asked, again));
        failure = ControlFailure.Of(result);
        return result;
    }

    /// <summary>What the driver would be asked for.</summary>
    public Power? Fitted(Power asked) => Range() is { } range ? new Power(Fit(asked, range)) : null;

    /// <param name="failure">What the last write came to; one that a privilege or a returning device mends is looked at again.</param>
    public LimitReading Read(ref ControlFailure? failure)
    {
        if (failure is null or { State: LimiterState.Denied or LimiterState.Gone })
            failure = cap.Probe() is var refused and not 0 ? ControlFailure.Of(cap.Path, refused, onWrite: true) : null;
        return Look(failure);
    }

    /// <param name="failure">What the last write came to.</param>
    public LimitReading Look(ControlFailure? failure)
    {
        var held = cap.ReadNumber(out var code);
        if (code != 0)
            return Failed(ControlFailure.Of(cap.Path, code, onWrite: false));
        if (Range() is not { } range)
            return Failed(NoRange()) with { Effective = Effective(held) };
        return new LimitReading(Effective(held), Limit.Of(range.Least), Limit.Of(range.Most), failure?.State ?? LimiterState.Ready, failure?.Detail ?? "");
    }

    public static LimitReading Failed(ControlFailure failure) => new(default, default, default, failure.State, failure.Detail);

    private static Limit Effective(long? held) => held is > 0 and var microwatts ? Limit.Of(new Power(microwatts)) : default;

    private static long? Positive(ControlFile? file) => file?.ReadNumber(out _) is > 0 and var value ? value : null;

    private ControlFailure NoRange() =>
        ControlFailure.Range(cap.Path, Positive(least) ?? 0, Positive(most) ?? 0);

    private long Fit(Power asked, (Power Least, Power Most) range) =>
        Power.Max(range.Least, Power.Min(range.Most, asked)).Microwatts / step * step;
}
