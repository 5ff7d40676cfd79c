using Homelab.Aggregator.Budgeting;
using Homelab.Units;
using Xunit.Abstractions;

namespace Homelab.ModelCheck;

/// <summary>Every interleaving of what can go wrong, to a stated depth: the hardware never lets the fleet draw more than the budget.</summary>
/// <remarks>Depths are those that fit the test run; HOMELAB_MODEL_DEPTH adds to each of them (<c>make model-check</c>).</remarks>
public sealed class ProtocolModelTests(ITestOutputHelper output)
{
    private static readonly int Deeper = int.TryParse(Environment.GetEnvironmentVariable("HOMELAB_MODEL_DEPTH"), out var deeper) ? deeper : 0;

    [Fact]
    public void Messages_LostLateDoubledReorderedWithTwoNodes_NeverBreakTheBudget() => Prove("messages and crashes, 2 nodes", Shape(2, 1), Messages, 5);

    [Fact]
    public void Messages_LostLateDoubledReorderedWithFourNodes_NeverBreakTheBudget() => Prove("messages and crashes, 4 nodes", Shape(4, 1), Messages, 5);

    [Fact]
    public void Faults_OfAgentsAndTheAggregatorWithFourNodes_NeverBreakTheBudget() => Prove("faults, 4 nodes", Shape(4, 1), Faults, 4);

    [Fact]
    public void Faults_WithTwoAggregatorsAndThreeNodes_NeverBreakTheBudget() => Prove("faults, 3 nodes, 2 aggregators", Shape(3, 2), Faults, 4);

    [Fact]
    public void Faults_WithTwoAggregatorsAndFourNodes_NeverBreakTheBudget() => Prove("faults, 4 nodes, 2 aggregators", Shape(4, 2), Faults, 4);

    private void Prove(string name, WorldShape shape, Func<World, IEnumerable<Move>> moves, int depth)
    {
        var search = Explorer.Explore(() => new World(shape), moves, depth + Deeper);
        output.WriteLine($"model check, {name}: depth {search.Depth}, {search.States} states, {search.Transitions} transitions, violation: {search.Violation ?? "none"}");
        Assert.Equal("", search.Violation ?? "");
    }

    /// <summary>Nodes whose ceilings add up to well above the budget, and whose floors and safe shares fit into it.</summary>
    private static WorldShape Shape(int nodes, int aggregators)
    {
        var fleet = Enumerable.Range(1, nodes).Select(number => new NodeShape($"node{number}", Power.FromWatts(5), Power.FromWatts(8), Power.FromWatts(40))).ToArray();
        var policy = new ControlPolicy
        {
            Budget = new BudgetGroup { Name = "fleet", Limit = Power.FromWatts(20 * nodes), IsHard = true },
            Mode = ControlMode.Cap,
        };
        return new WorldShape(fleet, aggregators, policy, TimeSpan.FromSeconds(120));
    }

    /// <summary>Single messages, seconds and switches of demand.</summary>
    private static IEnumerable<Move> Messages(World world)
    {
        for (var node = 0; node < Math.Min(world.Agents.Count, world.Untouched + 1); node++)
        {
            var (it, agent) = (node, world.Agents[node]);
            yield return agent.IsDead ? On(it, $"restart agent {it}", w => w.RestartAgent(it)) : On(it, $"kill agent {it}", w => w.KillAgent(it));
            yield return On(it, $"report {it}", w => w.Report(it));
            yield return On(it, $"demand {it} {(agent.WantsAll ? "low" : "high")}", w => w.Demand(it, !w.Agents[it].WantsAll));
            if (agent.AppliedIsDue)
                yield return On(it, $"applied {it}", w => w.DeliverApplied(it));
            // The newest and the oldest on their way: what is between them is refused or lowers just so.
            foreach (var index in new[] { 0, agent.Inbox.Count - 1 }.Distinct().Where(index => index >= 0 && index < agent.Inbox.Count))
            {
                yield return On(it, $"grant {it}.{index}", w => w.Deliver(it, index, false));
                yield return On(it, $"grant {it}.{index} doubled", w => w.Deliver(it, index, true));
            }
        }
        yield return world.Aggregators[0].Controller is null ? new Move("start aggregator", w => w.Start(0)) : new Move("kill aggregator", w => w.Kill(0));
        yield return new Move("decide", w => w.Decide(0));
        yield return new Move("second", w => w.Tick());
        yield return new Move("7 seconds of silence", w =>
        {
            for (var second = 0; second < 7; second++)
                w.Tick();
        });
    }

    private static Move On(int node, string name, Action<World> move) => new(name, world =>
    {
        world.Touch(node);
        move(world);
    });

    /// <summary>Whole faults, and time in which the rest of the system works.</summary>
    private static IEnumerable<Move> Faults(World world)
    {
        for (var node = 0; node < Math.Min(world.Agents.Count, world.Untouched + 1); node++)
        {
            var (it, agent) = (node, world.Agents[node]);
            yield return agent.IsCut ? On(it, $"mend {it}", w => w.Mend(it)) : On(it, $"cut {it}", w => w.Cut(it));
            if (!agent.IsDead)
                yield return agent.IsFrozen ? On(it, $"thaw {it}", w => w.Thaw(it)) : On(it, $"freeze {it}", w => w.Freeze(it));
            yield return agent.IsDead ? On(it, $"restart agent {it}", w => w.RestartAgent(it)) : On(it, $"kill agent {it}", w => w.KillAgent(it));
            yield return On(it, $"demand {it} {(agent.WantsAll ? "low" : "high")}", w => w.Demand(it, !w.Agents[it].WantsAll));
            for (var number = 0; number < world.Aggregators.Count; number++)
            {
                var to = number;
                if (agent.Dials != to)
                    yield return On(it, $"move {it} to {to}", w => w.Move(it, to));
            }
        }
        for (var number = 0; number < world.Aggregators.Count; number++)
        {
            var it = number;
            yield return world.Aggregators[it].Controller is null
                ? new Move($"start aggregator {it}", w => w.Start(it))
                : new Move($"kill aggregator {it}", w => w.Kill(it));
        }
        foreach (var seconds in new[] { 1, 7, 40, 80 })
            yield return new Move($"{seconds} s", w => w.Run(TimeSpan.FromSeconds(seconds)));
    }
}
