using RpcInterop;

namespace Homelab.Rpc.Tests;

/// <summary>gRPC's own interoperability cases, both ways against two official implementations.</summary>
public abstract class InteropTests(InteropPair pair)
{
    public static TheoryData<string> Cases => [.. InteropClient.Cases.Keys];

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task OurClient_AgainstForeignServer_Passes(string name)
    {
        using var channel = new RpcChannel(new RpcChannelOptions { Address = pair.ForeignServer });
        await InteropClient.Cases[name](channel).WaitAsync(ForeignPeer.Limit);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public Task ForeignClient_AgainstOurServer_Passes(string name) => ForeignPeer.RunCaseAsync(pair.Language, pair.OurServer, name);
}

public sealed class GrpcJsInteropTests(GrpcJsPair pair) : InteropTests(pair), IClassFixture<GrpcJsPair>;

public sealed class GrpcioInteropTests(GrpcioPair pair) : InteropTests(pair), IClassFixture<GrpcioPair>;

public sealed class GrpcJsPair() : InteropPair("js");

public sealed class GrpcioPair() : InteropPair("python");
