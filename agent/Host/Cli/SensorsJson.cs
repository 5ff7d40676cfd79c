using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using Homelab.NodeAgent.Sampling;
using Homelab.Units;

namespace Homelab.NodeAgent.Cli;

/// <summary>A sample as JSON of schema <c>homelab.sensors/v1</c>: base units, null for what has no value.</summary>
internal static class SensorsJson
{
    public const string Schema = "homelab.sensors/v1";

    /// <param name="node">The node's name.</param>
    /// <param name="sample">The sample.</param>
    /// <param name="isIndented">False for one line per document.</param>
    /// <returns>UTF-8 with a closing newline.</returns>
    public static ReadOnlyMemory<byte> Render(string node, NodeSample sample, bool isIndented)
    {
        var buffer = new ArrayBufferWriter<byte>();
        // A file or a terminal is no HTML page: °, ± and × stay readable.
        var options = new JsonWriterOptions { Indented = isIndented, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
        using (var json = new Utf8JsonWriter(buffer, options))
        {
            json.WriteStartObject();
            json.WriteString("schema", Schema);
            json.WriteString("node", node);
            json.WriteStartArray("readings");
            for (var i = 0; i < sample.Readings.Length; i++)
                WriteReading(json, sample, i);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.Write("\n"u8);
        return buffer.WrittenMemory;
    }

    private static void WriteReading(Utf8JsonWriter json, NodeSample sample, int index)
    {
        var (sensor, reading) = (sample.Inventory.Sensors[index], sample.Readings[index]);
        json.WriteStartObject();
        json.WriteString("source", sensor.Source);
        json.WriteString("device", sensor.Device);
        if (sensor.Chip.Length > 0)
            json.WriteString("chip", sensor.Chip);
        json.WriteString("name", sensor.Name);
        json.WriteString("label", sensor.Label);
        json.WriteString("quantity", sensor.Quantity.Word());
        json.WriteString("unit", sensor.Quantity.Unit());
        if (reading.Micros is { } micros)
            json.WriteNumber("value", micros / 1e6);
        else
            json.WriteNull("value");
        json.WriteString("quality", reading.Quality.Word());
        json.WriteString("path", sensor.Path);
        json.WriteString("detail", reading.Detail ?? "");
        json.WriteEndObject();
    }
}
