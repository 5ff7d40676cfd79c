namespace Homelab.Rpc.Tests;

public sealed class WireStatusTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("16", 16)]
    [InlineData("17", 2)]
    [InlineData("-1", 2)]
    [InlineData("", 2)]
    [InlineData("five", 2)]
    [InlineData("99999999999", 2)]
    public void Parse_Code_KnownOrUnknown(string code, int expected) =>
        Assert.Equal((RpcCode)expected, WireStatus.Parse(code, null, null).Code);

    [Fact]
    public void Parse_MessageAndDetails_AreDecoded()
    {
        var status = WireStatus.Parse("5", "caf%C3%A9", "CAU");
        Assert.Equal("café", status.Message);
        Assert.Equal([8, 5], status.Details.ToArray());
    }

    [Fact]
    public void Parse_DetailsNoBase64_AreDropped() => Assert.True(WireStatus.Parse("5", null, "***").Details.IsEmpty);

    [Theory]
    [InlineData(400, RpcCode.Internal)]
    [InlineData(401, RpcCode.Unauthenticated)]
    [InlineData(403, RpcCode.PermissionDenied)]
    [InlineData(404, RpcCode.Unimplemented)]
    [InlineData(429, RpcCode.Unavailable)]
    [InlineData(502, RpcCode.Unavailable)]
    [InlineData(503, RpcCode.Unavailable)]
    [InlineData(504, RpcCode.Unavailable)]
    [InlineData(500, RpcCode.Unknown)]
    [InlineData(204, RpcCode.Unknown)]
    internal void FromHttp_Status_GivesTheStandardsCode(int http, RpcCode code) => Assert.Equal(code, WireStatus.FromHttp(http));

    [Theory]
    [InlineData(0x2, RpcCode.Internal)]
    [InlineData(0x7, RpcCode.Unavailable)]
    [InlineData(0x8, RpcCode.Cancelled)]
    [InlineData(0xb, RpcCode.ResourceExhausted)]
    [InlineData(0xc, RpcCode.PermissionDenied)]
    internal void FromReset_ErrorCode_GivesTheStandardsCode(long error, RpcCode code) => Assert.Equal(code, WireStatus.FromReset(error));
}
