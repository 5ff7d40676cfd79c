using System.Net;
using System.Net.Sockets;

namespace Homelab.EndToEnd.Tests;

/// <summary>Where the published programs and their peers are. Missing ones fail the test with the line that installs them.</summary>
internal static class Published
{
    public static readonly string Root = FindRoot();

    public static string Agent => Existing(Path.Combine(Root, "out/homelab-agent"), "make build");

    public static string Aggregator => Existing(Path.Combine(Root, "out/homelab-aggregator"), "make build");

    public static string RecordedHosts => Existing(Path.Combine(Root, "out/recorded-hosts/recorded-hosts"), "make build");

    public static string Prometheus => Existing("/usr/bin/prometheus", "apt-get install prometheus");

    public static string Promtool => Existing("/usr/bin/promtool", "apt-get install prometheus");

    public static string Fixtures => Path.Combine(Root, "tests/fixtures/hosts");

    public static string Results => Directory.CreateDirectory(Path.Combine(Root, "out/test-results")).FullName;

    /// <summary>A port of the loopback interface that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }

    private static string Existing(string path, string remedy) =>
        File.Exists(path) ? path : throw new InvalidOperationException($"{path} is missing: run {remedy}");

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Homelab.NodeAgent.sln")))
            folder = folder.Parent;
        return folder?.FullName ?? throw new InvalidOperationException("Homelab.NodeAgent.sln is not above the tests");
    }
}
