using Homelab.NodeAgent.Gpio;
using Homelab.NodeAgent.I2c;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>Power monitors on I²C buses that no driver of the kernel has, as the configuration names them. No bus is searched: reading a register that a chip uses for something else can do harm.</summary>
/// <remarks>Source: <c>/dev/i2c-N</c>. Device = <c>ina226@1-0x40</c>. Each bus is opened for a look and closed after it; one that hangs does so alone where there are several.
/// Only the monitor's own configuration, calibration and alert registers are written, after it was recognised.</remarks>
internal sealed class I2cSource(TimeProvider? time = null) : ISensorSource
{
    private BusTeam? _team;
    private string? _rootPath;

    public string Name => "i2c";

    public IReadOnlyList<MonitorSpec> Monitors { get; init; } = [];

    /// <summary>The kernel's adapters; a test's.</summary>
    public II2cCalls Buses { get; init; } = I2cCalls.Kernel;

    /// <summary>The kernel's GPIO chips; a test's.</summary>
    public IGpioCalls Lines { get; init; } = GpioCalls.Kernel;

    public Discovery Discover(HostRoot root)
    {
        if (Monitors.Count == 0)
            return new Discovery([], IdleMonitors.Findings(root));
        if (_team is not null && _rootPath != root.Path)
        {
            _team.Leave();
            _team = null;
        }
        _rootPath = root.Path;
        _team ??= new BusTeam(time ?? TimeProvider.System, Seats());
        _team.Search(root);
        var sensors = new List<ISensor>();
        var findings = new List<Finding>();
        foreach (var bus in _team.Buses)
        {
            foreach (var seat in bus.Monitors)
                MonitorSensor.List(Name, _team, bus, seat, sensors);
            MonitorWords.Describe(root, bus, findings);
        }
        return new Discovery(sensors, findings);
    }

    private BusSeat[] Seats()
    {
        var seats = new List<BusSeat>();
        foreach (var first in Monitors)
        {
            if (seats.Exists(seat => seat.Number == first.Bus))
                continue;
            var monitors = new List<MonitorSeat>();
            foreach (var spec in Monitors)
            {
                if (spec.Bus == first.Bus)
                    monitors.Add(new MonitorSeat(new PowerMonitor(MonitorChip.For(spec), time ?? TimeProvider.System), spec.Alert is { } line ? new AlertLine(Lines, line) : null));
            }
            seats.Add(new BusSeat(first.Bus, Buses, [.. monitors]));
        }
        return [.. seats];
    }
}
