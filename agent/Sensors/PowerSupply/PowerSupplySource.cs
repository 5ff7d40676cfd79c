using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.PowerSupply;

/// <summary>Batteries, UPSes and adapters of the machine, and whether it runs from what is stored.</summary>
/// <remarks>Source: <c>/sys/class/power_supply/*</c>, Documentation/ABI/testing/sysfs-class-power; micro-units, but tenths of a degree and whole percents.
/// Device = the supply's folder (<c>BAT0</c>); device <c>node</c> = all of them together: <c>on_battery</c>, and <c>discharge</c>, which is the whole board's power
/// and has a value only while nothing but the machine's own batteries feeds it. Batteries of peripherals (<c>scope</c> Device) are left alone, a USB port never gives watts.</remarks>
internal sealed class PowerSupplySource : ISensorSource
{
    private const string ClassPath = "/sys/class/power_supply";

    /// <summary>New cells hold up to a fifth more than they promise.</summary>
    private const long MostOfDesign = 1_500_000;

    private const long MostOfFull = 1_000_000;

    public string Name => "power_supply";

    public Discovery Discover(HostRoot root)
    {
        var entries = root.List(ClassPath, out var errno);
        if (errno != 0 && errno != Errno.NoEntry)
            return Discovery.Nothing(PowerSupplyFindings.Unlisted(ClassPath, errno));
        var search = new Search(root);
        foreach (var entry in entries)
            search.Add(entry);
        search.AddNode();
        if (search.Sensors.Count == 0 && search.Findings.Count == 0)
            return Discovery.Nothing(PowerSupplyFindings.Nothing(ClassPath));
        return new Discovery(search.Sensors, search.Findings);
    }

    /// <summary>One look through the class folder.</summary>
    private sealed class Search(HostRoot root)
    {
        private readonly List<BatteryFiles> _batteries = [];
        private readonly List<FileSensor> _adapters = [];

        public List<ISensor> Sensors { get; } = [];

        public List<Finding> Findings { get; } = [];

        public void Add(string name)
        {
            var path = ClassPath + "/" + name;
            var files = root.List(path, out _);
            if (root.ReadLine(path + "/type") is not { } type)
            {
                Findings.Add(PowerSupplyFindings.Untyped(path + "/type"));
                return;
            }
            var isPresent = !files.Contains("present") || root.ReadInteger(path + "/present") is not 0;
            switch (SupplyKinds.Of(name, type, root.ReadLine(path + "/scope"), isPresent))
            {
                case SupplyKind.Battery:
                    AddBattery(name, path, files, isUps: false);
                    break;
                case SupplyKind.Ups:
                    AddBattery(name, path, files, isUps: true);
                    break;
                case SupplyKind.Adapter:
                    AddAdapter(name, path, files, type, SensorShape.Gauge);
                    break;
                case SupplyKind.Contract:
                    AddAdapter(name, path, files, type, SensorShape.Limit);
                    break;
                case SupplyKind.None:
                    break;
            }
        }

        /// <summary>Last, because it follows the files of all.</summary>
        public void AddNode()
        {
            if (_batteries.Count == 0)
                return;
            Sensors.Add(new NodeSupplySensor(new("power_supply", "node", "on_battery", "", Quantity.State, SensorShape.Gauge, ""), new NodeSupply(_batteries, _adapters)));
            if (_batteries.Exists(static battery => battery is { HasRate: true, IsOnUsb: false }))
                Sensors.Add(new NodeSupplySensor(new("power_supply", "node", "discharge", "batteries", Quantity.Power, SensorShape.Gauge, ""), new NodeSupply(_batteries, _adapters)));
        }

        private void AddBattery(string name, string path, IReadOnlyList<string> files, bool isUps)
        {
            var battery = new BatteryFiles(root, name, isUps, path, files);
            var label = battery.Label;
            _batteries.Add(battery);
            AddCharge(name, path, files, label);
            if (battery.Voltage is { } voltage)
                Sensors.Add(voltage);
            if (battery.Current is not null)
                Sensors.Add(new FlowSensor(new("power_supply", name, "current", label, Quantity.Current, SensorShape.Gauge, path + "/current_now"), new BatteryFlow(battery)));
            if (battery.HasRate)
                Sensors.Add(new FlowSensor(new("power_supply", name, "power", label, Quantity.Power, SensorShape.Gauge, battery.Power?.Info.Path ?? ""), new BatteryFlow(battery)));
            // Tenths of a degree, unlike all the rest of sysfs.
            AddFile(name, path, files, "temp", "temp", label, Quantity.Temperature, new Scale(100_000));
            if (files.Contains("health"))
                Sensors.Add(new HealthSensor(new("power_supply", name, "health_alarm", label, Quantity.State, SensorShape.Gauge, path + "/health"), root));
            Findings.AddRange(PowerSupplyFindings.OfBattery(root, battery));
        }

