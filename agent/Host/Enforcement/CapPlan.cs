using Homelab.NodeAgent.Actuators;
using Homelab.NodeAgent.Capping;
using Homelab.Units;

namespace Homelab.NodeAgent.Enforcement;

/// <summary>Turns a cap on the whole node into orders for its limiters, and their read-backs into the cap that really holds.</summary>
/// <remarks>
/// Watts where a limiter takes watts; else clocks, by a table that the node learns. A node is its base (what nobody holds) plus its devices;
/// the processor's clocks count as one device, and then the base is in their table.
/// </remarks>
internal sealed class CapPlan(IReadOnlyList<LimiterSlot> slots, PowerModel model)
{
    /// <summary>Half a watt, so that what is learned about the base does not become a write each second.</summary>
    private static readonly Power Deadband = Power.FromWatts(0.5);

    private static readonly Power Quantum = Power.FromWatts(0.125);

    /// <summary>Processors that are used less are at rest.</summary>
    private const double QuietUse = 0.1;

    /// <summary>A range that ends above it says nothing.</summary>
    private static readonly Power MostPlausible = Power.FromWatts(999);

    private readonly BaseReserve _base = new(model.Idle);
    private readonly ExcessWatch _excess = new();
    private readonly List<LimiterSlot> _devices = [];
    private readonly List<LimiterSlot> _machines = [];
    private ClockDevice? _clocks;
    private CapSplit? _split;
    private SplitPart[] _parts = [];
    private ulong _composition = ulong.MaxValue;
    private bool _isReplaced;
    private bool _isMetered;
    private Power _highest;
    private Power? _idle;
    private NodeDraw? _draw;
    private CapSpan? _span;
    private readonly LimiterSlot[] _slots = [.. slots];

    /// <summary>What is left free for the draw that no limiter holds, as this run or one before learned it; null: never.</summary>
    public Power? LearnedBase => _clocks is null ? _base.Learned : _base.Recalled;

    /// <summary>What an earlier run learned stands until this one knows better: else a restart would forget it for some seconds.</summary>
    public void Recall(Power learnedBase) => _base.Recall(learnedBase);

    /// <summary>Whether anything can be held.</summary>
    public bool CanHold => _machines.Count > 0 || _devices.Count > 0 || _clocks is not null;

    /// <summary>The limiters that caps are entrusted to now.</summary>
    public bool IsEntrusted(LimiterSlot slot) =>
        _devices.Contains(slot) || _machines.Contains(slot) || (_clocks?.Clocks.Contains(slot) ?? false);

    /// <summary>Chooses limiters anew where one has come or gone. True when the choice is another one.</summary>
    public bool Compose(TimeSpan now)
    {
        var composition = _isMetered ? 1UL << 63 : 0;
        for (var i = 0; i < _slots.Length && i < 63; i++)
            composition |= _slots[i].IsUsable(now) ? 1UL << i : 0;
        if (composition == _composition)
            return false;
        _composition = composition;
        _devices.Clear();
        _machines.Clear();
        var clocks = new List<LimiterSlot>();
        var (hasWatts, hasClocks) = (IsWhole(takesWatts: true, now), IsWhole(takesWatts: false, now));
        foreach (var slot in _slots)
        {
            if (!slot.IsUsable(now))
                continue;
            if (!slot.TakesWatts)
                clocks.Add(slot);
            else if (slot.Info.Domain == LimiterDomain.Machine)
                _machines.Add(slot);
            else if (slot.Info.Domain != LimiterDomain.Processor || hasWatts)
                _devices.Add(slot);
        }
        _isReplaced = hasWatts || _machines.Count > 0;
        // Clocks that can not be relied on any more keep their last ceilings, though nothing counts on them: free, they would draw more.
        _clocks = hasClocks && !_isReplaced && clocks.Count > 0 ? Device(clocks) : null;
        _parts = new SplitPart[_devices.Count + (_clocks is null ? 0 : 1)];
        _split = _parts.Length > 0 ? new CapSplit(_parts.Length) : null;
        return true;
    }

