using System.Text.RegularExpressions;

namespace Homelab.Architecture.Tests;

/// <summary>The parts of the house style that a reader would otherwise have to police.</summary>
public sealed class HouseStyleTests
{
    private static readonly string[] Product = ["agent", "aggregator", "protos"];

    [Fact]
    public void TopLevel_Folders_AreTheFixedOnes()
    {
        var allowed = new[] { "agent", "aggregator", "protos", "packaging", "tests", ".ci", ".git", "out", ".github" };
        var folders = Directory.EnumerateDirectories(SourceTree.Root).Select(path => Path.GetFileName(path)!);
        Assert.Empty(folders.Except(allowed));
    }

    [Fact]
    public void Folders_Names_AreIdeasNotDrawers()
    {
        var drawers = new[] { "Common", "Helpers", "Helper", "Utilities", "Utils", "Util", "Core", "Misc", "Shared" };
        Assert.Empty(SourceTree.CSharp(Product).SelectMany(file => file.Split('/')).Distinct().Intersect(drawers));
    }

    [Fact]
    public void Programs_EntryPoints_FitOnAScreen()
    {
        foreach (var file in SourceTree.CSharp("agent/Host", "aggregator/Host").Where(file => file.EndsWith("/Program.cs", StringComparison.Ordinal)))
            Assert.True(SourceTree.Lines(file).Length <= 80, $"{file} has more than 80 lines");
    }

    [Fact]
    public void PublicTypes_OfTheProduct_LiveInUnitsAndProtocol()
    {
        var declared = new Regex(@"^public (sealed |static |abstract |readonly |partial |ref )*(class|record|struct|interface|enum|delegate)\b");
        var offences =
            from file in SourceTree.CSharp("agent", "aggregator", "protos/Rpc", "protos/RpcServer")
            where !file.EndsWith("/Program.cs", StringComparison.Ordinal)
            from line in SourceTree.Lines(file)
            where declared.IsMatch(line)
            select $"{file}: {line}";
        Assert.Empty(offences);
    }

    [Fact]
    public void PublicTypes_OfUnits_CarryADocComment()
    {
        foreach (var file in SourceTree.CSharp("protos/Units"))
        {
            var lines = SourceTree.Lines(file);
            for (var i = 0; i < lines.Length; i++)
            {
                if (Regex.IsMatch(lines[i], @"^public .*(class|record|struct|enum)\b"))
                    Assert.True(lines[i - 1].StartsWith("///", StringComparison.Ordinal), $"{file}: {lines[i]} has no doc comment");
            }
        }
    }

    [Fact]
    public void Sources_Whole_HoldNoTodoAndFewPragmas()
    {
        // "Todo" is only a word in this very test.
        var files = SourceTree.CSharp([.. Product, "tests"]).Where(file => !file.EndsWith("HouseStyleTests.cs", StringComparison.Ordinal)).ToArray();
        Assert.Empty(files.Where(file => Regex.IsMatch(SourceTree.Read(file), @"\b(TODO|FIXME|HACK|XXX)\b")));
        var pragmas = files.SelectMany(file => SourceTree.Lines(file).Where(line => line.TrimStart().StartsWith("#pragma warning disable", StringComparison.Ordinal)).Select(line => $"{file}: {line.Trim()}")).ToArray();
        Assert.True(pragmas.Length <= 5, string.Join('\n', pragmas));
        Assert.All(pragmas, pragma => Assert.Contains("//", pragma));
    }

    [Fact]
    public void Tests_Whole_NeverSleep()
    {
        var sleeps = new Regex(@"Thread\.Sleep|Task\.Delay\(\d|SpinWait|Stopwatch|DateTime\.(Utc)?Now|DateTimeOffset\.(Utc)?Now");
        var offences = SourceTree.CSharp("tests").Where(file => !file.Contains("Architecture.Tests", StringComparison.Ordinal))
            .Where(file => sleeps.IsMatch(SourceTree.Read(file)));
        Assert.Empty(offences);
    }

    [Fact]
    public void Tests_Names_SayWhatWhenAndThen()
    {
        var name = new Regex(@"^    public (?:async )?(?:Task|void|ValueTask) (\w+)\(");
        var names = SourceTree.CSharp("tests").Where(file => file.EndsWith("Tests.cs", StringComparison.Ordinal))
            .SelectMany(file => SourceTree.Lines(file)).Select(line => name.Match(line)).Where(match => match.Success)
            .Select(match => match.Groups[1].Value).Where(test => test is not ("Dispose" or "DisposeAsync" or "InitializeAsync")).ToArray();
        var threeParts = names.Count(test => test.Split('_').Length == 3);
        Assert.NotEmpty(names);
        Assert.True(threeParts >= 0.9 * names.Length, $"{threeParts} of {names.Length} test names are Method_Condition_Result; not: "
            + string.Join(", ", names.Where(test => test.Split('_').Length != 3)));
    }

    [Fact]
    public void Projects_Packages_AreVersionedCentrally() =>
        Assert.Empty(SourceTree.Files("*.csproj", "agent", "aggregator", "protos", "tests")
            .Where(file => Regex.IsMatch(SourceTree.Read(file), "PackageReference[^>]*Version=")));

    [Fact]
    public void Projects_LockFiles_AreCommittedBesideThem() =>
        Assert.All(SourceTree.Files("*.csproj", "agent", "aggregator", "protos", "tests"),
            file => Assert.True(File.Exists(Path.Combine(SourceTree.Root, Path.GetDirectoryName(file)!, "packages.lock.json")), $"{file} has no lock file"));

    [Fact]
    public void Solution_Projects_AreAllOfThem()
    {
        var solution = SourceTree.Read("Homelab.NodeAgent.sln").Replace('\\', '/');
        Assert.All(SourceTree.Files("*.csproj", "agent", "aggregator", "protos", "tests"), file => Assert.Contains(file, solution));
    }
}
