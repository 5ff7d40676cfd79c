using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Homelab.Architecture.Tests;

/// <summary>Who may use whom. Each rule carries its reason; the failure prints it.</summary>
public sealed class ImportRulesTests
{
    /// <summary>Project → the projects and packages it may name. What is not listed is forbidden.</summary>
    public static TheoryData<string, string[], string[], string> ProjectRules => new()
    {
        { "protos/Units/Homelab.Units.csproj", [], [], "units depend on nothing, so everything may depend on them" },
        { "protos/Protocol/Homelab.Protocol.csproj", [], ["Google.Protobuf", "Grpc.Tools"], "the wire is generated code only" },
        { "protos/Rpc/Homelab.Rpc.csproj", ["Homelab.Protocol"], ["Google.Protobuf"], "the transport knows messages, not our domain" },
        { "protos/RpcServer/Homelab.Rpc.Server.csproj", ["Homelab.Rpc", "Homelab.Protocol"], ["Google.Protobuf"], "the transport knows messages, not our domain" },
        { "agent/HostFiles/Homelab.NodeAgent.HostFiles.csproj", ["Homelab.Units"], [], "the way to the kernel's files knows none who go it" },
        { "agent/Nvml/Homelab.NodeAgent.Nvml.csproj", ["Homelab.Units"], [], "a binding knows none who use it" },
        { "agent/Vcio/Homelab.NodeAgent.Vcio.csproj", [], [], "a binding knows none who use it" },
        { "agent/Ipmi/Homelab.NodeAgent.Ipmi.csproj", [], [], "a binding knows none who use it" },
        { "agent/Perf/Homelab.NodeAgent.Perf.csproj", [], [], "a binding knows none who use it" },
        { "agent/I2c/Homelab.NodeAgent.I2c.csproj", [], [], "a binding knows none who use it" },
        { "agent/Gpio/Homelab.NodeAgent.Gpio.csproj", ["Homelab.NodeAgent.HostFiles"], [], "a binding knows none who use it" },
        { "agent/Sensors/Homelab.NodeAgent.Sensors.csproj", ["Homelab.Units", "Homelab.NodeAgent.HostFiles", "Homelab.NodeAgent.Nvml", "Homelab.NodeAgent.Vcio", "Homelab.NodeAgent.Ipmi", "Homelab.NodeAgent.Perf", "Homelab.NodeAgent.I2c", "Homelab.NodeAgent.Gpio"], [], "sensors know no transport" },
        { "agent/Actuators/Homelab.NodeAgent.Actuators.csproj", ["Homelab.Units", "Homelab.NodeAgent.HostFiles", "Homelab.NodeAgent.Nvml", "Homelab.NodeAgent.Gpio"], [], "actuators write to hardware and do nothing else" },
        { "agent/Fusion/Homelab.NodeAgent.Fusion.csproj", ["Homelab.Units", "Homelab.NodeAgent.Sensors"], [], "fusion is arithmetic on readings" },
        { "agent/Capping/Homelab.NodeAgent.Capping.csproj", ["Homelab.Units"], [], "leases and the local trim are pure: the simulator runs them too" },
        { "aggregator/Budgeting/Homelab.Aggregator.Budgeting.csproj", ["Homelab.Units"], [], "budgeting is pure arithmetic on units" },
        { "aggregator/Labels/Homelab.Aggregator.Labels.csproj", ["Homelab.Units"], [], "what a node should say is decided without an API server" },
        { "aggregator/KubeApi/Homelab.Aggregator.KubeApi.csproj", [], ["YamlDotNet"], "the client knows Kubernetes and nothing of ours, so that a package can replace it" },
        {
            "agent/Host/Homelab.NodeAgent.csproj",
            ["Homelab.Units", "Homelab.NodeAgent.HostFiles", "Homelab.NodeAgent.Sensors", "Homelab.NodeAgent.Fusion", "Homelab.NodeAgent.Capping", "Homelab.NodeAgent.Actuators", "Homelab.NodeAgent.Nvml", "Homelab.NodeAgent.Gpio", "Homelab.Protocol", "Homelab.Rpc"],
            ["Google.Protobuf", "Microsoft.Extensions.Logging.Abstractions", "System.CommandLine", "YamlDotNet"],
            "the agent never sees the aggregator; they meet in protos"
        },
        {
            "aggregator/Simulation/Homelab.Aggregator.Simulation.csproj",
            ["Homelab.Units", "Homelab.Aggregator.Budgeting", "Homelab.NodeAgent.Capping"], ["YamlDotNet"],
            "the simulator is a composition root of its own: the one place that sees both sides, and of both only what is pure"
        },
        {
            "aggregator/Host/Homelab.Aggregator.csproj",
            ["Homelab.Units", "Homelab.Aggregator.Budgeting", "Homelab.Aggregator.Labels", "Homelab.Aggregator.KubeApi", "Homelab.Aggregator.Simulation", "Homelab.Protocol", "Homelab.Rpc", "Homelab.Rpc.Server"],
            ["Google.Protobuf", "System.CommandLine", "YamlDotNet"],
            "the aggregator never sees the agent; they meet in protos"
        },
    };

