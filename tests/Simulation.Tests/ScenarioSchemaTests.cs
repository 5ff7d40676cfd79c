using System.Text.Json;
using Homelab.Aggregator.Simulation.Scenarios;

namespace Homelab.Aggregator.Simulation;

/// <summary>The shipped schema and the reader know the same keys and words.</summary>
public sealed class ScenarioSchemaTests
{
    private static readonly JsonElement Schema = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "scenario.schema.json"))).RootElement;

    [Fact]
    public void Schema_KeysOfEachPart_AreThoseOfTheReader()
    {
        foreach (var section in ScenarioKeys.Names)
            Assert.Equal(ScenarioKeys.Of(section).Order(StringComparer.Ordinal), Part(section).GetProperty("properties").EnumerateObject().Select(key => key.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("node", "actuator")]
    [InlineData("fault", "kind")]
    [InlineData("budget", "device")]
    [InlineData("group", "mode")]
    public void Schema_WordsOfAKey_AreThoseOfTheReader(string section, string key)
    {
        var words = Part(section).GetProperty("properties").GetProperty(key).GetProperty("enum").EnumerateArray().Select(word => word.GetString()!).ToArray();
        var known = key switch { "actuator" => ScenarioKeys.Actuators, "kind" => ScenarioKeys.Faults, "device" => ScenarioKeys.Devices, _ => ScenarioKeys.Modes };
        Assert.Equal(known, words);
    }

    [Fact]
    public void Schema_EachReference_LeadsSomewhere()
    {
        var text = Schema.GetRawText();
        foreach (System.Text.RegularExpressions.Match reference in System.Text.RegularExpressions.Regex.Matches(text, "#/\\$defs/(\\w+)"))
            Assert.True(Schema.GetProperty("$defs").TryGetProperty(reference.Groups[1].Value, out _), reference.Value);
    }

    [Fact]
    public void Readme_EachFaultAndFigure_IsExplained()
    {
        var readme = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.All(ScenarioKeys.Faults, fault => Assert.Contains($"`{fault}`", readme));
        Assert.All(PolicyNames.All, policy => Assert.Contains($"`{policy.Word()}`", readme));
    }

    private static JsonElement Part(string section) => section == ScenarioKeys.Root ? Schema : Schema.GetProperty("$defs").GetProperty(section);

    private static string Folder
    {
        get
        {
            var folder = new DirectoryInfo(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
                folder = folder.Parent!;
            return Path.Combine(folder.FullName, "packaging/scenarios");
        }
    }
}