        private void AddCharge(string name, string path, IReadOnlyList<string> files, string label)
        {
            var unit = files.Contains("energy_full") ? "energy" : "charge";
            if (files.Contains("capacity"))
                AddFile(name, path, files, "capacity", "capacity", label, Quantity.Ratio, new Scale(10_000));
            else if (files.Contains(unit + "_now") && files.Contains(unit + "_full"))
                Sensors.Add(Share(name, path, "capacity", label, unit + "_now", unit + "_full", MostOfFull));
            AddTime(name, path, files, label);
            if (files.Contains(unit + "_full") && files.Contains(unit + "_full_design"))
                Sensors.Add(Share(name, path, "full_of_design", label, unit + "_full", unit + "_full_design", MostOfDesign));
        }

        /// <summary>Seconds. Drivers say 0, or 65535 of their own units, for a battery that is not being emptied.</summary>
        private void AddTime(string name, string path, IReadOnlyList<string> files, string label)
        {
            var file = files.Contains("time_to_empty_now") ? "time_to_empty_now" : files.Contains("time_to_empty_avg") ? "time_to_empty_avg" : null;
            if (file is not null)
                Sensors.Add(new FileSensor(new("power_supply", name, "time_to_empty", label, Quantity.Duration, SensorShape.Gauge, path + "/" + file), root, new Scale(1_000_000), TimeBounds) { ZeroDetail = "0: it is not being emptied" });
        }

        private ShareSensor Share(string name, string path, string channel, string label, string part, string whole, long most) => new(
            new("power_supply", name, channel, label, Quantity.Ratio, SensorShape.Gauge, path + "/" + part), Amount(name, path, part), Amount(name, path, whole), most);

        /// <summary>µWh or µAh: a share of them has no unit.</summary>
        private FileSensor Amount(string name, string path, string file) => new(
            new("power_supply", name, file, "", Quantity.Unknown, SensorShape.Gauge, path + "/" + file), root, Scale.Micro, Plausibility.For(Quantity.Unknown, SensorShape.Gauge));

        private void AddAdapter(string name, string path, IReadOnlyList<string> files, string type, SensorShape shape)
        {
            var label = type == "Mains" ? "mains" : type == "Wireless" ? "wireless" : "usb";
            if (files.Contains("online"))
            {
                // 2 is "online, and its voltage can be asked for": a charger of USB Power Delivery.
                var online = new FileSensor(new("power_supply", name, "online", label, Quantity.State, SensorShape.Gauge, path + "/online"), root, Scale.One, OnlineBounds);
                _adapters.Add(online);
                Sensors.Add(new OnlineSensor(online));
            }
            AddFile(name, path, files, "voltage_now", "voltage", label, Quantity.Voltage, Scale.Micro, shape);
            AddFile(name, path, files, "current_now", "current", label, Quantity.Current, Scale.Micro, shape);
            AddFile(name, path, files, "temp", "temp", label, Quantity.Temperature, new Scale(100_000));
        }

        private void AddFile(
            string name, string path, IReadOnlyList<string> files, string file, string channel, string label, Quantity quantity, Scale scale, SensorShape shape = SensorShape.Gauge)
        {
            if (files.Contains(file))
                Sensors.Add(new FileSensor(new("power_supply", name, channel, label, quantity, shape, path + "/" + file), root, scale, Plausibility.For(quantity, shape)));
        }
    }

    private static readonly Bounds TimeBounds = new(0, (long)TimeSpan.FromDays(30).TotalMicroseconds, "more than 30 days: the driver has no figure");

    private static readonly Bounds OnlineBounds = new(0, 2_000_000, "neither offline (0) nor online (1, 2)");
}
