using Homelab.NodeAgent.Nvml;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Nvidia;

public sealed class NvmlSessionTests : IDisposable
{
    private const string First = "0000:01:00.0";

    private readonly FixtureHost _host = FixtureHost.Of();

    public void Dispose() => _host.Dispose();

    [Fact]
    public void Open_NoLibraryAnywhere_SaysSoEachTime()
    {
        using var session = new NvmlSession(NvmlPaths.For(_host.Path));

        Assert.Equal(NvmlResult.LibraryNotFound, session.Open());
        Assert.Equal(NvmlResult.LibraryNotFound, session.Open());
        Assert.Equal((false, ""), (session.IsOpen, session.Path));
    }

    [Fact]
    public void Open_OwnLibraryOfAnotherDriver_TakesTheNext()
    {
        using var container = FixtureHost.Of();
        FakeNvml.In(container, First).Say("err.init 18");
        FakeNvml.In(_host, First);
        using var session = new NvmlSession([Library(container), Library(_host)]);

        Assert.Equal(NvmlResult.Success, session.Open());
        Assert.Equal((Library(_host), "595.71.05"), (session.Path, session.DriverVersion));
    }

    [Fact]
    public void Find_NotOpenOrUnknown_IsAnAnswerAndNoException()
    {
        FakeNvml.In(_host, First);
        using var session = new NvmlSession([Library(_host)]);

        Assert.Equal(NvmlResult.Uninitialized, session.Find(First, out _));
        session.Open();
        Assert.Equal(NvmlResult.NotFound, session.Find("0000:99:00.0", out _));
        Assert.Equal(NvmlResult.InvalidArgument, session.Find(new string('0', 200), out _));
        Assert.Equal(NvmlResult.Success, session.Find(First, out _));
    }

    [Fact]
    public void Call_MissingExport_IsFunctionNotFound()
    {
        FakeNvml.OldIn(_host, First);
        using var session = new NvmlSession([Library(_host)]);
        Assert.Equal(NvmlResult.Success, session.Open());
        session.Find(First, out var device);

        Assert.Equal(NvmlResult.FunctionNotFound, device.LockClocks(500));
        Assert.Equal(NvmlResult.FunctionNotFound, device.Fields(new NvmlFieldValue[1]));
        Assert.Equal(NvmlResult.Success, device.ClockEvents(out var events));
        Assert.Equal(NvmlClockEvents.GpuIdle, events);
    }

    [Fact]
    public void Close_ThenOpen_IsANewGeneration()
    {
        FakeNvml.In(_host, First);
        using var session = new NvmlSession([Library(_host)]);
        session.Open();
        var first = session.Generation;

        session.Close();
        Assert.Equal(NvmlResult.Uninitialized, session.Find(First, out _));
        session.Open();

        Assert.NotEqual(first, session.Generation);
    }

    [Fact]
    public void For_AnotherRoot_AsksItsOwnLibraryFirstAndTheLoaderLast()
    {
        var paths = NvmlPaths.For("/host");

        Assert.Contains("/host/usr/lib64/libnvidia-ml.so.1", paths);
        Assert.Equal("libnvidia-ml.so.1", paths[^1]);
        Assert.Equal("libnvidia-ml.so.1", NvmlPaths.For("")[0]);
    }

    [Theory]
    [InlineData(1, 0xA5A5A5A500000007, 7L)] // only its own half of the union is written
    [InlineData(3, 0x1_0000_0000, 0x1_0000_0000)]
    [InlineData(3, ulong.MaxValue, null)]
    [InlineData(5, 0xFFFFFFFF, -1L)]
    [InlineData(6, 0xA5A50007, 7L)]
    [InlineData(5, 0x7FFFFFF2, null)]
    [InlineData(1, 0x7FFFFFF0, null)]
    [InlineData(1, 0xFFFFFFFF, null)]
    [InlineData(3, 0x7FFFFFFFFFFFFFF1, null)]
    [InlineData(4, ulong.MaxValue, null)]
    [InlineData(0, 7, null)]
    [InlineData(0, 0x4059000000000000, 100L)]
    [InlineData(0, 0x42E0000000000000, null)] // 2^47, DCGM's blank
    [InlineData(0, 0x7FF8000000000000, null)] // not a number
    [InlineData(9, 7, null)]
    public void Number_OfAFieldValue_FollowsItsType(int type, ulong raw, long? expected) =>
        Assert.Equal(expected, new NvmlFieldValue { ValueType = (uint)type, Raw = raw }.Number);

    [Theory]
    [InlineData(15, "NVML_ERROR_GPU_IS_LOST")]
    [InlineData(77, "NVML error 77")]
    public void Name_OfACode_IsTheHeadersWord(int code, string name) => Assert.Equal(name, ((NvmlResult)code).Name());

    private static string Library(FixtureHost host) => host.Locate("/usr/lib/libnvidia-ml.so.1");
}
