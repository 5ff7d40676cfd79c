using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Tests;

/// <summary>All readings of a host as <c>homelab.sensors/v1</c>, one reading a line: the text of a golden <c>expected.json</c>.</summary>
internal static class SensorDump
{
    private static readonly JsonSerializerOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Of(HostRoot root, string node) => Of(root, node, SensorCatalog.Sources());

    public static string Of(HostRoot root, string node, IEnumerable<ISensorSource> sources)
    {
        var text = new StringBuilder();
        text.Append("{\"schema\":\"homelab.sensors/v1\",\"node\":").Append(Json(node)).Append(",\"readings\":[");
        var separator = "\n";
        foreach (var source in sources)
        {
            foreach (var sensor in source.Discover(root).Sensors)
            {
                text.Append(separator).Append(Line(sensor.Info, sensor.Read()));
                separator = ",\n";
            }
        }
        return text.Append("\n]}\n").ToString();
    }

    private static string Line(SensorInfo info, Reading reading) => Json(new
    {
        source = info.Source,
        device = info.Device,
        chip = info.Chip,
        name = info.Name,
        label = info.Label,
        quantity = info.Quantity.Word(),
        unit = info.Quantity.Unit(),
        value = reading.Micros / 1e6,
        quality = reading.Quality.Word(),
        path = info.Path,
        detail = reading.Detail ?? "",
    }).Replace("\"chip\":\"\",", "", StringComparison.Ordinal);

    private static string Json<T>(T value) => JsonSerializer.Serialize(value, Options);
}