    [Theory]
    [MemberData(nameof(ProjectRules))]
    public void Project_References_StayInsideItsRule(string project, string[] projects, string[] packages, string reason)
    {
        if (!File.Exists(Path.Combine(SourceTree.Root, project)))
            return; // The room is not built yet; EveryProject_OfTheProduct_HasARule keeps the reverse true.
        var xml = XDocument.Parse(SourceTree.Read(project));
        var usedProjects = xml.Descendants("ProjectReference").Select(node => Path.GetFileNameWithoutExtension(node.Attribute("Include")!.Value));
        var usedPackages = xml.Descendants("PackageReference").Select(node => node.Attribute("Include")!.Value);
        Assert.True(!usedProjects.Except(projects).Any(), $"{project} uses {string.Join(", ", usedProjects.Except(projects))}: {reason}");
        Assert.True(!usedPackages.Except(packages).Any(), $"{project} uses {string.Join(", ", usedPackages.Except(packages))}: {reason}");
    }

    [Fact]
    public void EveryProject_OfTheProduct_HasARule()
    {
        var ruled = ProjectRules.Select(row => (string)((object[])row)[0]).ToHashSet();
        Assert.Empty(SourceTree.Files("*.csproj", "agent", "aggregator", "protos").Where(project => !ruled.Contains(project)));
    }