    /// <summary>Takes a sample in: what nobody holds, what clocks cost, and how high and low the node goes.</summary>
    public void Learn(NodeDraw draw, TimeSpan now)
    {
        _draw = draw;
        _isMetered |= draw.Node is not null;
        _excess.Look(draw, Held(), Settle(), now);
        if (draw.Node is not { } node)
            return;
        _highest = Power.Max(_highest, node);
        if (draw.Use < QuietUse)
            _idle = _idle is { } idle ? idle + ((node - idle) * (node < idle ? 0.2 : 0.02)) : node;
        else if (node < _idle)
            _idle = node;
        if (_clocks is null)
            _base.Learn(node, Drawn());
        else
            _clocks.Learn(ClockDraw(), now);
    }

    /// <summary>Sets orders so that the node stays at or below a cap. Cuts always; raises where they are worth a write.</summary>
    /// <param name="isBounded">Nobody counts on what the trim measures, or will be there to measure: clocks go no higher than the table lets them.</param>
    public void Order(Power cap, TimeSpan now, bool isBounded = false)
    {
        foreach (var machine in _machines)
            Ask(machine, Clamp(cap, machine));
        OrderParts(cap, now, isBounded);
        if (_isReplaced)
            FreeClocks();
    }

    private void OrderParts(Power cap, TimeSpan now, bool isBounded)
    {
        if (_split is null)
            return;
        for (var i = 0; i < _devices.Count; i++)
            _parts[i] = PartOf(_devices[i]);
        var clockDraw = ClockDraw();
        if (_clocks is not null)
            _parts[^1] = _clocks.Part(clockDraw?.Watts);
        var caps = _split.Next(Power.Max(Power.Zero, cap - Fixed()), _parts, now);
        for (var i = 0; i < _devices.Count; i++)
            Ask(_devices[i], caps[i]);
        _clocks?.Ask(caps[^1], clockDraw, now, isBounded);
    }

    /// <summary>What the node is held to: by the read-backs, and no less than what is measured where that shows them, or what was learned, to be wrong.
    /// Null when some part of it is not held at all.</summary>
    public Power? Effective() => Held() is { } held && _excess.Draw is { } excess ? Power.Max(held, excess) : Held();

    private Power? Held()
    {
        Power? effective = null;
        foreach (var machine in _machines)
            effective = Least(effective, machine.EffectivePower());
        return _split is null ? effective : Least(effective, EffectiveSum());
    }

    /// <summary>What the node can be held to. The same object while it is the same.</summary>
    /// <param name="floor">The operator's; null: none.</param>
    /// <param name="ceiling">The operator's; null: none.</param>
    public CapSpan Span(Power? floor, Power? ceiling, string detail)
    {
        if (!CanHold)
            return _span is { IsEnforcing: false } none && none.Detail == detail ? none : _span = CapSpan.None(detail);
        var (least, most) = Reach();
        most = Power.Max(most, _highest);
        least = Power.Max(least, floor ?? least);
        most = Power.Max(least, ceiling is { } highest ? Power.Min(most, highest) : most);
        var idle = _idle ?? model.Idle;
        var uncertainty = !_isMetered ? 0.13 : _clocks?.Uncertainty ?? 0.01;
        // Watts between the rungs of the clocks are held by whatever takes any number of watts.
        var steps = _clocks is null || _devices.Count > 0 ? [] : _clocks.Steps(Fixed());
        (idle, var settle) = (Power.Min(idle, most), Settle());
        if (_span is { IsEnforcing: true } last && last.Floor == least && last.Ceiling == most && last.Idle == idle && last.Settle == settle
            && last.Uncertainty == uncertainty && last.Detail == detail && steps.AsSpan().SequenceEqual(last.Steps))
            return last;
        return _span = new CapSpan(true, least, most, idle, steps, settle, uncertainty, detail);
    }

    private (Power Least, Power Most) Reach()
    {
        Power least = Fixed(), most = least;
        if (_split is null)
            return (_machines[0].Reading?.Least.Power ?? Power.Zero, Known(_machines[0].Reading?.Most.Power) ?? model.Max);
        foreach (var device in _devices)
        {
            least += device.Reading?.Least.Power ?? Power.Zero;
            most += Known(device.Reading?.Most.Power) ?? model.Max;
        }
        return _clocks is null ? (least, most) : (least + _clocks.Least, most + _clocks.Most);
    }

    private TimeSpan Settle()
    {
        var settle = TimeSpan.Zero;
        foreach (var slot in _slots)
            settle = IsEntrusted(slot) && slot.Info.Settle > settle ? slot.Info.Settle : settle;
        return settle;
    }

