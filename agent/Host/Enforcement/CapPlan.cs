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

    private const double MeterNoise = 0.02;

    /// <summary>What a learned table of clocks errs by, as a share of the draw above idle.</summary>
    private const double ClockError = 0.035;

    private static readonly Power BaseSlack = Power.FromWatts(1);

    private static readonly Power Quantum = Power.FromWatts(0.125);

    /// <summary>Processors that are used less are at rest.</summary>
    private const double QuietUse = 0.1;

    /// <summary>A range that ends above it says nothing.</summary>
    private static readonly Power MostPlausible = Power.FromWatts(999);

    private BaseLoad _base = new(model.Idle);
    private readonly List<LimiterSlot> _devices = [];
    private readonly List<LimiterSlot> _machines = [];
    private ClockLadder? _ladder;
    private FrequencyTable? _table;
    private FrequencyTrim _trim = new();
    private CapSplit? _split;
    private SplitPart[] _parts = [];
    private ulong _composition = ulong.MaxValue;
    private Power _baseHeld = model.Idle;
    private Power _ladderCap;
    private int _asked = -1;
    private int _held = -1;
    private TimeSpan _heldSince;
    private bool _isReplaced;
    private bool _isMetered;
    private Power _highest;
    private Power? _idle;
    private NodeDraw? _draw;
    private Power? _excess;
    private Power? _heldBefore;
    private Power? _recalled;
    private TimeSpan _cutAt;

    /// <summary>What is left free for the draw that no limiter holds, as this run or one before learned it; null: never.</summary>
    public Power? LearnedBase => _ladder is null && _base.IsLearned ? _baseHeld : _recalled;

    /// <summary>What an earlier run learned stands until this one knows better: else a restart would forget it for some seconds.</summary>
    public void Recall(Power learnedBase) => (_base, _baseHeld, _recalled) = (new BaseLoad(learnedBase), learnedBase, learnedBase);

    /// <summary>Whether anything can be held.</summary>
    public bool CanHold => _machines.Count > 0 || _devices.Count > 0 || _ladder is not null;

    /// <summary>The limiters that caps are entrusted to now.</summary>
    public bool IsEntrusted(LimiterSlot slot) =>
        _devices.Contains(slot) || _machines.Contains(slot) || (_ladder?.Clocks.Contains(slot) ?? false);

    /// <summary>Chooses limiters anew where one has come or gone. True when the choice is another one.</summary>
    public bool Compose(TimeSpan now)
    {
        var composition = _isMetered ? 1UL << 63 : 0;
        for (var i = 0; i < slots.Count && i < 63; i++)
            composition |= slots[i].IsUsable(now) ? 1UL << i : 0;
        if (composition == _composition)
            return false;
        _composition = composition;
        _devices.Clear();
        _machines.Clear();
        var clocks = new List<LimiterSlot>();
        var (hasWatts, hasClocks) = (IsWhole(takesWatts: true, now), IsWhole(takesWatts: false, now));
        foreach (var slot in slots)
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
        SetLadder(hasClocks && !_isReplaced ? clocks : []);
        _parts = new SplitPart[_devices.Count + (_ladder is null ? 0 : 1)];
        _split = _parts.Length > 0 ? new CapSplit(_parts.Length) : null;
        return true;
    }

    /// <summary>Takes a sample in: what nobody holds, what clocks cost, and how high and low the node goes.</summary>
    public void Learn(NodeDraw draw, TimeSpan now)
    {
        _draw = draw;
        _excess = null;
        if (draw.Node is not { } node)
            return;
        _isMetered = true;
        LookForExcess(draw, node, now);
        _highest = Power.Max(_highest, node);
        if (draw.Use < QuietUse)
            _idle = _idle is { } idle ? idle + ((node - idle) * (node < idle ? 0.2 : 0.02)) : node;
        else if (node < _idle)
            _idle = node;
        if (_ladder is null)
        {
            if (Drawn() is { } devices)
                _base.Learn(node, devices);
            var upper = _base.Upper;
            // Up by a little more than there is, down only by a watt: what wanders between the two is no write.
            if (upper > _baseHeld || upper < _baseHeld - BaseSlack)
                _baseHeld = Up(upper + (BaseSlack * 0.25), Power.FromWatts(0.25));
            return;
        }
        var rung = _ladder.HeldRung();
        if (rung != _held)
            (_held, _heldSince) = (rung, now);
        else if (draw.From >= _heldSince && LadderDraw() is { } watts)
            _table!.Learn(rung, watts.Watts, draw.Use);
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
        if (_ladder is not null)
            _parts[^1] = new SplitPart(_table!.Upper(0), _table.Upper(_table.Count - 1), LadderDraw()?.Watts, _ladder.Clocks[0].Info.Settle);
        var caps = _split.Next(Power.Max(Power.Zero, cap - Fixed()), _parts, now);
        for (var i = 0; i < _devices.Count; i++)
            Ask(_devices[i], caps[i]);
        if (_ladder is not null)
            AskClocks(caps[^1], now, isBounded);
    }

    /// <summary>What the node is held to: by the read-backs, and no less than what is measured where that shows them, or what was learned, to be wrong.
    /// Null when some part of it is not held at all.</summary>
    public Power? Effective() => Held() is { } held && _excess is { } excess ? Power.Max(held, excess) : Held();

    private Power? Held()
    {
        Power? effective = null;
        foreach (var machine in _machines)
            effective = Least(effective, machine.EffectivePower());
        return _split is null ? effective : Least(effective, EffectiveSum());
    }

    /// <summary>A draw that began after the last cut had settled and is still above what is accounted for.</summary>
    private void LookForExcess(NodeDraw draw, Power node, TimeSpan now)
    {
        var held = Held();
        if (held is null || _heldBefore is null || held < _heldBefore)
            _cutAt = now;
        _heldBefore = held;
        _excess = held is { } most && draw.From >= _cutAt + Settle() && node > most + Power.Max(Deadband, most * MeterNoise) ? node : null;
    }

    /// <summary>What the node can be held to.</summary>
    /// <param name="floor">The operator's; null: none.</param>
    /// <param name="ceiling">The operator's; null: none.</param>
    public CapSpan Span(Power? floor, Power? ceiling, string detail)
    {
        if (!CanHold)
            return CapSpan.None(detail);
        var (least, most) = Reach();
        most = Power.Max(most, _highest);
        least = Power.Max(least, floor ?? least);
        most = Power.Max(least, ceiling is { } highest ? Power.Min(most, highest) : most);
        var idle = _idle ?? model.Idle;
        var uncertainty = !_isMetered ? 0.13 : _ladder is null ? 0.01 : Math.Sqrt((ClockError * ClockError) + (TrimError() * TrimError()));
        return new CapSpan(true, least, most, Power.Min(idle, most), Steps(), Settle(), uncertainty, detail);
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
        return _table is null ? (least, most) : (least + _table.Upper(0), most + _table.Upper(_table.Count - 1));
    }

    /// <summary>A point that the trim holds above the table's choice is within the cap for the load that was measured; for a heavier one, and an agent that does
    /// not see it, it is as much as a point above it: taken as even between the two.</summary>
    private double TrimError() => _table is { Count: > 1 } table ? Math.Min(0.1, 1 / ((table.Count - 1) * Math.Sqrt(12))) : 0;

    private Power[] Steps()
    {
        if (_table is null || _devices.Count > 0)
            return [];
        var steps = new List<Power>(_table.Count);
        var fixedPart = Fixed();
        for (var i = 0; i < _table.Count; i++)
        {
            // Where more clock costs nothing more, the table is level: one cap for all of those points.
            var step = fixedPart + _table.Upper(i);
            if (steps.Count == 0 || step > steps[^1])
                steps.Add(step);
        }
        return [.. steps];
    }

    private TimeSpan Settle()
    {
        var settle = TimeSpan.Zero;
        foreach (var slot in slots)
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
        if (_ladder is null)
            return sum;
        var rung = _ladder.HeldRung();
        var upper = _table!.Upper(rung);
        // A point above the table's choice is held by the trim, which measures.
        return sum + (rung <= _asked && rung > _table.Largest(_ladderCap) && _isMetered && _ladderCap > Power.Zero && rung > 0 ? Power.Min(upper, _ladderCap) : upper);
    }

    /// <summary>What is left when every device is at zero: the base, and what the operator has not let us hold.</summary>
    private Power Fixed()
    {
        var sum = _ladder is null ? _baseHeld : Power.Zero;
        var isProcessorHeld = _ladder is not null || _machines.Count > 0;
        foreach (var slot in slots)
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
        foreach (var slot in slots)
        {
            if (slot.TakesWatts && slot.Info.Domain is LimiterDomain.Processor or LimiterDomain.Graphics && !(_ladder is not null && slot.Info.Domain == LimiterDomain.Processor))
                sum += slot.Draw;
        }
        return sum;
    }

    private MeasuredDraw? LadderDraw() =>
        _draw is { Node: { } node } draw && Drawn() is { } devices ? new MeasuredDraw(Power.Max(Power.Zero, node - devices), draw.Use, draw.From) : null;

    private void AskClocks(Power cap, TimeSpan now, bool isBounded)
    {
        // Where not even the lowest point fits, it is the lowest; equal ones above it would only cost more.
        _ladderCap = cap <= _table!.Upper(0) ? Power.Zero : cap;
        cap = _ladderCap;
        var draw = _isMetered ? LadderDraw() : null;
        // Held lower than asked, by a thermal governor or a driver that rounds: a low draw is no sign of room then.
        if (draw is { } drawn && _ladder!.HeldRung() < _asked)
            draw = drawn with { Use = double.NaN };
        var rung = _trim.Next(_table, cap, draw, now);
        // Below the table's choice it stays: a measurement put it there.
        _asked = rung = isBounded ? Math.Min(rung, _table.Largest(cap)) : rung;
        foreach (var clock in _ladder!.Clocks)
        {
            var limit = Limit.Of(_ladder.At(rung, clock));
            clock.Order = clock.Asked == limit ? null : limit;
        }
    }

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
        foreach (var slot in slots)
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
        foreach (var slot in slots)
        {
            var isReplacement = _machines.Contains(slot) || (slot.TakesWatts && slot.Info.Domain == LimiterDomain.Processor && _devices.Contains(slot));
            if (isReplacement && !slot.HasTaken())
                return;
        }
        foreach (var slot in slots)
        {
            if (!slot.TakesWatts && slot.Asked is not null)
                slot.Order = default(Limit);
        }
    }

    private void SetLadder(List<LimiterSlot> clocks)
    {
        // Clocks that can not be relied on any more keep their last ceilings, though nothing counts on them: free, they would draw more.
        if (clocks.Count == 0)
        {
            (_ladder, _table) = (null, null);
            return;
        }
        _ladder = new ClockLadder(clocks);
        _trim = new FrequencyTrim();
        (_asked, _held, _ladderCap) = (-1, -1, Power.Zero);
        _table = _isMetered ? new FrequencyTable(_ladder.Speeds, _idle ?? model.Idle, Power.Max(model.Max, _highest)) : Modelled(_ladder.Speeds);
    }

    /// <summary>Without a meter the node reports the model's figure, so it is held to the model's figure.</summary>
    private FrequencyTable Modelled(IReadOnlyList<double> speeds)
    {
        var uppers = new Power[speeds.Count];
        for (var i = 0; i < uppers.Length; i++)
            uppers[i] = model.Estimate(1, speeds[i]);
        return new FrequencyTable(speeds, model.Idle, uppers);
    }

    private static Power? Least(Power? left, Power? right) => left is { } a && right is { } b ? Power.Min(a, b) : left ?? right;

    private static Power? Known(Power? power) => power is { } known && known < MostPlausible ? known : null;

    private static Power Up(Power power, Power step) => new((power.Microwatts + step.Microwatts - 1) / step.Microwatts * step.Microwatts);
}
