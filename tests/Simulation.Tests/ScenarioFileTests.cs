namespace Homelab.Aggregator.Simulation.Scenarios;

public sealed class ScenarioFileTests
{
    public static TheoryData<string> Shipped => [.. BundledScenarios.Names];

    [Theory]
    [MemberData(nameof(Shipped))]
    public void Find_AShippedScenario_HasNoProblem(string name)
    {
        var file = BundledScenarios.Find(name)!;
        Assert.Empty(file.Problems);
        Assert.NotEmpty(file.Scenario!.Description);
    }

    [Fact]
    public void Parse_SeveralMistakes_NamesFileKeyAndFixOfEach()
    {
        const string Text = """
            name: broken
            budget: { watts: none }
            nodes:
              - { name: mini, actuator: teapot, idle: 8, enforceableFloor: 14, ceiling: 45 }
            """;
        var file = Parse(Text);
        Assert.Null(file.Scenario);
        Assert.True(file.Problems.Length >= 2, string.Join('\n', file.Problems));
        Assert.All(file.Problems, problem => Assert.Contains("broken.yaml", problem.ToString(), StringComparison.Ordinal));
        Assert.Contains(file.Problems, problem => problem.ToString()!.Contains("watts", StringComparison.Ordinal));
        Assert.Contains(file.Problems, problem => problem.ToString()!.Contains("teapot", StringComparison.Ordinal));
    }

    [Fact]
    public void Parse_TextThatIsNoYaml_IsAProblemAndNoCrash()
    {
        var file = Parse("name: [unclosed");
        Assert.Null(file.Scenario);
        Assert.NotEmpty(file.Problems);
    }

    private static ScenarioFile Parse(string text) => ScenarioFile.Parse("broken.yaml", text, trace => throw new FileNotFoundException(trace));
}
