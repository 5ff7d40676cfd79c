using Homelab.NodeAgent.Vcio;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Vcio;

public sealed class MailboxDeviceTests
{
    private const int NotATerminal = 25;

    [Theory]
    [InlineData("/dev/null")]
    [InlineData("/proc/self/stat")]
    public void Ask_DeviceThatIsNoMailbox_GivesTheKernelsErrno(string path)
    {
        var answer = new byte[64];

        Assert.Equal(-NotATerminal, new MailboxDevice(path).Ask("get_throttled"u8, answer));
        Assert.Equal(-1, answer.AsSpan().IndexOfAnyExcept((byte)0));
    }

    [Fact]
    public void Ask_NoDevice_IsEnoent() => Assert.Equal(-Errno.NoEntry, new MailboxDevice("/dev/vcio_of_no_machine").Ask("get_throttled"u8, new byte[64]));

    [Fact]
    public void Ask_CommandWithoutRoom_IsEfbig() => Assert.Equal(-Errno.TooBig, new MailboxDevice("/dev/null").Ask(new byte[5000], new byte[64]));

    [Fact]
    public void Ask_AThousandTimes_AllocatesNothingAndLeaksNoDescriptor()
    {
        using var host = FixtureHost.Of(("/dev/vcio", "no device"));
        var device = new MailboxDevice(host.Locate("/dev/vcio"));
        var answer = new byte[64];
        device.Ask("get_throttled"u8, answer);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var i = 0; i < 2000; i++)
            device.Ask("get_throttled"u8, answer);

        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(-NotATerminal, device.Ask("get_throttled"u8, answer));
    }
}
