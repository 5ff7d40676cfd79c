using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>What feeds the machine, from all of its supplies together; one for each sensor that asks.</summary>
internal sealed class NodeSupply
{
    private static readonly Reading OnMains = Reading.None(Quality.Unsupported, "the mains feed the machine: what leaves a battery is not its power");
    private static readonly Reading Unsaid = Reading.None(Quality.Unsupported, "neither adapter nor battery says what feeds the machine");
    private static readonly Reading Unread = Reading.None(Quality.Fault, "an adapter can not be read: it may feed the machine, too");
    private static readonly Reading NoFigure = Reading.None(Quality.Unsupported, "the batteries give no figure while they discharge");

    private readonly BatteryFiles[] _batteries;
    private readonly BatteryFlow[] _flows;
    private readonly bool[] _isUps;
    private readonly FollowedFile[] _adapters;
    private readonly SupplyStatus[] _statuses;
    private bool _isUnread;

    /// <param name="batteries">The machine's, UPSes among them.</param>
    /// <param name="adapters">The <c>online</c> file of each feed from outside.</param>
    public NodeSupply(IReadOnlyList<BatteryFiles> batteries, IReadOnlyList<FileSensor> adapters)
    {
        _batteries = [.. batteries];
        _isUps = [.. batteries.Select(static battery => battery.IsUps)];
        _flows = [.. _batteries.Select(static battery => new BatteryFlow(battery))];
        _adapters = [.. adapters.Select(static adapter => new FollowedFile(adapter))];
        _statuses = new SupplyStatus[_batteries.Length];
    }

    /// <summary>Whether the machine runs from what is stored; null where nothing says so.</summary>
    public bool? IsOnBattery()
    {
        var (online, read) = (false, 0);
        foreach (var adapter in _adapters)
        {
            var reading = adapter.Read();
            read += reading.Quality == Quality.Ok ? 1 : 0;
            online |= reading is { Quality: Quality.Ok, Micros: > 0 };
        }
        _isUnread = read < _adapters.Length;
        for (var i = 0; i < _flows.Length; i++)
            _statuses[i] = _flows[i].Status();
        return Judge(_statuses, _isUps, online, isOffline: _adapters.Length > 0 && read == _adapters.Length && !online);
    }

    /// <summary>What the machine draws from its own batteries while nothing else feeds it: then the whole board's power.</summary>
    public Reading Discharge()
    {
        switch (IsOnBattery())
        {
            case null:
                return Unsaid;
            case false:
                return OnMains;
        }
        if (_isUnread)
            return Unread;
        long sum = 0;
        for (var i = 0; i < _flows.Length; i++)
        {
            // A UPS on a cable may feed others, and then the adapter is offline only in name.
            if (_batteries[i].IsOnUsb)
                continue;
            var flow = _flows[i].Power();
            // The second battery of a laptop waits with "Unknown" and 0 W; one that says nothing at all makes the sum a guess.
            var isIdle = _statuses[i] is SupplyStatus.Full or SupplyStatus.NotCharging || flow is { Quality: Quality.Ok, Micros: 0 };
            if (_statuses[i] != SupplyStatus.Discharging && isIdle)
                continue;
            if (_statuses[i] != SupplyStatus.Discharging || flow.Quality != Quality.Ok)
                return flow.Quality == Quality.Ok ? Unsaid : flow;
            if (flow.Micros == 0)
                return NoFigure;
            sum += flow.Micros!.Value;
        }
        return sum == 0 ? NoFigure : Reading.Ok(sum);
    }

    /// <summary>Pure: an adapter that is plugged in beats a battery that helps it out, except that behind a UPS an adapter always looks plugged in.</summary>
    internal static bool? Judge(ReadOnlySpan<SupplyStatus> statuses, ReadOnlySpan<bool> isUps, bool online, bool isOffline)
    {
        var (discharges, takes) = (false, false);
        for (var i = 0; i < statuses.Length; i++)
        {
            if (statuses[i] == SupplyStatus.Discharging && isUps[i])
                return true;
            discharges |= statuses[i] == SupplyStatus.Discharging;
            takes |= statuses[i] is SupplyStatus.Charging or SupplyStatus.Full or SupplyStatus.NotCharging;
        }
        if (online)
            return false;
        return discharges ? true : takes ? false : isOffline ? true : null;
    }
}
