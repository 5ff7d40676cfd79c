using System.Collections;
using System.CommandLine;
using Homelab.Aggregator.Cli;
using Homelab.Aggregator.Configuration;
using Homelab.Aggregator.Fleet;
using Microsoft.AspNetCore.Builder;

namespace Homelab.Aggregator.Kubernetes.Tests;

/// <summary>A whole aggregator, with a kubeconfig that names one fake cluster, and its command line.</summary>
internal sealed class Started : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("k8s-");
    private LedgerDirectory? _storage;
    private WebApplication? _app;

    public Uri Http { get; private set; } = new("http://unset");

    private string Kubeconfig => Path.Combine(_folder.FullName, "kubeconfig");

    public static async Task<Started> StartAsync(string kubeconfig, bool isEnabled = true)
    {
        var started = new Started();
        await File.WriteAllTextAsync(started.Kubeconfig, kubeconfig);
        var any = ListenAddress.TryParse("127.0.0.1:0")!;
        started._storage = new LedgerDirectory(started._folder.FullName);
        var kubernetes = new KubernetesOptions { Enabled = isEnabled, InCluster = false, Kubeconfig = started.Kubeconfig };
        started._app = AggregatorHost.Build(
            new AggregatorOptions { Http = any, Grpc = any, Kubernetes = kubernetes }, AggregatorStorage.Of(started._storage), TimeProvider.System);
        await started._app.StartAsync();
        started.Http = AggregatorHost.Addresses(started._app).Http;
        return started;
    }

    /// <summary>What a command prints, and how it ends.</summary>
    public async Task<(int Exit, string Output, string Errors)> RunAsync(params string[] words)
    {
        var (output, errors) = (new StringWriter(), new StringWriter());
        var environment = new Hashtable { ["HOMELAB_URL"] = Http.ToString(), ["HOMELAB_KUBERNETES__KUBECONFIG"] = Kubeconfig, ["HOMELAB_KUBERNETES__INCLUSTER"] = "false" };
        var root = new RootCommand();
        var caller = new FleetCaller(output, errors, name => environment[name] as string);
        caller.AddTo(root);
        new KubernetesCommands(caller, output, errors, environment, TerminalStyle.Plain, TimeProvider.System, static () => 0).AddTo(root);
        var exit = await root.Parse(words).InvokeAsync();
        return (exit, output.ToString(), errors.ToString());
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            // To dispose of it does not wait for its loops, and the last thing they do is to write into the folder.
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        _storage?.Dispose();
        _folder.Delete(recursive: true);
    }
}
