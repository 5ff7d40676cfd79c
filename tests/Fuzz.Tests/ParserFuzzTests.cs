using System.Reflection;
using System.Text;

namespace Homelab.Fuzz;

public sealed class ParserFuzzTests
{
    /// <summary>Near-valid text to break: pure noise seldom gets past a parser's first look.</summary>
    private static readonly byte[][] Seeds =
    [
        .. new[]
        {
            "cpu  8136 12 4031 985412 512 0 77 0 0 0\ncpu0 1 2 3", "cpu0 8136 12 4031 985412 512 0 77 0 0 0\ncpu1 1 2 3 4 5 6 7 8\n",
            "some avg10=1.53 avg60=0.41 avg300=0.09 total=1205312\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=55121\n",
            "0-3,5,7-11\n", "temp1_crit_alarm", "intel-rapl:0:1", "45000\n", "node: rk1-1\nenforce:\n  enabled: true\n  actuators: rapl, cpufreq\n# note\nlabels: { a: b }\n",
            "aggregator: 10.0.0.2:8766, [fd00::1]:8766\n", "name: \"a\\u0041\\n\"\n", "- a\n- b\n", "a: |\n  b\n",
            "usage_usec 7000123\nuser_usec 6000000\n", "7@300000000Hz\n", "NPU load:  Core0:  0%, Core1:  5%, Core2:  0%,\n", "0: 500Mhz\n1: 991Mhz *\n", "16.0 GT/s PCIe\n",
            "balance_performance\n", "Not charging\n", "PRETTY_NAME=\"Debian GNU/Linux 12\"\n", "processor\t: 0\nCPU implementer\t: 0x41\nCPU part\t: 0xd0b\n", "event=0x02\n",
            "2.3283064365386962890625e-10\n", "throttled=0x50005\n", "temp=42.3'C\n", "VDD_CORE_A current(7)=5.03652000A\nVDD_CORE_V volt(15)=0.89363000V\nEXT5V_V volt(24)=4.92450000V\n",
            "gpiochip0:17", "2mOhm", "10.5A", "/kubepods/burstable/pod0a1b2c3d-1111-2222-3333-444455556666/" + new string('a', 64),
            "ina226@1-0x40 shunt=2mOhm range=10A label=node1 alert=gpiochip0:17 limit=60W role=input, ina3221@1-0x42 shunt=10mOhm sum=1+2", "0000:01:00.0", "1h30m", "35W",
            "http://10.0.0.2:8766", "run --host-root /host --node a", "homelab-lease 1\nepoch 3\nend 1 00000000\n",
        }.Select(Encoding.UTF8.GetBytes),
        [0x00, 0x20, 0x01, 0x01, 0x46, 0x02, 0xBF, 0x7C, 0x2A, 0x00, 0x34, 0x12],
        [0x00, 0xDC, 146, 0, 90, 0, 0x2C, 0x01, 140, 0, 0, 0, 0, 0, 0xE8, 0x03, 0, 0, 0x40],
        .. from version in (byte[][])[[1, 0], [1, 1], [1, 3], [2, 0], [2, 2], [2, 4], [3, 0]] select (byte[])[0x08, 0x01, .. version, .. Enumerable.Range(0, 260).Select(static at => (byte)at)],
    ];

    [Fact]
    public void Parse_AnyBytes_IsAnAnswerAndNeverACrash()
    {
        var tried = 0L;
        foreach (var seed in new FuzzBudget(rounds: 400).Seeds())
        {
            var dice = new Random(seed);
            for (var turn = 0; turn < 20; turn++, tried++)
            {
                var bytes = Bytes(dice);
                var text = Encoding.UTF8.GetString(bytes);
                foreach (var (parser, feed) in Parsers.All)
                {
                    try
                    {
                        feed(bytes, text);
                    }
                    catch (Exception error)
                    {
                        Assert.Fail($"seed {seed}: {parser.Name}: {Convert.ToHexString(bytes)}: {error}");
                    }
                }
            }
        }
        Console.WriteLine($"fuzz: {tried} texts through every parser");
        Assert.NotEqual(0, tried);
    }

    /// <summary>Whoever writes a parser of bytes, or a Parse of text, feeds it in <see cref="Parsers"/>.</summary>
    [Fact]
    public void Parse_EveryParserOfTheAgent_IsFed()
    {
        var parsers = Parsers.Assemblies.SelectMany(static assembly => assembly.GetTypes()).Where(IsParser).ToHashSet();

        Assert.True(parsers.Count > 20, "the parsers are not found any more");
        Assert.Empty(parsers.Except(Parsers.All.Keys).Except(Parsers.NotOfTheMachine).Select(static type => type.FullName));
        Assert.Empty(Parsers.NotOfTheMachine.Except(parsers).Select(static type => type.FullName));
    }

    private static bool IsParser(Type type) => type.GetMethods(BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly)
        .Any(static method => !method.IsPrivate && !method.Name.Contains('<', StringComparison.Ordinal)
            && (method.GetParameters().Any(static parameter => parameter.ParameterType == typeof(ReadOnlySpan<byte>))
                || (method.Name is "Parse" or "TryParse" && method.GetParameters()[0].ParameterType == typeof(string))));

    private static byte[] Bytes(Random dice)
    {
        var bytes = dice.Next(4) == 0 ? new byte[dice.Next(300)] : (byte[])Seeds[dice.Next(Seeds.Length)].Clone();
        if (bytes.Length == 0)
            return bytes;
        if (dice.Next(4) == 0)
            dice.NextBytes(bytes);
        for (var change = dice.Next(6); change > 0; change--)
        {
            var at = dice.Next(bytes.Length);
            bytes[at] = dice.Next(3) switch { 0 => (byte)dice.Next(256), 1 => bytes[dice.Next(bytes.Length)], _ => (byte)"0123456789-:,{}\"'#|&*!\n\t \0"[dice.Next(26)] };
        }
        return dice.Next(3) == 0 ? [.. bytes, .. bytes[dice.Next(bytes.Length)..]] : bytes[..dice.Next(1, bytes.Length + 1)];
    }
}
