using System.Diagnostics;
using System.Text.Json;
using Homelab.TestKit;

namespace Homelab.Manifests.Tests;

/// <summary>The admission policy's expressions, run by a CEL evaluator on changes of a Node. It is not the API server's evaluator, but speaks the same language.</summary>
public sealed class FenceTests
{
    private const string Account = "system:serviceaccount:homelab:homelab-aggregator";

    private const string Node = """
        metadata:
          name: rk1-1
          labels: { kubernetes.io/arch: arm64, power.homelab/state: ok }
          annotations: { volumes.kubernetes.io/controller-managed-attach-detach: "true" }
        spec:
          podCIDR: 10.42.0.0/24
          podCIDRs: [10.42.0.0/24]
          providerID: k3s://rk1-1
          taints: [{ key: dedicated, value: db, effect: NoSchedule }, { key: power.homelab/throttling, effect: PreferNoSchedule }]
        status:
          capacity: { cpu: "8", memory: 16Gi }
          allocatable: { cpu: "8", memory: 15Gi }
          conditions: [{ type: Ready, status: "True" }]
          addresses: [{ type: InternalIP, address: 10.0.0.11 }]
          nodeInfo: { architecture: arm64 }
          phase: Running
          daemonEndpoints: { kubeletEndpoint: { Port: 10250 } }
        """;

    private const string OldTaint = "{ key: dedicated, value: db, effect: NoSchedule }";

    /// <summary>What is laid over the node, and a word of the message that denies it; empty where it is allowed.</summary>
    private static readonly (string Change, string Denial)[] Changes =
    [
        ("{}", ""),
        ("{ metadata: { labels: { power.homelab/state: critical, power.homelab/class: sbc } } }", ""),
        ("{ metadata: { labels: { power.homelab/state: null } } }", ""),
        ("{ metadata: { annotations: { power.homelab/watts: '21.4' } } }", ""),
        ("{ metadata: { labels: { disk: ssd } } }", "labels"),
        ("{ metadata: { labels: { kubernetes.io/arch: amd64 } } }", "labels"),
        ("{ metadata: { labels: { kubernetes.io/arch: null } } }", "labels"),
        ("{ metadata: { labels: null } }", "labels"),
        ("{ metadata: { labels: { power.homelab.example/state: ok } } }", "labels"),
        ("{ metadata: { annotations: null } }", "annotations"),
        ("{ metadata: { annotations: { disk: ssd } } }", "annotations"),
        ("{ metadata: { finalizers: [a/b] } }", "finalizers"),
        ("{ metadata: { ownerReferences: [{ uid: '1' }] } }", "ownerReferences"),
        ($"{{ spec: {{ taints: [{OldTaint}, {{ key: power.homelab/over-budget, effect: NoSchedule }}] }} }}", ""),
        ($"{{ spec: {{ taints: [{OldTaint}] }} }}", ""),
        ("{ spec: { taints: null } }", "taints"),
        ("{ spec: { taints: [{ key: dedicated, value: db, effect: NoExecute }] } }", "taints"),
        ($"{{ spec: {{ taints: [{OldTaint}, {{ key: other, effect: NoSchedule }}] }} }}", "taints"),
        ($"{{ spec: {{ taints: [{OldTaint}, {{ key: power.homelab/over-budget, effect: NoExecute }}] }} }}", "NoExecute"),
        ("{ spec: { unschedulable: true } }", "unschedulable"),
        ("{ spec: { providerID: other } }", "providerID"),
        ("{ spec: { podCIDRs: [10.0.0.0/8] } }", "podCIDRs"),
    ];

