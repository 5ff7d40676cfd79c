using System.Text;

namespace Homelab.Fuzz;

/// <summary>A machine whose files say other things than they did when it was recorded: garbage, sentinels, errors, names that nobody has thought of. What it says
/// depends on the seed, the path and how often that was read, and is remembered for whoever judges what was made of it.</summary>
/// <param name="recorded">The files as they are.</param>
/// <param name="root">The machine's folder: what is said there is the same wherever it lies.</param>
/// <param name="seed">Of all that goes wrong.</param>
/// <param name="share">Of the reads that are garbled, 0 to 1.</param>
internal sealed class GarbledFiles(IPseudoFiles recorded, string root, int seed, double share) : IPseudoFiles
{
    private static readonly string[] Texts =
    [
        "", "\n", "\0", "\0\0\0\0", " ", "-", "+", "+1", "--1", "0x10", "1e9", "1.5", "nan", "inf", "N/A", "<unsupported>", "(null)", "none", "0", "-0", "00042", "1 2", "1\n2", "1;2",
        "-1", "127000", "127500", "-273150", "65261850", "3892314000", "4294967295", "4294967295000", "4294967295000000", "2147483647", "-2147483648",
        "9223372036854775807", "-9223372036854775808", "9223372036854775808", "18446744073709551615", "99999999999999999999999999", "4090000000", "262143328850",
        "unknown", "enabled", "auto", "suspended", "active", "%s%n", "\u001b[2J", "../../etc/shadow", "a,b=c{}\"\\", "１２３", "12 mV", "0 0 0 0 0 0 0 0 0 0",
        "cpu  1 2 3", "cpu  -1 18446744073709551615 9 9 9 9 9 9 9 9", "some avg10=nan avg60=0.00 avg300=0.00 total=-5", "some avg10=101.00 avg60=0 avg300=0 total=99999999999999999999",
        "user_usec\nusage_usec 7\nusage_usec x", "usage_usec -9",
    ];

    private static readonly string[] Names =
    [
        "", ".", "..", "hwmon", "hwmon-1", "hwmon99999999999", "hwmon7x", "temp", "temp0_input", "temp99999999999_input", "temp1_input_input", "in-1_input", "power1_", "_input",
        "intel-rapl:", "intel-rapl:0:0:0:0", "intel-rapl:zz", "thermal_zone", "thermal_zone-3", "cooling_device9x", "policy", "policy4294967296", "cpu", "cpu4294967296", "card0-DP-1", "card",
        "gpu", "i2c--1", "BAT\0", "a b", "\u001b]0;x", "constraint_0_", "constraint_99999999999_name", "trip_point_x_type", new string('a', 255), "münchen", "\ud800",
    ];

    private readonly Dictionary<string, int> _reads = new(StringComparer.Ordinal);

    /// <summary>What reads said since the last <see cref="Forget"/>, an errno below zero or the bytes.</summary>
    public List<(string Path, int Errno, byte[] Bytes)> Said { get; } = [];

    public void Forget() => Said.Clear();

    public int Read(PseudoPath path, Span<byte> buffer)
    {
        var name = path.ToString();
        var count = Garble(name, buffer);
        Said.Add((name, Math.Max(0, -count), buffer[..Math.Max(0, count)].ToArray()));
        return count;
    }

    public IReadOnlyList<string> List(string path, out int errno)
    {
        var real = recorded.List(path, out errno);
        var dice = Dice(path, 0);
        if (dice.NextDouble() >= share)
            return real;
        errno = dice.Next(3) == 0 ? Errno(dice) : 0;
        if (errno != 0)
            return [];
        var names = real.Where(_ => dice.Next(4) > 0).Concat(Enumerable.Range(0, dice.Next(5)).Select(_ => Names[dice.Next(Names.Length)]));
        return [.. names.Order(StringComparer.Ordinal)];
    }

    public string? Resolve(string path)
    {
        var dice = Dice(path, -1);
        return dice.NextDouble() >= share / 4 ? recorded.Resolve(path) : dice.Next(3) switch { 0 => null, 1 => "/", _ => path + "/../.." };
    }

    private int Garble(string path, Span<byte> buffer)
    {
        var turn = _reads[path] = _reads.GetValueOrDefault(path) + 1;
        var dice = Dice(path, turn);
        var isReal = recorded.Read(path, buffer);
        if (dice.NextDouble() >= share)
            return isReal;
        switch (dice.Next(6))
        {
            case 0:
                return -Errno(dice);
            case 1:
                var noise = new byte[dice.Next(buffer.Length + 1)];
                dice.NextBytes(noise);
                noise.CopyTo(buffer);
                return noise.Length;
            case 2 when isReal > 0:
                // Cut short in the middle, as a file that changes while it is read.
                return dice.Next(isReal);
            case 3 when isReal > 0:
                buffer[dice.Next(isReal)] = (byte)dice.Next(256);
                return isReal;
            case 4:
                return Put(dice.NextInt64(long.MinValue, long.MaxValue).ToString(), buffer);
            default:
                return Put(Texts[dice.Next(Texts.Length)], buffer);
        }
    }

    private static int Put(string text, Span<byte> buffer)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        var count = Math.Min(bytes.Length, buffer.Length);
        bytes.AsSpan(0, count).CopyTo(buffer);
        return count;
    }

    /// <summary>Of what the kernel's drivers are known to answer.</summary>
    private static int Errno(Random dice) => new[] { 1, 2, 5, 6, 11, 13, 16, 19, 22, 38, 61, 95, 110, 121, 133 }[dice.Next(15)];

    private Random Dice(string path, int turn)
    {
        var hash = unchecked((uint)seed * 2654435761u) ^ unchecked((uint)turn * 40503u);
        foreach (var letter in path.StartsWith(root, StringComparison.Ordinal) ? path.AsSpan(root.Length) : path)
            hash = unchecked((hash ^ letter) * 16777619u);
        return new Random(unchecked((int)hash));
    }
}
