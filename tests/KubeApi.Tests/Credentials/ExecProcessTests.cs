using System.Collections.Immutable;
using System.Text;
using Homelab.TestKit;

namespace Homelab.Aggregator.KubeApi.Tests.Credentials;

public sealed class ExecProcessTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ManualClock _clock = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Run_Command_GetsArgumentsVariablesAndExecInfo()
    {
        var command = Command(_folder.Script("plugin", """printf '%s|' "$@" "$PROFILE" "$KUBERNETES_EXEC_INFO" """), ["a b", "$(id)"]);
        var output = await ExecProcess.RunAsync(command, TimeSpan.FromSeconds(30), TimeProvider.System, Cluster.None);
        Assert.Equal("""a b|$(id)|home|{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","spec":{"interactive":false,"cluster":{"server":"https://a"}}}|""", Encoding.UTF8.GetString(output.Value!));
    }

    [Fact]
    public async Task Run_CommandThatReadsInput_SeesItsEnd()
    {
        var output = await ExecProcess.RunAsync(Command(_folder.Script("plugin", "cat; echo done"), []), TimeSpan.FromSeconds(30), TimeProvider.System, Cluster.None);
        Assert.Equal("done\n", Encoding.UTF8.GetString(output.Value!));
    }

    [Fact]
    public async Task Run_CommandThatFails_TellsTheExitCodeAndNoOutput()
    {
        var command = Command(_folder.Script("plugin", "echo secret; echo secret >&2; exit 3"), []);
        var output = await ExecProcess.RunAsync(command, TimeSpan.FromSeconds(30), TimeProvider.System, Cluster.None);
        Assert.Contains("exit code 3", output.Status.Message);
        Assert.DoesNotContain("secret", output.Status.Message);
    }

    [Fact]
    public async Task Run_CommandThatHangs_IsKilledInTime()
    {
        var mark = Path.Combine(_folder.Path, "pid");
        var running = ExecProcess.RunAsync(Command(_folder.Script("plugin", $"echo $$ > {mark}; exec sleep 600"), []), TimeSpan.FromSeconds(30), _clock, Cluster.None);
        await Patience.UntilAsync(() => File.Exists(mark) && File.ReadAllText(mark).EndsWith('\n'));
        _clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Contains("30 s", (await running.Soon()).Status.Message);
        var pid = File.ReadAllText(mark).Trim();
        await Patience.UntilAsync(() => !Directory.Exists($"/proc/{pid}") || File.ReadAllText($"/proc/{pid}/stat").Contains(") Z", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Run_CommandThatFloods_IsStopped()
    {
        var output = await ExecProcess.RunAsync(Command(_folder.Script("plugin", "yes"), []), TimeSpan.FromSeconds(30), TimeProvider.System, Cluster.None).Soon();
        Assert.Contains("more than 1048576 bytes", output.Status.Message);
    }

    [Fact]
    public async Task Run_CommandThatIsMissing_GivesTheInstallHint()
    {
        var command = Command(_folder.Path + "/absent", []) with { InstallHint = "install the cloud tools" };
        var output = await ExecProcess.RunAsync(command, TimeSpan.FromSeconds(30), TimeProvider.System, Cluster.None);
        Assert.Equal(KubeOutcome.Unauthenticated, output.Status.Outcome);
        Assert.EndsWith("install the cloud tools", output.Status.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Send_KubeconfigWithAPlugin_ShowsItsToken()
    {
        await using var cluster = await Cluster.StartAsync();
        cluster.Server.Access.Allow("from-plugin", "*", "*");
        cluster.Server.Nodes.Put("a");
        _folder.Script("bin/plugin", """echo '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"from-plugin"}}'""");
        var text = cluster.Server.KubeConfig().Replace("user: {}", "user: {exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./bin/plugin}}", StringComparison.Ordinal);
        var access = KubeConfig.Load(_folder.Write("config", text)).Value!.Context(null, TimeProvider.System).Value!;
        Assert.True((await cluster.Client(access: access).GetAsync(KubePath.Node("a"), Cluster.None).Soon()).IsOk);
    }

    private static ExecCommand Command(string path, ImmutableArray<string> arguments) => new(
        "f: exec", "client.authentication.k8s.io/v1", path, arguments, ImmutableDictionary<string, string>.Empty.Add("PROFILE", "home"), "", """{"server":"https://a"}""");
}
