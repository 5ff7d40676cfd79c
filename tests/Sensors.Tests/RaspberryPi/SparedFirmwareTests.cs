using Homelab.NodeAgent.Sensors.RaspberryPi;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.RaspberryPi;

public sealed class SparedFirmwareTests
{
    private readonly FakeFirmware _firmware = new FakeFirmware().Say("get_throttled", "throttled=0x0");
    private readonly ManualClock _time = new();

    [Fact]
    public void Ask_AfterATimeout_IsNotWaitedForFiveSeconds()
    {
        var spared = new SparedFirmware(_firmware, _time);
        var answer = new byte[64];
        _firmware.Errno = Errno.TimedOut;
        Assert.Equal(-Errno.TimedOut, spared.Ask("get_throttled"u8, answer));

        _firmware.Errno = 0;
        _time.Advance(TimeSpan.FromMilliseconds(4999));
        Assert.Equal(-Errno.TimedOut, spared.Ask("get_throttled"u8, answer));
        Assert.Single(_firmware.Asked);
        _time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(13, spared.Ask("get_throttled"u8, answer));
        Assert.Equal(13, spared.Ask("get_throttled"u8, answer));
    }

    [Fact]
    public void Ask_AfterAnyOtherFailure_IsAskedAgain()
    {
        var spared = new SparedFirmware(_firmware, _time);
        _firmware.Errno = Errno.InputOutput;

        spared.Ask("get_throttled"u8, new byte[64]);
        spared.Ask("get_throttled"u8, new byte[64]);

        Assert.Equal(2, _firmware.Asked.Count);
    }
}
