using System.Buffers;
using System.Text;

namespace Homelab.NodeAgent.Sensors.RaspberryPi;

/// <summary>The converter channels of a Raspberry Pi 5's power chip, from one answer of <c>pmic_read_adc</c>.</summary>
/// <remarks>Lines as <c>VDD_CORE_A current(7)=5.03652000A</c> and <c>EXT5V_V volt(24)=4.92450000V</c>, in no useful order; a value may be <c>nan</c>.
/// Twelve rails have both; the input (<c>EXT5V</c>) and the clock's cell (<c>BATT</c>) have a voltage only: nothing measures the input current.</remarks>
internal sealed class PmicRails
{
    private static readonly SearchValues<byte> NameBytes = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"u8);

    private readonly FirmwareAnswer _answer;
    private readonly List<Rail> _rails = [];
    private uint _parsed;

    private PmicRails(FirmwareAnswer answer) => _answer = answer;

    public int Count => _rails.Count;

    /// <summary>Asks once for the rails that there are; null when the firmware has none to tell (every board before the 5).</summary>
    public static PmicRails? Find(FirmwareAnswer answer)
    {
        var rails = new PmicRails(answer);
        uint used = 0;
        if (answer.Read(ref used, out var text) <= 0)
            return null;
        foreach (var range in text.Split((byte)'\n'))
        {
            if (TryLine(text[range], out var name, out var isCurrent, out _))
                rails.Add(name, isCurrent);
        }
        return rails._rails.Count > 0 ? rails : null;
    }

    /// <summary>As the firmware writes it, <c>VDD_CORE</c>.</summary>
    public string Name(int rail) => _rails[rail].Name;

    public bool HasVoltage(int rail) => _rails[rail].HasVoltage;

    public bool HasCurrent(int rail) => _rails[rail].HasCurrent;

    /// <summary>Microvolts; null when this answer has no number for it. Valid after <see cref="Refresh"/>.</summary>
    public long? Voltage(int rail) => _rails[rail].Volts;

    /// <summary>Microamperes; null when this answer has no number for it. Valid after <see cref="Refresh"/>.</summary>
    public long? Current(int rail) => _rails[rail].Amperes;

    /// <summary>Microwatts of one rail; null without both factors.</summary>
    public long? Power(int rail) => _rails[rail] is { Volts: { } volts, Amperes: { } amperes }
        ? (long)((((Int128)volts * amperes) + 500_000) / 1_000_000)
        : null;

    /// <summary>Microwatts of all rails that have both; null when any of them lacks a number, because part of a sum is a wrong sum.</summary>
    public long? Sum()
    {
        long sum = 0;
        for (var i = 0; i < _rails.Count; i++)
        {
            if (!_rails[i].HasVoltage || !_rails[i].HasCurrent)
                continue;
            if (Power(i) is not { } power)
                return null;
            sum += power;
        }
        return sum;
    }

    /// <summary>Takes the answer of this pass.</summary>
    /// <param name="used">The caller's place, as in <see cref="FirmwareAnswer.Read"/>.</param>
    /// <returns>The errno; 0 when there is an answer.</returns>
    public int Refresh(ref uint used)
    {
        var count = _answer.Read(ref used, out var text);
        if (count < 0)
            return -count;
        if (_parsed == _answer.Generation)
            return 0;
        _parsed = _answer.Generation;
        foreach (var rail in _rails)
            (rail.Volts, rail.Amperes) = (null, null);
        foreach (var range in text.Split((byte)'\n'))
        {
            if (!TryLine(text[range], out var name, out var isCurrent, out var micros) || Find(name) is not { } rail)
                continue;
            if (isCurrent)
                rail.Amperes = micros;
            else
                rail.Volts = micros;
        }
        return 0;
    }

    private static bool TryLine(ReadOnlySpan<byte> line, out ReadOnlySpan<byte> name, out bool isCurrent, out long? micros)
    {
        line = line.Trim(" \t\r"u8);
        micros = null;
        isCurrent = false;
        var blank = line.IndexOf((byte)' ');
        name = blank < 0 ? default : line[..blank];
        if (name.Length < 3 || name.Length > 32 || name[^2] != '_' || name.IndexOfAnyExcept(NameBytes) >= 0)
            return false;
        var rest = line[blank..].TrimStart((byte)' ');
        isCurrent = name[^1] == 'A';
        if (!rest.StartsWith(isCurrent ? "current("u8 : "volt("u8) || (!isCurrent && name[^1] != 'V'))
            return false;
        name = name[..^2];
        micros = FirmwareText.TryNumber(rest, out var value) ? value : null;
        return true;
    }

    private void Add(ReadOnlySpan<byte> name, bool isCurrent)
    {
        var rail = Find(name);
        if (rail is null)
            _rails.Add(rail = new Rail(Encoding.ASCII.GetString(name)));
        if (isCurrent)
            rail.HasCurrent = true;
        else
            rail.HasVoltage = true;
    }

    private Rail? Find(ReadOnlySpan<byte> name)
    {
        foreach (var rail in _rails)
        {
            if (rail.Is(name))
                return rail;
        }
        return null;
    }

    private sealed class Rail(string name)
    {
        private readonly byte[] _name = Encoding.ASCII.GetBytes(name);

        public string Name => name;

        public bool HasVoltage { get; set; }

        public bool HasCurrent { get; set; }

        public long? Volts { get; set; }

        public long? Amperes { get; set; }

        public bool Is(ReadOnlySpan<byte> other) => other.SequenceEqual(_name);
    }
}
