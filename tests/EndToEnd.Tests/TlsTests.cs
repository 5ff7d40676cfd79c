using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Homelab.EndToEnd.Tests;

/// <summary>Mutual TLS between the published binaries: who is signed gets in, under the name that was signed.</summary>
public sealed class TlsTests
{
    [Fact]
    public async Task Agent_WithASignedCertificate_Joins()
    {
        await using var fleet = new Fleet();
        var papers = new Papers(fleet.Folder);
        StartAggregator(fleet, papers);
        await fleet.StartHostsAsync("um890");
        StartAgent(fleet, papers, "um890", papers.Issue("um890"));

        var node = await NodeAsync(fleet, papers, "um890");

        Assert.True((bool)node["up"]!);
    }

    [Fact]
    public async Task Agent_UnderAnothersName_IsRefusedAndToldWhy()
    {
        await using var fleet = new Fleet();
        var papers = new Papers(fleet.Folder);
        StartAggregator(fleet, papers);
        await fleet.StartHostsAsync("um890");
        var impostor = StartAgent(fleet, papers, "um890", papers.Issue("pi4b"));

        await Eventually.GetAsync("refusal", () => Task.FromResult(impostor.Output), said => said.Contains("certificate does not name", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Agent_SignedByAStranger_NeverGetsIn()
    {
        await using var fleet = new Fleet();
        var papers = new Papers(fleet.Folder);
        StartAggregator(fleet, papers);
        await fleet.StartHostsAsync("um890");
        var stranger = new Papers(Directory.CreateDirectory(Path.Combine(fleet.Folder, "stranger")).FullName);
        var agent = StartAgent(fleet, papers, "um890", stranger.Issue("um890"));

        await Eventually.GetAsync("the agent says it is not in", () => Task.FromResult(agent.Output),
            said => said.Contains($"https://localhost:{fleet.GrpcPort}", StringComparison.Ordinal) && said.Contains("warn", StringComparison.Ordinal));
        Assert.DoesNotContain("acknowledged", agent.Output);
    }

    private static void StartAggregator(Fleet fleet, Papers papers)
    {
        var (certificate, key) = papers.Issue("localhost");
        var config = Path.Combine(fleet.Folder, "aggregator.yaml");
        File.WriteAllText(config, $"tls:\n  certificate: {certificate}\n  key: {key}\n  clientCa: {papers.Authority}\n");
        fleet.StartAggregator("--config", config);
    }

    private static RunningProgram StartAgent(Fleet fleet, Papers papers, string node, (string Certificate, string Key) own)
    {
        var config = Path.Combine(fleet.Folder, "agent.yaml");
        File.WriteAllText(config, $"tls:\n  ca: {papers.Authority}\n  certificate: {own.Certificate}\n  key: {own.Key}\n");
        return fleet.StartAgent(node, "--config", config, "--aggregator", $"https://localhost:{fleet.GrpcPort}");
    }

    private static async Task<System.Text.Json.Nodes.JsonNode> NodeAsync(Fleet fleet, Papers papers, string name)
    {
        using var handler = new HttpClientHandler { ServerCertificateCustomValidationCallback = (_, certificate, _, _) => papers.Signed(certificate!) };
        using var http = new HttpClient(handler);
        return (await Eventually.GetAsync("node " + name, async () => Fleet.Find(System.Text.Json.Nodes.JsonNode.Parse(
            await http.GetStringAsync($"https://localhost:{fleet.HttpPort}/api/v1/fleet"))!, name), node => node is not null && (bool)node["up"]!))!;
    }

    /// <summary>A small authority of the test's own.</summary>
    private sealed class Papers
    {
        private readonly X509Certificate2 _authority;
        private readonly string _folder;

        public Papers(string folder)
        {
            _folder = folder;
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest("CN=homelab test authority", key, HashAlgorithmName.SHA256);
            request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
            _authority = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(2));
            Authority = Path.Combine(folder, "ca.pem");
            File.WriteAllText(Authority, _authority.ExportCertificatePem());
        }

        public string Authority { get; }

        public bool Signed(X509Certificate2 certificate) => certificate.Issuer == _authority.Subject;

        public (string Certificate, string Key) Issue(string name)
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(name);
            request.CertificateExtensions.Add(names.Build());
            using var certificate = request.Create(_authority, TimeProvider.System.GetUtcNow().AddHours(-1), TimeProvider.System.GetUtcNow().AddHours(1), RandomNumberGenerator.GetBytes(8));
            var (certificatePath, keyPath) = (Path.Combine(_folder, name + ".pem"), Path.Combine(_folder, name + ".key"));
            File.WriteAllText(certificatePath, certificate.ExportCertificatePem());
            File.WriteAllText(keyPath, key.ExportPkcs8PrivateKeyPem());
            return (certificatePath, keyPath);
        }
    }
}
