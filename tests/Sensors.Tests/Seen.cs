namespace Homelab.NodeAgent.Sensors.Tests;

/// <summary>Short ways to say which sensor of a discovery is meant.</summary>
internal static class Seen
{
    public static ISensor Sensor(this Discovery discovery, string device, string name) =>
        discovery.Sensors.Single(sensor => sensor.Info.Device == device && sensor.Info.Name == name);

    public static ISensor Sensor(this Discovery discovery, string name) => discovery.Sensors.Single(sensor => sensor.Info.Name == name);

    public static double? Value(this Reading reading) => reading.Micros / 1e6;
}