    private Power? EffectiveSum()
    {
        var sum = Fixed();
        foreach (var device in _devices)
        {
            if (device.EffectivePower() is not { } power)
                return null;
            sum += power;
        }
        return _clocks is null ? sum : sum + _clocks.Effective(_isMetered);
    }

    /// <summary>What is left when every device is at zero: the base, and what the operator has not let us hold.</summary>
    private Power Fixed()
    {
        var sum = _clocks is null ? _base.Held : Power.Zero;
        var isProcessorHeld = _clocks is not null || _machines.Count > 0;
        foreach (var slot in _slots)
        {
            if (slot.Info.Domain == LimiterDomain.Processor && slot.TakesWatts && _devices.Contains(slot))
                isProcessorHeld = true;
            if (slot.Info.Domain == LimiterDomain.Graphics && slot.TakesWatts && !_devices.Contains(slot) && _machines.Count == 0)
                sum += Known(slot.MostSeen) ?? Power.Zero;
        }
        return isProcessorHeld ? sum : sum + (model.Max - model.Idle);
    }

    /// <summary>The sum of what the watt devices drew, entrusted or not; null when one is not measured.</summary>
    private Power? Drawn()
    {
        Power? sum = Power.Zero;
        foreach (var slot in _slots)
        {
            if (slot.TakesWatts && slot.Info.Domain is LimiterDomain.Processor or LimiterDomain.Graphics && !(_clocks is not null && slot.Info.Domain == LimiterDomain.Processor))
                sum += slot.Draw;
        }
        return sum;
    }

    /// <summary>What the clocks are to answer for: all that the watt devices did not draw; null when it is not measured.</summary>
    private MeasuredDraw? ClockDraw() =>
        _draw is { Node: { } node } draw && Drawn() is { } devices ? new MeasuredDraw(Power.Max(Power.Zero, node - devices), draw.Use, draw.From) : null;

    private static void Ask(LimiterSlot slot, Power cap)
    {
        var wanted = new Power(cap.Microwatts - (cap.Microwatts % Quantum.Microwatts));
        slot.Order = slot.Asked?.Power is not { } asked || wanted < asked || wanted >= asked + Deadband ? Limit.Of(wanted) : null;
    }

    private static Power Clamp(Power cap, LimiterSlot slot) => Power.Max(cap, slot.Reading?.Least.Power ?? cap);

    private static SplitPart PartOf(LimiterSlot slot)
    {
        var reading = slot.Reading.GetValueOrDefault();
        var least = reading.Least.Power ?? Power.Zero;
        return new SplitPart(least, Power.Max(least, reading.Most.Power ?? MostPlausible), slot.Draw, slot.Info.Settle);
    }

    /// <summary>Whether every limiter of the processor that the operator allows, of one kind, can be used; half a processor is not held.</summary>
    private bool IsWhole(bool takesWatts, TimeSpan now)
    {
        var any = false;
        foreach (var slot in _slots)
        {
            if (slot.TakesWatts != takesWatts || slot.Info.Domain != LimiterDomain.Processor || !slot.IsAllowed)
                continue;
            if (!slot.IsUsable(now))
                return false;
            any = true;
        }
        return any;
    }

    /// <summary>Clocks are free again once watts have taken over, and not before the hardware is seen to hold them.</summary>
    private void FreeClocks()
    {
        foreach (var slot in _slots)
        {
            var isReplacement = _machines.Contains(slot) || (slot.TakesWatts && slot.Info.Domain == LimiterDomain.Processor && _devices.Contains(slot));
            if (isReplacement && !slot.HasTaken())
                return;
        }
        foreach (var slot in _slots)
        {
            if (!slot.TakesWatts && slot.Asked is not null)
                slot.Order = default(Limit);
        }
    }

    /// <summary>Without a meter the node reports the model's figure, so it is held to the model's figure.</summary>
    private ClockDevice Device(List<LimiterSlot> clocks) =>
        _isMetered ? ClockDevice.Metered(clocks, _idle ?? model.Idle, Power.Max(model.Max, _highest)) : ClockDevice.Modelled(clocks, model);

    private static Power? Least(Power? left, Power? right) => left is { } a && right is { } b ? Power.Min(a, b) : left ?? right;

    private static Power? Known(Power? power) => power is { } known && known < MostPlausible ? known : null;
}
