using System.Security.Cryptography;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Uplink;

namespace Homelab.NodeAgent.Tests.Uplink;

public class UplinkTlsTests
{
    [Fact]
    public void For_NoFiles_LeavesItToTheSystem()
    {
        Assert.Null(UplinkTls.For(new AgentOptions()));
    }

    [Theory]
    [InlineData("not a certificate")]
    [InlineData("")]
    public void For_AFileThatIsNoCertificate_NamesTheFile(string text)
    {
        using var authority = new TestAuthority();
        var file = authority.Write("bad.pem", text);

        var error = Assert.Throws<CryptographicException>(() => UplinkTls.For(new AgentOptions { TlsAuthority = file }));

        Assert.StartsWith(file, error.Message, StringComparison.Ordinal);
    }
}
