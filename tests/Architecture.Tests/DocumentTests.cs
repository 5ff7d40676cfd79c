using System.Text.RegularExpressions;

namespace Homelab.Architecture.Tests;

/// <summary>Documents that say the same as the code, or fail the build.</summary>
public sealed class DocumentTests
{
    [Fact]
    public void TestsReadme_EachTestThatItNames_Exists()
    {
        var named = Regex.Matches(SourceTree.Read("tests/README.md"), "`([A-Z][A-Za-z0-9]+_[A-Za-z0-9]+_[A-Za-z0-9]+)`").Select(match => match.Groups[1].Value).ToHashSet();
        var there = SourceTree.Files("*.cs", "tests").SelectMany(file => Regex.Matches(SourceTree.Read(file), @"public (?:async Task|void) (\w+_\w+_\w+)\(")).Select(match => match.Groups[1].Value).ToHashSet();
        Assert.True(named.Count > 40, $"{named.Count} tests are named");
        Assert.Empty(named.Except(there));
    }

    [Fact]
    public void TestsReadme_EachPitfallOfSensors_NamesItsTests()
    {
        var text = SourceTree.Read("tests/README.md");
        var section = text[text.IndexOf("## What goes wrong with sensors", StringComparison.Ordinal)..];
        section = section[..section.IndexOf("\n## ", 3, StringComparison.Ordinal)];
        var rows = section.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal) && !line.EndsWith("| tests |", StringComparison.Ordinal)).ToArray();
        Assert.True(rows.Length >= 23, $"{rows.Length} rows");
        Assert.All(rows, row => Assert.Matches(@"\| `[A-Z]\w+_\w+_\w+`( `[A-Z]\w+_\w+_\w+`)* \|$", row));
    }

    [Fact]
    public void SensorsDocument_Sources_AreThoseOfTheCatalogue()
    {
        var catalogue = Regex.Matches(SourceTree.Read("agent/Sensors/SensorCatalog.cs"), @"new (\w+)\(\)").Select(match => match.Groups[1].Value).ToArray();
        var names = catalogue.Select(type => Regex.Match(
            SourceTree.Read(SourceTree.CSharp("agent/Sensors").Single(file => Path.GetFileNameWithoutExtension(file) == type)),
            "Name => \"(\\w+)\"").Groups[1].Value).ToArray();
        var documented = Regex.Matches(SourceTree.Read("agent/SENSORS.md"), @"^\| `(\w+)` \|", RegexOptions.Multiline)
            .Select(match => match.Groups[1].Value).Distinct();

        Assert.NotEmpty(names);
        Assert.Equal(names.Order(), documented.Order());
    }

    [Fact]
    public void RecordedHosts_EachTree_NamesItsSourcesAndHasAGolden()
    {
        var hosts = Directory.EnumerateDirectories(Path.Combine(SourceTree.Root, "tests/fixtures/hosts")).ToArray();
        Assert.NotEmpty(hosts);
        Assert.All(hosts, host => Assert.True(File.Exists(Path.Combine(host, "README.md")), $"{host} has no README.md"));
        Assert.All(hosts, host => Assert.True(File.Exists(Path.Combine(host, "expected.json")), $"{host} has no expected.json"));
        Assert.All(hosts, host => Assert.True(File.Exists(Path.Combine(host, "doctor.txt")), $"{host} has no doctor.txt"));
    }

    [Fact]
    public void Documents_RelativeLinks_LeadSomewhere()
    {
        var broken =
            from file in SourceTree.Files("*.md", "agent", "aggregator", "protos", "packaging", "tests").Append("README.md")
            from Match link in Regex.Matches(SourceTree.Read(file), @"\]\((?!https?:|#)([^)#\s]+)")
            let target = Path.Combine(SourceTree.Root, Path.GetDirectoryName(file)!, link.Groups[1].Value)
            where !File.Exists(target) && !Directory.Exists(target)
            select $"{file}: {link.Groups[1].Value}";
        Assert.Empty(broken);
    }

    [Fact]
    public void MakeTargets_InTheReadme_Exist()
    {
        var targets = Regex.Matches(SourceTree.Read("Makefile"), @"^([a-z-]+):", RegexOptions.Multiline).Select(match => match.Groups[1].Value).ToHashSet();
        var named = Regex.Matches(SourceTree.Read("README.md"), @"\bmake ([a-z-]+)\b").Select(match => match.Groups[1].Value)
            .Where(word => word is not ("installs" or "it")).Distinct();
        Assert.Empty(named.Except(targets));
    }

    [Fact]
    public void Readme_FirstScreen_ShowsPurposePictureAndCommands()
    {
        var screen = string.Join('\n', SourceTree.Lines("README.md").Take(25));
        Assert.Contains("![", screen);
        Assert.Contains("make run", screen);
        Assert.Contains("make test", screen);
    }
}
