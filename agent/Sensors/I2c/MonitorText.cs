using System.Globalization;
using Homelab.NodeAgent.Gpio;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>Monitors as the configuration lists them: <c>ina226@1-0x40 shunt=2mOhm range=10A label=node1 alert=gpiochip0:17 limit=60W role=input</c>, with commas between. Pure.</summary>
internal static class MonitorText
{
    public const string Expects = "a list of power monitors, each 'chip@bus-0xaddress key=value …', with commas between";
    public const string Example = "ina226@1-0x40 shunt=2mOhm range=10A label=node1";
    public const int Most = 32;

    private const int LongestLabel = 64;
    private const int LeastAddress = 0x40;
    private const int MostAddress = 0x4F;

    // Below it a calibration has no bits left; above it the monitor itself is what loads the rail.
    private const long LeastShunt = 100_000;
    private const long MostShunt = 10_000_000_000;

    /// <summary>Null with the reason when one of them is none.</summary>
    public static IReadOnlyList<MonitorSpec>? Parse(string text, out string problem)
    {
        var specs = new List<MonitorSpec>();
        foreach (var entry in text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            problem = One(entry, out var spec);
            if (problem.Length == 0 && specs.Exists(other => other.Bus == spec!.Bus && other.Address == spec.Address))
                problem = "another monitor of the list is on the same bus and address";
            if (problem.Length == 0 && specs.Exists(other => other.Alert is not null && other.Alert == spec!.Alert))
                problem = $"alert={spec!.Alert} is another monitor's line, too; which of them rings could not be told";
            if (problem.Length == 0 && specs.Exists(other => other.IsInput && spec!.IsInput))
                problem = "role=input is said of another monitor already, and one rail feeds the machine";
            if (problem.Length > 0)
            {
                problem = $"'{entry}': {problem}";
                return null;
            }
            specs.Add(spec!);
        }
        problem = specs.Count == 0 ? "names no monitor" : specs.Count > Most ? $"names more than {Most} monitors" : "";
        return problem.Length == 0 ? specs : null;
    }

    /// <summary>As <see cref="Parse"/> reads it back: what was written, in one form.</summary>
    public static string Print(IReadOnlyList<MonitorSpec> specs) => string.Join(", ", specs.Select(static spec => spec.Written));

    private static string One(string entry, out MonitorSpec? spec)
    {
        spec = null;
        var words = entry.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (Place(words[0], out var draft) is { Length: > 0 } wrong)
            return wrong;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var shunts = new Resistance[draft!.Kind == MonitorKind.Ina3221 ? 3 : 1];
        var labels = new[] { "", "", "" };
        foreach (var word in words.AsSpan(1))
        {
            var at = word.IndexOf('=', StringComparison.Ordinal);
            if (at <= 0)
                return $"'{word}' is not key=value";
            var (key, value) = (word[..at], word[(at + 1)..]);
            if (!seen.Add(key))
                return $"{key} is said twice";
            if (Take(key, value, ref draft, shunts, labels) is { Length: > 0 } problem)
                return problem;
        }
        draft = draft with { Shunts = shunts, Labels = labels, Written = string.Join(' ', words) };
        spec = draft;
        return MonitorLimits.Check(draft);
    }

