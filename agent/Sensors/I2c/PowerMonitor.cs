using Homelab.NodeAgent.I2c;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>What stands between a monitor and its figures.</summary>
internal enum MonitorState
{
    /// <summary>Not looked at yet.</summary>
    Unknown,
    Reads,

    /// <summary>A call failed; the errno says how.</summary>
    Silent,

    /// <summary>A driver of the kernel has the chip: the hwmon source reads it.</summary>
    Yielded,

    /// <summary>It says that it is another chip than the configuration names; nothing was written to it.</summary>
    Stranger,

    /// <summary>It does not keep what is written to it.</summary>
    Stubborn,
}

/// <summary>One chip on a bus: claimed, recognised, set up and read, all its channels in one go. Only its own settings are written, and only after it said what it is.</summary>
/// <remarks>Settings are compared in each look: a chip that lost its supply has forgotten its calibration and would read 0 A.</remarks>
internal sealed class PowerMonitor(MonitorChip chip, TimeProvider time)
{
    /// <summary>Looks that a chip is left out of after it held the bus until the adapter gave up, which costs its neighbours a second.</summary>
    public const int RestLooks = 9;

    private static readonly Reading SetUp = Reading.None(Quality.Fault, "was set up just now: no conversion has ended since");

    private readonly long[] _words = new long[chip.Registers.Count];
    private readonly Reading[] _readings = new Reading[chip.Channels.Count];
    private readonly MonitorFailure _failure = new(chip.Spec);
    private bool _isRecognised;
    private bool _settles;
    private long _setUpAt;
    private int _resting;

    public MonitorChip Chip => chip;

    public MonitorState State { get; private set; }

    /// <summary>Of <see cref="MonitorState.Silent"/>; 0 otherwise.</summary>
    public int Errno { get; private set; }

    /// <summary>What the registers of a stranger say: the one that differs and its value.</summary>
    public (byte Register, ushort Value) Odd { get; private set; }

    public Reading Last(int channel) => _readings[channel];

    /// <summary>Looks at everything. A search tries a chip that rests, too.</summary>
    /// <param name="bus">Open.</param>
    public void Look(I2cBus bus, bool searches)
    {
        if (_resting > 0 && !searches)
        {
            _resting--;
            return;
        }
        Keep(Try(bus));
    }

    /// <summary>Nobody can be asked.</summary>
    /// <param name="errno">Why.</param>
    public void Fail(int errno) => Keep(-errno);

    private void Keep(int outcome)
    {
        Errno = Math.Min(outcome, 0) * -1;
        if (outcome == 0)
            return;
        State = Errno == HostFiles.Errno.Busy ? MonitorState.Yielded : MonitorState.Silent;
        _isRecognised = false;
        _resting = Errno == HostFiles.Errno.TimedOut ? RestLooks : 0;
        Array.Fill(_readings, _failure.Of(Errno));
    }

    /// <returns>0 when the chip answered, whatever it said; else the negative errno.</returns>
    private int Try(I2cBus bus)
    {
        var outcome = bus.Claim(chip.Spec.Address);
        if (outcome == 0 && !_isRecognised)
            outcome = Recognise(bus);
        if (outcome == 0 && _isRecognised)
            outcome = ReadAll(bus);
        return outcome;
    }

    private int Recognise(I2cBus bus)
    {
        for (var i = 0; i < chip.Identity.Count; i++)
        {
            var identity = chip.Identity[i];
            var outcome = Read(bus, new MonitorRegister(identity.Address), out var value);
            if (outcome < 0)
                return outcome;
            if ((value & identity.Mask) != identity.Value)
                return BeStranger(identity.Address, value);
        }
        if (chip.Identity.Count > 0)
        {
            _isRecognised = true;
            return 0;
        }
        // A chip without a name: at least it must not be one of those that have one.
        var tried = Read(bus, new MonitorRegister(0xFE), out var maker);
        // One that refuses a register which it does not have is no stranger for it.
        if (tried == 0 && maker == MonitorChip.TexasInstruments)
            return BeStranger(0xFE, maker);
        _isRecognised = true;
        return 0;
    }

    private int BeStranger(byte register, long value)
    {
        (State, Odd) = (MonitorState.Stranger, (register, (ushort)value));
        Array.Fill(_readings, MonitorFailure.Stranger);
        return 0;
    }

    private int ReadAll(I2cBus bus)
    {
        var outcome = HoldSettings(bus, out var isStubborn);
        if (outcome < 0)
            return outcome;
        if (isStubborn)
        {
            State = MonitorState.Stubborn;
            Array.Fill(_readings, MonitorFailure.Stubborn);
            return 0;
        }
        for (var i = 0; i < _words.Length; i++)
        {
            outcome = Read(bus, chip.Registers[i], out _words[i]);
            if (outcome < 0)
                return outcome;
        }
        State = MonitorState.Reads;
        if (_settles && !chip.IsConverted(_words) && time.GetElapsedTime(_setUpAt) < chip.Settling)
        {
            Array.Fill(_readings, SetUp);
            return 0;
        }
        _settles = false;
        chip.Decode(_words, _readings);
        return 0;
    }

    /// <summary>Writes what is not as it must be and reads it back.</summary>
    private int HoldSettings(I2cBus bus, out bool isStubborn)
    {
        isStubborn = false;
        for (var i = 0; i < chip.Settings.Count; i++)
        {
            var setting = chip.Settings[i];
            var register = new MonitorRegister(setting.Address);
            var outcome = Read(bus, register, out var value);
            if (outcome < 0)
                return outcome;
            if (((value ^ setting.Value) & setting.Mask) == 0)
                continue;
            outcome = bus.Write(setting.Address, setting.Value);
            if (outcome < 0)
                return outcome;
            outcome = Read(bus, register, out value);
            if (outcome < 0)
                return outcome;
            (_settles, _setUpAt) = (true, time.GetTimestamp());
            if (((value ^ setting.Value) & setting.Mask) == 0)
                continue;
            (isStubborn, Odd) = (true, (setting.Address, (ushort)value));
            return 0;
        }
        return 0;
    }

    private static int Read(I2cBus bus, MonitorRegister register, out long value)
    {
        Span<byte> bytes = stackalloc byte[register.Bytes];
        var outcome = bus.Read(register.Address, bytes);
        // Another master had the bus: it is free again at once.
        if (outcome == -HostFiles.Errno.TryAgain)
            outcome = bus.Read(register.Address, bytes);
        value = 0;
        foreach (var part in bytes)
            value = (value << 8) | part;
        return outcome;
    }
}
