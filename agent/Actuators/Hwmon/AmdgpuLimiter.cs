using System.Globalization;
using Homelab.Units;

namespace Homelab.NodeAgent.Actuators.Hwmon;

/// <summary>An AMD card's <c>power1_cap</c>, or the whole chip's on an APU that has one (Van Gogh's slow and fast limits together).</summary>
/// <remarks>Source: Documentation/gpu/amdgpu/thermal.rst; whole watts. Firmware of some cards drops its limit when the new one is below the present
/// draw. So a cap below the draw is set at the lowest clocks, set again once the draw has come down, and only then are the clocks let go:
/// the next <see cref="Read"/> or <see cref="Apply"/> that sees it does that.</remarks>
internal sealed class AmdgpuLimiter : IPowerLimiter
{
    private const long WholeWatt = 1_000_000;
    private const string LowClocks = "low";
    private const string FreeClocks = "auto";

    /// <summary>The draw may pass the cap for a moment; this much for this many looks is a limit that is not there.</summary>
    private const double Overdrawn = 1.05;

    private const int LooksBeforeDropped = 20;

    private static readonly TimeSpan SettleTime = TimeSpan.FromSeconds(2);

    private readonly ControlTree _tree;
    private readonly HwmonChip _chip;
    private readonly WattCap _cap;
    private readonly WattCap? _burst;
    private readonly ControlFile? _draw;
    private readonly ControlFile? _clocks;
    private ControlFailure? _failure;
    private LimitReading? _last;
    private Power? _held;
    private bool _isSteppedDown;
    private int _overdrawn;

    private AmdgpuLimiter(ControlTree tree, HwmonChip chip, ControlFile cap)
    {
        (_tree, _chip) = (tree, chip);
        _cap = new WattCap(cap, chip.Find(tree, "power1_cap_min"), chip.Find(tree, "power1_cap_max"), WholeWatt);
        _draw = chip.Find(tree, "power1_average") ?? chip.Find(tree, "power1_input");
        _clocks = chip.FindOnDevice(tree, "power_dpm_force_performance_level");
        var isChip = chip.Find(tree, "power1_label")?.ReadText(out _)?.Trim() == "slowPPT";
        if (isChip && chip.Find(tree, "power2_cap") is { } burst)
            _burst = new WattCap(burst, chip.Find(tree, "power2_cap_min"), chip.Find(tree, "power2_cap_max"), WholeWatt);
        _isSteppedDown = _clocks?.ReadText(out _)?.Trim() == LowClocks && _clocks.Original?.Trim() == FreeClocks;
        Info = new LimiterInfo(
            "amdgpu:" + chip.DeviceName, "amdgpu", LimiterKind.Watts, isChip ? LimiterDomain.Processor : LimiterDomain.Graphics, [], SettleTime);
    }

    public LimiterInfo Info { get; }

    public static IEnumerable<IPowerLimiter> Discover(ControlTree tree)
    {
        foreach (var chip in HwmonChip.Of(tree, "amdgpu"))
        {
            if (chip.Find(tree, "power1_cap") is { } cap)
                yield return new AmdgpuLimiter(tree, chip, cap);
        }
    }

    public LimitReading Read()
    {
        if (_chip.IsAsleep(_tree))
            return _last ?? WattCap.Failed(_chip.Asleep());
        if (_held is { } held)
            Watch(held, Draw());
        _last = _cap.Read(ref _failure);
        return _last.Value;
    }

    public LimitOutcome Apply(Limit limit)
    {
        if (limit.Frequency is not null)
            throw new ArgumentException("a power limit takes no clock", nameof(limit));
        if (_chip.IsAsleep(_tree))
            return new LimitOutcome(Read(), WasWritten: false, IsDeferred: true);
        var put = limit.Power is { } power ? Hold(power) : Release();
        _last = _cap.Look(_failure);
        return new LimitOutcome(_last.Value, put.WasWritten);
    }

    public IReadOnlyList<OriginalValue> Originals()
    {
        if (_chip.IsAsleep(_tree))
            return [];
        List<ControlFile> files = [_cap.File];
        if (_burst is not null)
            files.Add(_burst.File);
        if (_clocks is not null)
            files.Add(_clocks);
        return ControlTree.Originals(files);
    }

    private PutResult Hold(Power asked)
    {
        var sum = default(PutResult);
        var draw = Draw();
        _held = _cap.Fitted(asked);
        if (_held is { } cap && MustStepDown(cap, draw))
        {
            sum = _clocks!.TryPut(LowClocks);
            _isSteppedDown = sum.Code == 0;
            sum = sum with { Code = 0 };
        }
        sum = sum.And(_cap.Put(asked, out _failure));
        if (_burst is not null && _failure is null)
            sum = sum.And(_burst.Put(asked, out _) with { Code = 0 });
        return sum;
    }

    private bool MustStepDown(Power target, Power? draw)
    {
        if (_isSteppedDown || draw is null || _clocks is null or { IsGivenUp: true })
            return false;
        var isLowering = _cap.File.ReadNumber(out _) is { } held && (held <= 0 || held > target.Microwatts);
        var isDropped = _overdrawn >= LooksBeforeDropped;
        if (isLowering || isDropped)
            _overdrawn = 0;
        return ((isLowering && draw > target) || isDropped) && _clocks.ReadText(out _)?.Trim() == FreeClocks;
    }

    /// <summary>Counts looks at a draw above the cap, and lets the clocks go once it is below.</summary>
    private void Watch(Power cap, Power? draw)
    {
        if (!_isSteppedDown)
        {
            _overdrawn = draw > cap * Overdrawn ? _overdrawn + 1 : 0;
            return;
        }
        if (draw > cap)
            return;
        // What was set above the draw, firmware keeps.
        if (_cap.File.PutRaw(cap.Microwatts.ToString(CultureInfo.InvariantCulture) + "\n") == 0)
            _isSteppedDown = _clocks!.PutOriginal().Code != 0;
    }

    private Power? Draw() => _draw?.ReadNumber(out _) is > 0 and var microwatts ? new Power(microwatts) : null;

    private PutResult Release()
    {
        (_held, _overdrawn, _isSteppedDown) = (null, 0, false);
        var sum = _cap.File.PutOriginal().And(_burst?.File.PutOriginal() ?? default).And(_clocks?.PutOriginal() ?? default);
        _failure = ControlFailure.Of(sum);
        return sum;
    }
}
