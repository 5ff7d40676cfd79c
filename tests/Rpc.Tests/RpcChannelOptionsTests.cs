using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf.WellKnownTypes;
using Homelab.Rpc.Server;
using Microsoft.AspNetCore.Server.Kestrel.Https;

namespace Homelab.Rpc.Tests;

/// <summary>Keep-alive, and mutual TLS with an authority made for the test: no machine trust is asked or changed.</summary>
public sealed class RpcChannelOptionsTests : IDisposable
{
    private readonly X509Certificate2 _authority = Authority("CN=test authority");

    [Fact]
    public async Task Tls_BothTrusted_ServerKnowsTheClient()
    {
        await using var server = await StartAsync();
        using var client = Issue("CN=um890");
        using var channel = Connect(server, client, _authority);
        Assert.Equal("CN=um890", (await channel.UnaryAsync(Loopback.Echo, Loopback.Text(""))).Value);
    }

    [Fact]
    public async Task Tls_NoClientCertificate_IsUnavailable()
    {
        await using var server = await StartAsync();
        using var channel = Connect(server, null, _authority);
        await FailsAsync(channel);
    }

    [Fact]
    public async Task Tls_ClientOfAnotherAuthority_IsUnavailable()
    {
        await using var server = await StartAsync();
        using var other = Authority("CN=other authority");
        using var client = Issue("CN=um890", other);
        using var channel = Connect(server, client, _authority);
        await FailsAsync(channel);
    }

    [Fact]
    public async Task Tls_ServerOfAnotherAuthority_IsUnavailableAndSaysTls()
    {
        await using var server = await StartAsync();
        using var other = Authority("CN=other authority");
        using var client = Issue("CN=um890");
        using var channel = Connect(server, client, other);
        Assert.StartsWith("TLS: ", (await FailsAsync(channel)).Status.Message, StringComparison.Ordinal);
    }

    /// <summary>A real wait of a few seconds: the pings belong to the HTTP stack, whose clock is its own.</summary>
    [Fact]
    public async Task KeepAlive_ServerFreezes_IsUnavailable()
    {
        using var frozen = new TcpListener(IPAddress.Loopback, 0);
        frozen.Start();
        using var channel = new RpcChannel(new RpcChannelOptions
        {
            Address = new Uri($"http://127.0.0.1:{((IPEndPoint)frozen.LocalEndpoint).Port}"),
            KeepAlivePing = TimeSpan.FromSeconds(1),
            KeepAliveTimeout = TimeSpan.FromSeconds(1),
        });
        await using var call = channel.Open(Loopback.Echo);
        Assert.Equal(RpcCode.Unavailable, (await Loopback.FailsAsync(call.ReadAsync())).Status.Code);
    }

    public void Dispose() => _authority.Dispose();

    private static async Task<RpcException> FailsAsync(RpcChannel channel)
    {
        var failure = await Loopback.FailsAsync(channel.UnaryAsync(Loopback.Echo, Loopback.Text("")));
        Assert.Equal(RpcCode.Unavailable, failure.Status.Code);
        return failure;
    }

    private Task<Loopback> StartAsync() => Loopback.StartAsync(
        map => map.MapRpcUnary(Loopback.Echo, (_, context) => Task.FromResult(new StringValue { Value = context.ClientCertificate?.Subject ?? "nobody" })),
        tls: new HttpsConnectionAdapterOptions
        {
            ServerCertificate = Issue("CN=localhost"),
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (certificate, _, _) => Trusts(_authority, certificate),
        });

    private static RpcChannel Connect(Loopback server, X509Certificate2? client, X509Certificate2 trusted) => new(new RpcChannelOptions
    {
        Address = server.Address,
        Tls = new SslClientAuthenticationOptions
        {
            ClientCertificates = client is null ? [] : [client],
            CertificateChainPolicy = Policy(trusted),
        },
    });

    private static X509ChainPolicy Policy(X509Certificate2 trusted) => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        CustomTrustStore = { trusted },
        RevocationMode = X509RevocationMode.NoCheck,
    };

    private static bool Trusts(X509Certificate2 authority, X509Certificate2 certificate)
    {
        using var chain = new X509Chain { ChainPolicy = Policy(authority) };
        return chain.Build(certificate);
    }

    private static X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
    }

    private X509Certificate2 Issue(string name, X509Certificate2? authority = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var certificate = request.Create(authority ?? _authority, now.AddHours(-1), now.AddDays(1), RandomNumberGenerator.GetBytes(8));
        using var withKey = certificate.CopyWithPrivateKey(key);
        // TLS wants a key that lives with its certificate.
        return X509CertificateLoader.LoadPkcs12(withKey.Export(X509ContentType.Pkcs12), null);
    }
}
