using System.Collections.Immutable;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Labels;

namespace Homelab.Aggregator.Kubernetes.Tests;

public sealed class AgentMapTests
{
    private static readonly Moment Start = new(new DateTimeOffset(2026, 11, 21, 10, 0, 0, TimeSpan.Zero), TimeSpan.FromHours(1));

    [Fact]
    public void Marks_AgentInAPod_CarryWhatItSaysOfItsMachine()
    {
        var marks = Marks("um890", machine => machine with
        {
            KubernetesNode = "worker-1",
            ProviderId = "k3s://worker-1",
            SystemUuid = "4c4c4544-0042",
            MachineId = "9f1d",
            Addresses = ["192.168.1.7", "fe80::1"],
        });
        Assert.Equal(("worker-1", "k3s://worker-1", "4c4c4544-0042", "9f1d"), (marks.PodNode, marks.ProviderId, marks.SystemUuid, marks.MachineId));
        Assert.Equal<string>(["192.168.1.7", "fe80::1", "192.0.2.9"], marks.Addresses);
    }

    [Fact]
    public void Marks_AgentNamedLikeANode_DoNotCountTheStreamsAddress() =>
        Assert.Equal<string>(["192.168.1.7"], Marks("um890", machine => machine with { Addresses = ["192.168.1.7"] }, "um890").Addresses);

    [Fact]
    public void Marks_AgentThatSaysNothing_MatchByItsStreamAlone()
    {
        var marks = Marks("um890", machine => machine);
        Assert.Equal(("", "", "", ""), (marks.PodNode, marks.ProviderId, marks.SystemUuid, marks.MachineId));
        Assert.Equal<string>(["192.0.2.9"], marks.Addresses);
    }

    private static AgentMarks Marks(string name, Func<MachineFacts, MachineFacts> with, params string[] nodes)
    {
        var fleet = new Fleet().Put(name, with: node => node with { Identity = node.Identity! with { Machine = with(node.Identity.Machine) } });
        return AgentMap.Marks(Assert.Single(fleet.At(Start).Nodes), nodes.ToImmutableHashSet());
    }
}
