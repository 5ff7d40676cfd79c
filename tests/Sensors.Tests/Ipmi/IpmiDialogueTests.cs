using FsCheck;
using FsCheck.Fluent;
using Homelab.NodeAgent.Ipmi;
using Homelab.NodeAgent.Sensors.Tests.Bmc;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Ipmi;

public sealed class IpmiDialogueTests : IDisposable
{
    private readonly FakeController _controller = new(new ManualClock()) { Takes = TimeSpan.Zero };

    public void Dispose() => _controller.Dispose();

    [Theory]
    [InlineData(2, 1, 0x2D, 0x02)] // An event.
    [InlineData(1, 9, 0x2D, 0x02)] // Somebody's number.
    [InlineData(1, 1, 0x2C, 0x02)] // A request, not an answer.
    [InlineData(1, 1, 0x2D, 0x03)] // Another command.
    public void Look_ForeignMessage_IsPassedOver(int kind, long id, byte netFunction, byte command)
    {
        using var dialogue = new IpmiDialogue(_controller);
        _controller.Put(new IpmiHeader(kind, id, netFunction, command), 0x00, 0xFF);
        Assert.Equal(0, dialogue.Ask(IpmiRequest.PowerReading));

        Assert.Equal(IpmiOutcome.Answered, dialogue.Look(out _));
        Assert.Equal(FakeController.Watts(146), dialogue.Answer.ToArray());
        Assert.False(dialogue.IsWaiting);
    }

    [Fact]
    public void Look_FloodOfForeignMessages_EndsAndGoesOnLater()
    {
        using var dialogue = new IpmiDialogue(_controller);
        for (var i = 0; i < 20; i++)
            _controller.Put(new IpmiHeader(2, 0, 5, 5), 1);
        _ = dialogue.Ask(IpmiRequest.PowerReading);

        Assert.Equal(IpmiOutcome.Pending, dialogue.Look(out _));
        Assert.Equal(IpmiOutcome.Answered, dialogue.Look(out _));
    }

    [Theory]
    [InlineData(Errno.TryAgain, IpmiOutcome.Pending, 0)]
    [InlineData(Errno.Interrupted, IpmiOutcome.Pending, 0)]
    [InlineData(Errno.NoDevice, IpmiOutcome.Failed, Errno.NoDevice)]
    public void Look_DriverError_IsNamedOrWaitedFor(int error, object outcome, int expected)
    {
        using var dialogue = new IpmiDialogue(_controller);
        _ = dialogue.Ask(IpmiRequest.PowerReading);
        _controller.ReceiveError = error;

        Assert.Equal((outcome, expected), (dialogue.Look(out var errno), errno));
    }

    [Fact]
    public void Ask_Refused_WaitsForNothing()
    {
        using var dialogue = new IpmiDialogue(_controller);
        _controller.SendError = Errno.Access;

        Assert.Equal(-Errno.Access, dialogue.Ask(IpmiRequest.DeviceId));
        Assert.False(dialogue.IsWaiting);
        Assert.Equal(IpmiOutcome.Pending, dialogue.Look(out _));
    }

    [Fact]
    public void Of_AnyBytes_NeverThrowsAndNeverInventsWatts() => Check.QuickThrowOnFailure(Prop.ForAll(
        ArbMap.Default.GeneratorFor<byte[]>().ToArbitrary(), static bytes =>
        {
            var answer = PowerAnswer.Of(bytes);
            _ = DeviceIdAnswer.Words(bytes);
            return answer.Kind != PowerAnswerKind.Measured || (bytes.Length >= PowerAnswer.Bytes && answer.Now > 0);
        }));

    [Fact]
    public void Of_AnyWatts_AreThoseOfTheBytes() => Check.QuickThrowOnFailure(Prop.ForAll(
        Gen.Choose(1, ushort.MaxValue).ToArbitrary(), static watts => PowerAnswer.Of(FakeController.Watts((ushort)watts)) is { Kind: PowerAnswerKind.Measured, Least: 90, Most: 300, Mean: 140 } answer && answer.Now == watts));

    [Fact]
    public unsafe void Structures_On64Bits_AreThoseOfTheKernel()
    {
        Assert.Equal((8, 16, 40, 48, 8), (sizeof(IpmiAddress), sizeof(IpmiMessage), sizeof(IpmiSend), sizeof(IpmiReceive), sizeof(PollEntry)));
        Assert.Equal((2u << 30) | (40u << 16) | ((uint)'i' << 8) | 13u, IpmiInterop.SendCommand);
        Assert.Equal((3u << 30) | (48u << 16) | ((uint)'i' << 8) | 11u, IpmiInterop.ReceiveTruncated);
    }

    [Fact]
    public void Open_NoSuchDeviceAndNoDevice_GiveTheErrno()
    {
        Assert.Null(IpmiDevice.Open("/dev/ipmi-of-nobody", out var errno));
        Assert.Equal(Errno.NoEntry, errno);

        // /dev/null takes no such request: ENOTTY.
        using var device = IpmiDevice.Open("/dev/null", out errno)!;
        Assert.Equal((0, -25, -25), (errno, device.Send(1, IpmiRequest.PowerReading), device.Receive(new byte[32], out _)));
    }
}
