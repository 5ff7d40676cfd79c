using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Homelab.Aggregator.Ingest;
using Homelab.Aggregator.Tests.Fakes;
using Homelab.Rpc;

namespace Homelab.Aggregator.Tests.Ingest;

public sealed class PeerCertificateTests
{
    [Fact]
    public void Check_NoCertificate_Passes() => Assert.Null(Record.Exception(() => PeerCertificate.Check(null, Sample.Node())));

    [Theory]
    [InlineData("um890", null)]
    [InlineData("other", "um890")]
    public void Check_CertificateNamesTheNode_Passes(string commonName, string? dnsName)
    {
        using var certificate = Certificate(commonName, dnsName);

        Assert.Null(Record.Exception(() => PeerCertificate.Check(certificate, Sample.Node())));
    }

    [Theory]
    [InlineData("rk1-1", null)]
    [InlineData("um890", "rk1-1")]
    [InlineData("x", "*")]
    public void Check_CertificateNamesAnother_IsDenied(string commonName, string? dnsName)
    {
        using var certificate = Certificate(commonName, dnsName);

        var refusal = Assert.Throws<RpcException>(() => PeerCertificate.Check(certificate, Sample.Node()));

        Assert.Equal(RpcCode.PermissionDenied, refusal.Status.Code);
    }

    [Fact]
    public void Expiry_ACertificate_IsItsEnd()
    {
        using var certificate = Certificate("um890", null);

        Assert.Equal(DateTimeOffset.UnixEpoch.AddYears(100), PeerCertificate.Expiry(certificate));
        Assert.Null(PeerCertificate.Expiry(null));
    }

    private static X509Certificate2 Certificate(string commonName, string? dnsName)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={commonName}", key, HashAlgorithmName.SHA256);
        if (dnsName is not null)
        {
            var names = new SubjectAlternativeNameBuilder();
            names.AddDnsName(dnsName);
            request.CertificateExtensions.Add(names.Build());
        }
        return request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
    }
}