    private static readonly (string Change, string Denial)[] StatusChanges =
    [
        ("{ status: { conditions: [{ type: Ready, status: 'True' }, { type: UnderVoltage, status: 'True' }] } }", ""),
        ("{ status: { capacity: { power.homelab/watts: '28' }, allocatable: { power.homelab/watts: '28' } } }", ""),
        ("{ status: { conditions: [{ type: Ready, status: 'False' }] } }", "conditions"),
        ("{ status: { conditions: null } }", "conditions"),
        ("{ status: { conditions: [{ type: Ready, status: 'True' }, { type: MemoryPressure, status: 'True' }] } }", "conditions"),
        ("{ status: { capacity: { cpu: '16' } } }", "status.capacity"),
        ("{ status: { capacity: { power.homelab/other: '1' } } }", "status.capacity"),
        ("{ status: { allocatable: { cpu: null } } }", "status.allocatable"),
        ("{ status: { addresses: [{ type: InternalIP, address: 10.6.6.6 }] } }", "addresses"),
        ("{ status: { images: [{ names: [a] }] } }", "images"),
        ("{ status: { nodeInfo: { architecture: amd64 } } }", "nodeInfo"),
        ("{ status: { phase: null } }", "phase"),
        ("{ metadata: { labels: { disk: ssd } } }", "labels"),
    ];

    [Fact]
    public async Task Fence_EachChangeOfANode_IsAllowedWhereItIsOurs()
    {
        var cases = Changes.Select(change => (change, ""))
            .Concat(StatusChanges.Select(change => (change, "status")))
            .Select(item => (item.change.Change, item.change.Denial, item.Item2))
            .ToList();
        var verdicts = await JudgeAsync(cases.Select(item => Case(Account, item.Item3, Node, item.Change)));
        Assert.Equal(cases.Count, verdicts.Count);
        Assert.All(cases.Zip(verdicts), judged =>
        {
            var ((change, denial, _), verdict) = judged;
            if (denial.Length == 0)
                Assert.True(verdict is [], $"{change} is denied: {string.Join("; ", verdict ?? ["not matched"])}");
            else
                Assert.True(verdict is [var message] && message.Contains(denial, StringComparison.Ordinal), $"{change} is not denied for {denial} alone: {string.Join("; ", verdict ?? ["not matched"])}");
        });
    }

    [Fact]
    public async Task Fence_BareNode_TakesWhatIsOurs()
    {
        const string bare = "{ metadata: { name: rk1-1 } }";
        var verdicts = await JudgeAsync(
        [
            Case(Account, "", bare, "{ metadata: { labels: { power.homelab/state: ok } }, spec: { taints: [{ key: power.homelab/throttling, effect: PreferNoSchedule }] } }"),
            Case(Account, "status", bare, "{ status: { conditions: [{ type: UnderVoltage, status: 'False' }], capacity: { power.homelab/watts: '28' } } }"),
        ]);
        Assert.All(verdicts, verdict => Assert.True(verdict is [], string.Join("; ", verdict ?? ["not matched"])));
    }

    [Theory]
    [InlineData("system:node:rk1-1")]
    [InlineData("system:serviceaccount:homelab:homelab-agent")]
    [InlineData("system:serviceaccount:other:homelab-aggregator")]
    public async Task Fence_AnyOtherAccount_IsNotItsBusiness(string user) =>
        Assert.Equal([null], await JudgeAsync([Case(user, "", Node, "{ metadata: { labels: { disk: ssd } } }")]));

    private static SortedDictionary<string, object?> Case(string user, string subResource, string before, string change) => YamlTree.Map(
        ("user", user), ("subResource", subResource), ("oldObject", YamlTree.Read(before)), ("object", YamlTree.Merge(YamlTree.Read(before), YamlTree.Read(change))));

    private static async Task<List<string[]?>> JudgeAsync(IEnumerable<object> cases)
    {
        var folder = Path.Combine(RepositoryRoot.Path, "tests/Manifests.Tests/fence");
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), "run: npm ci --prefix tests/Manifests.Tests/fence");
        using var node = Process.Start(new ProcessStartInfo("node", [Path.Combine(folder, "judge.mjs")]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var spec = Chart.Render("default").OfKind("ValidatingAdmissionPolicy").Single()["spec"].Value;
        await node.StandardInput.WriteAsync(JsonSerializer.Serialize(YamlTree.Map(("spec", spec), ("cases", cases.ToList()))));
        node.StandardInput.Close();
        var answer = await node.StandardOutput.ReadToEndAsync();
        await node.WaitForExitAsync();
        Assert.Equal(0, node.ExitCode);
        return JsonSerializer.Deserialize<List<string[]?>>(answer)!;
    }
}
