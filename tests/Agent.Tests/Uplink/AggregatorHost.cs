using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Homelab.NodeAgent.V1;
using Homelab.Rpc;
using Homelab.Rpc.Server;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Tests.Uplink;

/// <summary>The smallest aggregator on a real HTTP/2 port: welcomes, acknowledges, remembers.</summary>
internal sealed class AggregatorHost : IAsyncDisposable
{
    private static readonly RpcMethod<AgentMessage, AggregatorMessage> Connect =
        new("homelab.nodeagent.v1.NodeAgentService", "Connect", AgentMessage.Parser, AggregatorMessage.Parser);

    private readonly WebApplication _app;
    private readonly ConcurrentQueue<AgentMessage> _heard = new();

    private AggregatorHost(WebApplication app) => _app = app;

    public IReadOnlyCollection<AgentMessage> Heard => _heard;

    /// <summary>When set, the stream ends with this status at Hello.</summary>
    public RpcStatus? Refusal { get; set; }

    /// <summary>What a report is answered with besides its acknowledgement; null: nothing.</summary>
    public Func<Report, Grant?> Grants { get; set; } = static _ => null;

    public Uri Address { get; private set; } = new("http://localhost");

    public static async Task<AggregatorHost> StartAsync(HttpsConnectionAdapterOptions? tls = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddRpc();
        if (tls is not null)
            builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server =>
        {
            KestrelRpc.Configure(server);
            server.Listen(IPAddress.Loopback, 0, listen => KestrelRpc.Configure(listen, tls));
        });
        var app = builder.Build();
        var host = new AggregatorHost(app);
        var health = new HealthState();
        health.Set("", true);
        app.MapRpcHealth(health);
        app.MapRpcDuplex(Connect, host.ServeAsync);
        await app.StartAsync();
        var bound = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        host.Address = new Uri($"{(tls is null ? "http" : "https")}://localhost:{bound.Port}");
        return host;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task ServeAsync(RpcReader<AgentMessage> reader, RpcWriter<AggregatorMessage> writer, RpcServerContext context)
    {
        while (await reader.ReadAsync() is { } message)
        {
            _heard.Enqueue(message);
            if (Refusal is { } refusal)
                throw new RpcException(refusal);
            if (message.Hello is not null)
                await writer.WriteAsync(new AggregatorMessage { Welcome = new Welcome { ProtocolVersion = 1, ReportIntervalMs = 100 } });
            if (message.Report is { } report)
                await writer.WriteAsync(new AggregatorMessage { Acknowledged = new Acknowledged { Sequence = report.Sequence } });
            if (message.Report is { } basis && Grants(basis) is { } grant)
                await writer.WriteAsync(new AggregatorMessage { Grant = grant });
        }
    }
}

/// <summary>A certificate authority for one test, as files.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("homelab-tls-").FullName;
    private readonly X509Certificate2 _authority;

    public TestAuthority()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=test authority", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _authority = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(200));
        AuthorityFile = Write("ca.pem", _authority.ExportCertificatePem());
    }

    public string AuthorityFile { get; }

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    /// <summary>A certificate for a name with its key, and the two as files.</summary>
    public (X509Certificate2 Certificate, string File, string KeyFile) Issue(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name);
        request.CertificateExtensions.Add(names.Build());
        using var bare = request.Create(_authority, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(150), Guid.NewGuid().ToByteArray());
        var certificate = bare.CopyWithPrivateKey(key);
        return (certificate, Write(name + ".pem", bare.ExportCertificatePem()), Write(name + ".key", key.ExportPkcs8PrivateKeyPem()));
    }

    public string Write(string name, string text)
    {
        var file = Path.Combine(_folder, name);
        File.WriteAllText(file, text);
        return file;
    }
}