    private static string Place(string word, out MonitorSpec? draft)
    {
        draft = null;
        var (at, dash) = (word.IndexOf('@', StringComparison.Ordinal), word.LastIndexOf('-'));
        if (at < 0 || dash < at)
            return "does not begin with chip@bus-0xaddress, like ina226@1-0x40";
        MonitorKind? found = null;
        foreach (var kind in (ReadOnlySpan<MonitorKind>)[MonitorKind.Ina219, MonitorKind.Ina226, MonitorKind.Ina228, MonitorKind.Ina260, MonitorKind.Ina3221])
        {
            if (word.AsSpan(0, at).SequenceEqual(MonitorSpec.WordOf(kind)))
                found = kind;
        }
        if (found is null)
            return $"'{word[..at]}' is none of ina219, ina226, ina228, ina260, ina3221";
        if (!int.TryParse(word.AsSpan(at + 1, dash - at - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var bus) || bus > 255)
            return $"'{word[(at + 1)..dash]}' is not the number of a bus, 1 for /dev/i2c-1";
        var most = found == MonitorKind.Ina3221 ? LeastAddress + 3 : MostAddress;
        if (!word.AsSpan(dash + 1).StartsWith("0x", StringComparison.Ordinal)
            || !int.TryParse(word.AsSpan(dash + 3), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var address)
            || address < LeastAddress || address > most)
            return string.Create(CultureInfo.InvariantCulture, $"'{word[(dash + 1)..]}' is not an address of this chip, 0x40 to 0x{most:x2}");
        draft = new MonitorSpec { Kind = found.Value, Bus = bus, Address = address };
        return "";
    }

    private static string Take(string key, string value, ref MonitorSpec draft, Resistance[] shunts, string[] labels)
    {
        switch (key)
        {
            case "shunt" or "shunt1" or "shunt2" or "shunt3":
                return TakeShunt(key, value, shunts);
            case "label" or "label1" or "label2" or "label3":
                return TakeLabel(key, value, draft.Kind, labels);
            case "range":
                draft = draft with { Range = MetricText.Microamperes(value) is { } current ? new Current(current) : null };
                return draft.Range is null ? $"range={value} is not a current like 10A or 500mA" : "";
            case "limit":
                draft = draft with { Limit = MetricText.Microwatts(value) is { } power ? new Power(power) : null };
                return draft.Limit is null ? $"limit={value} is not a power like 60W" : "";
            case "alert":
                draft = draft with { Alert = GpioLineName.Parse(value) };
                return draft.Alert is null ? $"alert={value} is not {GpioLineName.Expects}" : "";
            case "role":
                draft = draft with { IsInput = value == "input" };
                return value == "input" ? "" : $"role={value} is not input, the one role there is";
            case "sum":
                draft = draft with { Sum = Channels(value) };
                return draft.Sum.Count == 0 ? $"sum={value} is not channels like 1+2" : "";
            default:
                return $"'{key}' is none of shunt, range, label, alert, limit, role, sum";
        }
    }

    private static string TakeShunt(string key, string value, Resistance[] shunts)
    {
        if (MetricText.Nanoohms(value) is not { } ohms || ohms is < LeastShunt or > MostShunt)
            return $"{key}={value} is not a resistance from 0.1mOhm to 10Ohm, like 2mOhm";
        if (key.Length > 5 && shunts.Length == 1)
            return $"{key} is for the ina3221; this chip has one shunt";
        for (var i = 0; i < shunts.Length; i++)
        {
            if (key.Length > 5 ? key[5] - '1' == i : shunts[i] == Resistance.None)
                shunts[i] = new Resistance(ohms);
        }
        return "";
    }

    private static string TakeLabel(string key, string value, MonitorKind kind, string[] labels)
    {
        if (value.Length is 0 or > LongestLabel || value.AsSpan().ContainsAnyInRange('\0', ' '))
            return $"{key}={value} is not a word of at most {LongestLabel} characters";
        if (key.Length > 5 && kind != MonitorKind.Ina3221)
            return $"{key} is for the ina3221; this chip has one channel";
        for (var i = 0; i < labels.Length; i++)
        {
            if (key.Length > 5 ? key[5] - '1' == i : labels[i].Length == 0)
                labels[i] = value;
        }
        return "";
    }

    private static List<int> Channels(string value)
    {
        var found = new List<int>();
        foreach (var part in value.Split('+'))
        {
            if (part is not ("1" or "2" or "3") || found.Contains(part[0] - '1'))
                return [];
            found.Add(part[0] - '1');
        }
        return found;
    }
}
