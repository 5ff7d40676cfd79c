using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Actuators.Nvidia;

public sealed class NvmlOriginalsTests : IDisposable
{
    private const string First = "0000:01:00.0";
    private const string Uuid = "GPU-00000000-1111-2222-3333-444444444444";

    private readonly FixtureHost _host = FixtureHost.Of();
    private readonly FakeNvml _fake;
    private readonly NvmlOriginals _originals;

    public NvmlOriginalsTests()
    {
        _fake = FakeNvml.In(_host, First);
        _originals = new NvmlOriginals(_host.Root);
    }

    public void Dispose()
    {
        _originals.Dispose();
        _host.Dispose();
    }

    [Fact]
    public void WriteBack_AfterACapBelowTheLeast_RestoresAllOfIt()
    {
        _fake.Say("0.limit 280000");
        var limiter = NvmlLimiter.Discover(_host.Root)[0];
        var recorded = limiter.Originals();
        limiter.Apply(Limit.Of(Power.FromWatts(100)));
        Assert.Equal(("150000", "989", "1"), (_fake.Value("0.limit"), _fake.Value("0.locked"), _fake.Value("0.persistence")));

        Assert.Equal([$"nvml:{Uuid}/locked-clocks", $"nvml:{Uuid}/power-limit", $"nvml:{Uuid}/persistence-mode"], recorded.Select(static value => value.Key));
        Assert.All(recorded, value => Assert.True(_originals.Owns(value.Key)));
        Assert.All(recorded, value => Assert.Null(_originals.WriteBack(value)));

        Assert.Equal(("280000", "0", "0"), (_fake.Value("0.limit"), _fake.Value("0.locked"), _fake.Value("0.persistence")));
    }

    [Fact]
    public void WriteBack_AlreadyBack_WritesNothing()
    {
        Assert.Null(_originals.WriteBack(NvmlOriginals.PowerLimit(Uuid, Power.FromWatts(320))));
        Assert.Null(_originals.WriteBack(NvmlOriginals.Persistence(Uuid, isOn: false)));

        Assert.DoesNotContain(_fake.Calls, static call => call.StartsWith("0.set", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nvml:GPU-of-another-machine/power-limit", "300000", "NVML_ERROR_NOT_FOUND")]
    [InlineData($"nvml:{Uuid}/power-limit", "lots", "is no power limit")]
    [InlineData($"nvml:{Uuid}/power-limit", "900000", "NVML_ERROR_INVALID_ARGUMENT")]
    [InlineData($"nvml:{Uuid}/colour", "red", "not a value that is ever changed")]
    [InlineData("nvml:", "", "not a value of a card")]
    public void WriteBack_ThatCanNotBe_SaysWhy(string key, string text, string why) =>
        Assert.Contains(why, _originals.WriteBack(new OriginalValue(key, text)), StringComparison.Ordinal);

    [Fact]
    public void WriteBack_NoPermission_SaysWhatItTakes()
    {
        _fake.Say("0.limit 200000", "0.err.set_limit 4");

        Assert.Contains("takes root", _originals.WriteBack(NvmlOriginals.PowerLimit(Uuid, Power.FromWatts(320))), StringComparison.Ordinal);
    }

    [Fact]
    public void Owns_AFile_IsNotIts() => Assert.False(_originals.Owns("/sys/class/powercap/intel-rapl:0/constraint_0_power_limit_uw"));
}
