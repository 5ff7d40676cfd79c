using System.Collections.Immutable;
using FsCheck;
using FsCheck.Fluent;
using Homelab.Units;

namespace Homelab.Aggregator.Budgeting.Tests;

public sealed class HostRollTests
{
    [Theory]
    [InlineData("", "", "")]
    [InlineData("", "f00d", "boot f00d")]
    [InlineData("nas", "f00d", "name nas")]
    public void Key_OperatorAndKernel_TheOperatorIsBelieved(string named, string bootId, string key) =>
        Assert.Equal(key, HostRoll.Key(named, bootId));

    [Fact]
    public void Of_NodesWithoutAHostInCommon_AreNotInTheRoll() =>
        Assert.Empty(HostRoll.Of([Member("a", ""), Member("b", ""), Member("c", "boot 1")]));

    [Theory]
    [InlineData("aP bP cP", "a")]
    [InlineData("a bP cP", "b")]
    [InlineData("aP bP! cP!", "b")]
    [InlineData("a! bP cP", "b")]
    [InlineData("a b! c", "b")]
    public void Of_NodesOfOneMachine_PresentThenPreferredThenFirstByName(string members, string first)
    {
        var roll = HostRoll.Of(members.Split(' ').Select(text => Member(text[..1], "boot 1", text.Contains('P'), text.Contains('!'))));

        Assert.Equal(["a", "b", "c"], roll.Keys.Select(name => name.Value));
        Assert.All(roll.Values, name => Assert.Equal(first, name.Value));
    }

    [Theory]
    [InlineData("a:c3 b:-1 c:-1", "b")]
    [InlineData("a:-1 b:-2 c:-3", "c")]
    [InlineData("a:-3/40 b:-3/10 c:-1/1", "b")]
    public void Of_NobodyIsPreferred_TheBestFigureCounts(string members, string first)
    {
        var roll = HostRoll.Of(members.Split(' ').Select(text => Member(text[..1], "boot 1") with
        {
            Marks = new HostMarks("", "", text[2] == 'c'),
            Provenance = (Provenance)(text[3] - '0'),
            Uncertainty = text.Length > 4 ? int.Parse(text[5..], System.Globalization.CultureInfo.InvariantCulture) / 100.0 : 0.1,
        }));

        Assert.All(roll.Values, name => Assert.Equal(first, name.Value));
    }

    /// <summary>Each node: machine id, UUID, and whether it is in a container.</summary>
    [Theory]
    [InlineData("boot 1", "mu mu", true)]
    [InlineData("boot 1", "m- m-", true)]
    [InlineData("boot 1", "-- --", true)]
    [InlineData("boot 1", "mu mv", false)]
    [InlineData("boot 1", "mu nu", true)]
    [InlineData("boot 1", "m- n-", false)]
    [InlineData("boot 1", "mu n-", false)]
    [InlineData("boot 1", "mu nvc", true)]
    [InlineData("name nas", "mu nv", true)]
    public void Of_MarksOfTwoNodesOfOneKernel_OneMachineUnlessTheyDisagree(string host, string marks, bool isOne)
    {
        static string Known(char mark) => mark == '-' ? "" : $"{mark}";
        var members = marks.Split(' ').Select((text, i) => Member($"n{i}", host) with { Marks = new HostMarks(Known(text[0]), Known(text[1]), text.Length > 2) }).ToList();

        Assert.Equal(isOne ? 2 : 0, HostRoll.Of(members).Count);
        Assert.Equal(isOne ? 0 : 1, HostRoll.Doubtful(members).Length);
    }

    [Fact]
    public void Of_AnyOrder_TheSameRoll() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Fleets, members => HostRoll.Of(members).SequenceEqual(HostRoll.Of(members.Reverse()))));

    [Fact]
    public void Of_AnyFleet_EachMachineIsCountedOnceInTheSum() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Fleets, members =>
        {
            var roll = HostRoll.Of(members);
            // A bit for each node: the sum shows who is in it.
            var draws = members.Select((member, i) => new NodeDraw(
                member.IsPresent ? new Power(1L << i) : null, 0, "", roll.TryGetValue(member.Name, out var by) && by != member.Name));
            var sum = FleetBalance.Of([.. draws], new BudgetPolicy(Power.FromWatts(100)), FleetState.Ok).Power?.Microwatts ?? 0;
            return members.Select((member, i) => (Machine: member.Host.Length > 0 ? member.Host : "own " + member.Name, member.IsPresent, IsIn: (sum >> i & 1) == 1))
                .GroupBy(node => node.Machine).All(machine => machine.Count(node => node.IsIn) == (machine.Any(node => node.IsPresent) ? 1 : 0));
        }));

    [Fact]
    public void Of_WhoCountsLeaves_TheNextTakesOverAndNobodyElseChanges() =>
        Check.QuickThrowOnFailure(Prop.ForAll(Fleets, members =>
        {
            var roll = HostRoll.Of(members);
            if (roll.IsEmpty)
                return true;
            var gone = roll.Values.First();
            var machine = members.Single(member => member.Name == gone).Host;
            var after = HostRoll.Of(members.Where(member => member.Name != gone));
            var left = members.Where(member => member.Host == machine && member.Name != gone).Select(member => member.Name).ToList();
            return members.Where(member => member.Host != machine).All(member => Of(roll, member.Name) == Of(after, member.Name))
                && (left.Count == 1 ? !after.ContainsKey(left[0]) : left.Select(name => Of(after, name)).Distinct().ToList() is [{ } next] && left.Contains(next));
        }));

    private static NodeName? Of(ImmutableSortedDictionary<NodeName, NodeName> roll, NodeName name) => roll.TryGetValue(name, out var by) ? by : null;

    private static Arbitrary<HostMember[]> Fleets
    {
        get
        {
            var member = from host in Gen.Elements("", "boot 1", "boot 2", "name nas")
                         from isPresent in Gen.Elements(true, false)
                         from isPreferred in Gen.Elements(true, false)
                         select (host, isPresent, isPreferred);
            return Gen.ArrayOf(member).Select(all => all.Take(24).Select((each, i) => Member($"n{i}", each.host, each.isPresent, each.isPreferred)).ToArray()).ToArbitrary();
        }
    }

    private static HostMember Member(string name, string host, bool isPresent = true, bool isPreferred = false) =>
        new(NodeName.Parse(name), host, isPresent, isPreferred);
}
