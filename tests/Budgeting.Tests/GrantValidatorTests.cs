using Xunit.Abstractions;

namespace Homelab.Aggregator.Budgeting.Tests;

/// <summary>Random walks through what can go wrong, judged by what the hardware of each node lets it draw.</summary>
public sealed class GrantValidatorTests(ITestOutputHelper output)
{
    private static readonly int Factor = int.TryParse(Environment.GetEnvironmentVariable("HOMELAB_WALKS"), out var factor) ? factor : 1;

    [Fact]
    public void Validate_MessagesLostLateDoubledReordered_NeverBreaksTheBudget() => Walk("loss", 40, seed => new AdversaryOptions(2 + (int)(seed % 5), 1, 0, 0.3), 0.6);

    [Fact]
    public void Validate_AgentsAndAggregatorFail_NeverBreaksTheBudget() => Walk("faults", 120, seed => new AdversaryOptions(2 + (int)(seed % 5), 1, 0.002, 0.05), 0.4);

    [Fact]
    public void Validate_TwoAggregatorsAtOnce_NeverBreaksTheBudget() => Walk("two aggregators", 120, seed => new AdversaryOptions(2 + (int)(seed % 5), 2, 0.002, 0.05), 0.4);

    private void Walk(string name, int count, Func<ulong, AdversaryOptions> options, double leastUse)
    {
        var (faults, use) = (0, 0.0);
        for (ulong seed = 1; seed <= (ulong)(count * Factor); seed++)
        {
            var world = new AdversaryWorld(seed, options(seed));
            world.Run(400);
            Assert.True(world.Violation is null, $"seed {seed}: {world.Violation}");
            faults += world.Faults;
            use += world.MeanUse / count / Factor;
        }
        output.WriteLine($"{name}: {count * Factor} walks of 400 s, {faults} faults, mean use {use:0.000}");
        Assert.InRange(use, leastUse, 1);
    }
}
