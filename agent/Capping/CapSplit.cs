using Homelab.Units;

namespace Homelab.NodeAgent.Capping;

/// <summary>A device of the node that takes a cap in watts.</summary>
/// <param name="Least">The lowest cap it takes.</param>
/// <param name="Most">The highest.</param>
/// <param name="Draw">What it drew; null where nothing measures it.</param>
/// <param name="Settle">How long after a lower cap is written the draw is down.</param>
internal readonly record struct SplitPart(Power Least, Power Most, Power? Draw, TimeSpan Settle);

/// <summary>Splits what a node's cap leaves for its devices among them, and shifts it to where it is wanted, a tenth at a time.</summary>
/// <remarks>Shrink before grow, here too: what one device gives up, another gets only after the first has settled. So the sum of what the devices
/// may draw never exceeds what was available at any moment, unless their least caps do.</remarks>
internal sealed class CapSplit
{
    /// <summary>Share of the giver's part above its least that one step moves.</summary>
    private const double Shift = 0.1;

    /// <summary>At or above this share of its cap a device is held by it, below the other it has more than it needs.</summary>
    private const double Pressed = 0.95;
    private const double Slack = 0.85;

    private static readonly TimeSpan Pace = TimeSpan.FromSeconds(1);

    private readonly double[] _shares;
    private readonly Power[] _caps;
    private readonly Power[] _before;
    private readonly TimeSpan[] _cutAt;
    private bool _isStarted;
    private TimeSpan _shiftedAt;

    public CapSplit(int parts) =>
        (_shares, _caps, _before, _cutAt) = (new double[parts], new Power[parts], new Power[parts], new TimeSpan[parts]);

    /// <summary>Each device's cap, in the order of the parts. A device never gets less than its least; the caller accounts for it where that is too much.</summary>
    /// <param name="available">What is left for the devices: the node's cap less the base.</param>
    public ReadOnlySpan<Power> Next(Power available, ReadOnlySpan<SplitPart> parts, TimeSpan now)
    {
        if (!_isStarted)
            Start(parts);
        else if (now - _shiftedAt >= Pace && ShiftToPressed(parts))
            _shiftedAt = now;
        Span<Power> wanted = stackalloc Power[parts.Length];
        Share(available, parts, wanted);
        Commit(available, parts, wanted, now);
        return _caps;
    }

    private void Start(ReadOnlySpan<SplitPart> parts)
    {
        var range = 0.0;
        foreach (var part in parts)
            range += Range(part);
        for (var i = 0; i < parts.Length; i++)
        {
            _shares[i] = range > 0 ? Range(parts[i]) / range : 1.0 / parts.Length;
            // Nothing is held yet: the first caps are all cuts.
            _caps[i] = _before[i] = parts[i].Most;
        }
        _isStarted = true;
    }

    /// <summary>Least for each, the rest by shares; what one can not take goes to those that can.</summary>
    private void Share(Power available, ReadOnlySpan<SplitPart> parts, Span<Power> wanted)
    {
        var rest = available;
        for (var i = 0; i < parts.Length; i++)
            rest -= wanted[i] = parts[i].Least;
        for (var round = 0; round < parts.Length && rest > Power.Zero; round++)
        {
            var open = 0.0;
            for (var i = 0; i < parts.Length; i++)
                open += wanted[i] < parts[i].Most ? _shares[i] : 0;
            if (open <= 0)
                return;
            var given = Power.Zero;
            for (var i = 0; i < parts.Length; i++)
            {
                if (wanted[i] >= parts[i].Most)
                    continue;
                var more = Power.Min(rest * (_shares[i] / open), parts[i].Most - wanted[i]);
                more = Power.Min(more, rest - given);
                wanted[i] += more;
                given += more;
            }
            rest -= given;
        }
    }

    /// <summary>Cuts at once; raises only by what no device may still be drawing.</summary>
    private void Commit(Power available, ReadOnlySpan<SplitPart> parts, Span<Power> wanted, TimeSpan now)
    {
        var room = available;
        for (var i = 0; i < parts.Length; i++)
        {
            if (wanted[i] < _caps[i])
            {
                _before[i] = now - _cutAt[i] < parts[i].Settle ? Power.Max(_before[i], _caps[i]) : _caps[i];
                (_caps[i], _cutAt[i]) = (wanted[i], now);
            }
            room -= now - _cutAt[i] < parts[i].Settle ? Power.Max(_before[i], _caps[i]) : _caps[i];
        }
        for (var i = 0; i < parts.Length && room > Power.Zero; i++)
        {
            if (wanted[i] <= _caps[i])
                continue;
            var more = Power.Min(wanted[i] - _caps[i], room);
            _caps[i] += more;
            room -= more;
        }
    }

    private bool ShiftToPressed(ReadOnlySpan<SplitPart> parts)
    {
        var (taker, giver) = (-1, -1);
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Draw is not { } draw)
                continue;
            if (draw >= _caps[i] * Pressed && _caps[i] < parts[i].Most)
                taker = taker < 0 || _shares[i] < _shares[taker] ? i : taker;
            else if (draw < _caps[i] * Slack && _shares[i] > 0)
                giver = giver < 0 || _shares[i] > _shares[giver] ? i : giver;
        }
        if (taker < 0 || giver < 0)
            return false;
        var moved = _shares[giver] * Shift;
        _shares[giver] -= moved;
        _shares[taker] += moved;
        return true;
    }

    private static double Range(SplitPart part) => Math.Max(0, (part.Most - part.Least).Watts);
}
