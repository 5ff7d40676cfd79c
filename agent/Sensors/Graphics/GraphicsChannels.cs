using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>Makes the sensors of one card: their names, files and the gate that none of them passes while the card sleeps.</summary>
internal sealed class GraphicsChannels(string source, HostRoot root, DrmCard card)
{
    private static readonly Scale Percent = new(10_000);
    private static readonly Scale Megahertz = new(1_000_000_000_000);

    private readonly List<ISensor> _sensors = [];

    public SleepGate Gate { get; } = new(root, card.DevicePath);

    public IReadOnlyList<ISensor> Sensors => _sensors;

    public HostRoot Root => root;

    /// <summary>What stands in a folder of the card; the paths are as for <see cref="Locate"/>.</summary>
    public IReadOnlyList<string> List(string folder) => root.List(Machine(folder), out _);

    /// <summary>Where a path opens that starts with <c>device/</c> (the device) or does not (the card).</summary>
    public string Locate(string path) => path.StartsWith("device/", StringComparison.Ordinal)
        ? root.Locate(card.DevicePath + path["device".Length..])
        : root.LocateDevice(card.Path) + "/" + path;

    public SensorInfo Info(string name, string label, Quantity quantity, SensorShape shape, string path) =>
        new(source, card.Key, name, label, quantity, shape, Machine(path)) { Driver = card.Driver };

    public void Add(ISensor sensor) => _sensors.Add(sensor);

    public void Ratio(string name, string path) => File(name, path, Quantity.Ratio, SensorShape.Gauge, Percent);

    public void Bytes(string name, string path, SensorShape shape) => File(name, path, Quantity.Information, shape, Scale.One);

    public void Clock(string name, string path, SensorShape shape) => File(name, path, Quantity.Frequency, shape, Megahertz);

    public void Count(string name, string path, SensorShape shape) => File(name, path, Quantity.Count, shape, Scale.One);

    public void Lanes(string name, string path, SensorShape shape) => File(name, path, Quantity.Count, shape, Scale.One, Plausibility.Lanes);

    public void Milliseconds(string name, string path) => File(name, path, Quantity.Duration, SensorShape.Counter, Scale.Milli);

    private void File(string name, string path, Quantity quantity, SensorShape shape, Scale scale, Bounds? bounds = null)
    {
        var place = Locate(path);
        var folder = place[..place.LastIndexOf('/')];
        _sensors.Add(new FileSensor(Info(name, "", quantity, shape, path), root, scale, bounds ?? Plausibility.For(quantity, shape), folder) { Gate = Gate });
    }

    private string Machine(string path) => card.Path + "/" + path;
}