    /// <summary>Folder → namespaces that its files may not name, outside the folders excepted.</summary>
    public static TheoryData<string, string, string[], string> FolderRules => new()
    {
        { "agent/Host", @"Homelab\.NodeAgent\.V1|Homelab\.Rpc", ["agent/Host/Uplink", "agent/Host/Composition.cs"], "wire types stay in Uplink; Composition puts the parts together" },
        { "agent/Host/Sampling", @"Homelab\.NodeAgent\.(Uplink|Cli)", [], "sampling knows no transport and no terminal" },
        { "agent/Host/Uplink", @"Homelab\.NodeAgent\.Cli", [], "the uplink knows no terminal" },
        { "aggregator/Host", @"Homelab\.NodeAgent\.V1|Homelab\.Rpc", ["aggregator/Host/Ingest", "aggregator/Host/AggregatorHost.cs"], "wire types stay in Ingest; AggregatorHost puts the parts together" },
        { "aggregator/Host/Fleet", @"Homelab\.Aggregator\.(Ingest|Control|Kubernetes|Prometheus|Dashboard|Cli)|Microsoft\.AspNetCore", [], "the fleet knows none of its adapters" },
        { "aggregator/Host/Prometheus", @"Homelab\.Aggregator\.(Ingest|Control|Kubernetes|Dashboard|Cli)\b", [], "adapters never see each other" },
        { "aggregator/Host/Dashboard", @"Homelab\.Aggregator\.(Ingest|Control|Kubernetes|Prometheus|Cli)\b", [], "adapters never see each other" },
        { "aggregator/Host/Kubernetes", @"Homelab\.Aggregator\.(Ingest|Control|Prometheus|Dashboard|Cli)\b", [], "adapters never see each other" },
        { "aggregator/Host", @"Homelab\.Aggregator\.Simulation", ["aggregator/Host/Cli"], "the simulator is a verb of the command line, and no part of the server" },
        { "aggregator/Host", @"Homelab\.NodeAgent\.(Capping|Fusion|Sensors|Actuators)", [], "the aggregator never sees the agent, not even through the simulator" },
        { "aggregator/Simulation", @"System\.Net|Microsoft\.Extensions|TimeProvider|Random\b|Console\.|Homelab\.NodeAgent\.V1", [], "the simulator is deterministic: virtual time, seeds, no terminal" },
        { "agent/Capping", @"System\.IO|System\.Net|Microsoft\.Extensions|TimeProvider|\basync\b|\bawait\b|Task\b|Random\b|Console\.", [], "leases and the local trim are pure: no I/O, clock, logger, async" },
        { "agent/Fusion", @"System\.IO|System\.Net|Microsoft\.Extensions|TimeProvider|\basync\b|\bawait\b|Task\b|Random\b|Console\.|HostRoot|IPseudoFiles", [], "fusion is pure: no I/O, clock, logger, async" },
        { "aggregator/Budgeting", @"System\.IO|System\.Net|Microsoft\.Extensions|TimeProvider|\basync\b|\bawait\b|Task\b|Random\b|Console\.", [], "budgeting is pure: no I/O, clock, logger, async" },
        { "aggregator/Labels", @"System\.IO|System\.Net|Microsoft\.Extensions|TimeProvider|\basync\b|\bawait\b|Task\b|Random\b|Console\.|KubeApi", [], "labels are decided in pure code: no I/O, clock, logger, async" },
        { "aggregator/Host", @"Homelab\.Aggregator\.(KubeApi|Labels)", ["aggregator/Host/Kubernetes", "aggregator/Host/Leadership", "aggregator/Host/Cli", "aggregator/Host/AggregatorHost.cs"], "only the adapter and the election speak to clusters" },
        { "agent/Actuators", @"System\.Net|Homelab\.Rpc|Google\.Protobuf|System\.Diagnostics\.Process", [], "actuators know no transport and start no program" },
        { "agent", @"GpioOutput\b", ["agent/Gpio", "agent/Actuators"], "only actuators drive a line" },
        { "agent", @"\bI2cBus\b|II2cCalls", ["agent/I2c", "agent/Sensors/I2c"], "a bus is spoken on by its monitors' source alone" },
        { "agent/Sensors", @"System\.Net|Homelab\.Rpc|Google\.Protobuf|System\.Diagnostics\.Process", [], "sensors know no transport and start no program" },
    };

    [Theory]
    [MemberData(nameof(FolderRules))]
    public void Folder_CodeLines_NameNothingForbidden(string folder, string forbidden, string[] except, string reason)
    {
        var pattern = new Regex($"(?<![\\w.])({forbidden})");
        var offences =
            from file in SourceTree.CSharp(folder)
            where !except.Any(prefix => file == prefix || file.StartsWith(prefix + "/", StringComparison.Ordinal))
            from line in SourceTree.Lines(file)
            let code = line.TrimStart()
            where !code.StartsWith("//", StringComparison.Ordinal) && pattern.IsMatch(code)
            select $"{file}: {code}";
        Assert.True(!offences.Any(), $"{reason}:\n{string.Join('\n', offences)}");
    }

    [Fact]
    public void WritingToFiles_InTheAgent_HappensOnlyWhereItMay()
    {
        var writes = new Regex(@"File\.(Write|Append|Create|Open|Delete|Move|Replace|Copy)|new FileStream|new StreamWriter|FileAccess\.(Write|ReadWrite)|O_WRONLY|O_RDWR");
        var offences = SourceTree.CSharp("agent/Sensors", "agent/HostFiles", "agent/Fusion", "agent/Capping", "agent/Host")
            .SelectMany(file => SourceTree.Lines(file).Where(line => writes.IsMatch(line)).Select(line => $"{file}: {line.Trim()}"));
        Assert.True(!offences.Any(), "only Actuators write to hardware:\n" + string.Join('\n', offences));
    }
}
