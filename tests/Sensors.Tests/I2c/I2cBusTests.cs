using Homelab.NodeAgent.I2c;

namespace Homelab.NodeAgent.Sensors.Tests.I2c;

public sealed class I2cBusTests
{
    private readonly FakeI2c _kernel = new();

    [Theory]
    [InlineData(FakeI2c.Everything)]
    [InlineData(FakeI2c.StubOnly)]
    public void Read_Word_IsMostSignificantByteFirst(uint functions)
    {
        var bus = With(functions, out var chip);
        chip.Set(0x02, 0x5DC2);
        Span<byte> bytes = stackalloc byte[2];

        Assert.Equal(0, bus.Read(0x02, bytes));

        Assert.Equal([0x5D, 0xC2], bytes.ToArray());
    }

    [Theory]
    [InlineData(FakeI2c.Everything)]
    [InlineData(FakeI2c.StubOnly)]
    public void Read_FiveBytes_AreAllThere(uint functions)
    {
        var bus = With(functions, out var chip);
        chip.Set(0x09, 0x01_0203_0405, 5);
        Span<byte> bytes = stackalloc byte[5];

        Assert.Equal(0, bus.Read(0x09, bytes));

        Assert.Equal([1, 2, 3, 4, 5], bytes.ToArray());
    }

    [Theory]
    [InlineData(FakeI2c.Everything)]
    [InlineData(FakeI2c.StubOnly)]
    public void Write_Word_ArrivesAsItWasMeant(uint functions)
    {
        var bus = With(functions, out var chip);

        Assert.Equal(0, bus.Write(0x05, 0x0A01));

        Assert.Equal([((byte)0x05, (ushort)0x0A01)], chip.Writes);
    }

    [Fact]
    public void Read_AdapterWithoutWordsOrMessages_IsNotSupported()
    {
        var bus = With(0x0001_0000, out _);

        Assert.Equal(-I2cBus.NotSupported, bus.Read(0x02, new byte[2]));
        Assert.Equal(-I2cBus.NotSupported, bus.Write(0x02, 1));
    }

    [Fact]
    public void Claim_DriverHasIt_IsBusyAndNeverForced()
    {
        var bus = With(FakeI2c.Everything, out var chip);
        chip.Driver = true;

        // The fake throws at I2C_SLAVE_FORCE.
        Assert.Equal(-Errno.Busy, bus.Claim(0x40));
    }

    [Fact]
    public void Open_Twice_LeavesOneDescriptor()
    {
        var bus = With(FakeI2c.Everything, out _);

        bus.Open();
        Assert.Equal(1, _kernel.Open());
        bus.Close();
        bus.Close();

        Assert.Equal(0, _kernel.Open());
    }

    [Fact]
    public void Open_NoSuchAdapter_SaysSo() => Assert.Equal(-Errno.NoEntry, new I2cBus(_kernel, "/dev/i2c-9").Open());

    [Fact]
    public void Open_RunningKernelWithoutTheAdapter_SaysSo() => Assert.Equal(-Errno.NoEntry, new I2cBus(I2cCalls.Kernel, "/dev/i2c-251").Open());

    [Fact]
    public void Open_RunningKernelNotAnAdapter_SaysSoAndClosesIt()
    {
        // ENOTTY: the ioctl reached the kernel with its number and its argument.
        const int notATerminal = 25;
        Assert.Equal(-notATerminal, new I2cBus(I2cCalls.Kernel, "/dev/null").Open());
    }

    private I2cBus With(uint functions, out FakeChip chip)
    {
        chip = _kernel.Adapter("/dev/i2c-1", functions).Chip(0x40);
        var bus = new I2cBus(_kernel, "/dev/i2c-1");
        Assert.Equal(0, bus.Open());
        Assert.Equal(0, bus.Claim(0x40));
        return bus;
    }
}
