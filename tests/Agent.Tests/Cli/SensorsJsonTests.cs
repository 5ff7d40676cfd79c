using System.Text.Json;
using Homelab.NodeAgent.Cli;
using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Cli;

public class SensorsJsonTests
{
    private static readonly NodeSample Sample = Some.Sample(
        new Inventory([Some.Info("hwmon", "k10temp@pci", "temp1", Quantity.Temperature, label: "Tctl °"), Some.Zone("package-0", "intel-rapl:0")]),
        [Reading.Ok(71_125_000), Reading.None(Quality.Denied, "EACCES reading energy_uj")]);

    [Fact]
    public void Render_ASample_FollowsTheSchema()
    {
        using var json = JsonDocument.Parse(SensorsJson.Render("um890", Sample, isIndented: true));

        Assert.Equal(["schema", "node", "readings"], json.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal("homelab.sensors/v1", json.RootElement.GetProperty("schema").GetString());
        var readings = json.RootElement.GetProperty("readings");
        Assert.Equal(["source", "device", "name", "label", "quantity", "unit", "value", "quality", "path", "detail"], readings[0].EnumerateObject().Select(p => p.Name));
        Assert.Equal(("temperature", "celsius", 71.125, "ok"), (Text(readings[0], "quantity"), Text(readings[0], "unit"), readings[0].GetProperty("value").GetDouble(), Text(readings[0], "quality")));
        Assert.Equal("Tctl °", Text(readings[0], "label"));
    }

    [Fact]
    public void Render_AReadingWithoutValue_IsNullAndNotZero()
    {
        using var json = JsonDocument.Parse(SensorsJson.Render("um890", Sample, isIndented: false));

        var denied = json.RootElement.GetProperty("readings")[1];
        Assert.Equal(JsonValueKind.Null, denied.GetProperty("value").ValueKind);
        Assert.Equal(("denied", "EACCES reading energy_uj"), (Text(denied, "quality"), Text(denied, "detail")));
    }

    [Fact]
    public void Render_NotIndented_IsOneLine()
    {
        var text = System.Text.Encoding.UTF8.GetString(SensorsJson.Render("um890", Sample, isIndented: false).Span);

        Assert.Equal(text.Length - 1, text.IndexOf('\n', StringComparison.Ordinal));
    }

    private static string? Text(JsonElement element, string name) => element.GetProperty(name).GetString();
}
