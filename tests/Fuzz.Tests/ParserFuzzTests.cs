using System.Text;
using Homelab.NodeAgent.Configuration;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.Cpu;
using Homelab.NodeAgent.Sensors.Hwmon;
using Homelab.NodeAgent.Sensors.Powercap;
using Homelab.NodeAgent.Sensors.Pressure;

namespace Homelab.Fuzz;

public sealed class ParserFuzzTests
{
    /// <summary>Near-valid text to break: pure noise seldom gets past a parser's first look.</summary>
    private static readonly string[] Seeds =
    [
        "cpu  8136 12 4031 985412 512 0 77 0 0 0\ncpu0 1 2 3", "some avg10=1.53 avg60=0.41 avg300=0.09 total=1205312\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=55121\n",
        "0-3,5,7-11\n", "temp1_crit_alarm", "intel-rapl:0:1", "45000\n", "node: rk1-1\nenforce:\n  enabled: true\n  actuators: rapl, cpufreq\n# note\nlabels: { a: b }\n",
        "aggregator: 10.0.0.2:8766, [fd00::1]:8766\n", "name: \"a\\u0041\\n\"\n", "- a\n- b\n", "a: |\n  b\n",
    ];

    [Fact]
    public void Parse_AnyBytes_IsAnAnswerAndNeverACrash()
    {
        var tried = 0L;
        foreach (var seed in new FuzzBudget(rounds: 400, share: 0.4).Seeds())
        {
            var dice = new Random(seed);
            for (var turn = 0; turn < 20; turn++, tried++)
            {
                var bytes = Bytes(dice);
                try
                {
                    Feed(bytes);
                }
                catch (Exception error)
                {
                    Assert.Fail($"seed {seed}: {Convert.ToHexString(bytes)}: {error}");
                }
            }
        }
        Console.WriteLine($"fuzz: {tried} texts through every parser");
        Assert.NotEqual(0, tried);
    }

    private static void Feed(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        if (PseudoText.TryInteger(bytes, out var number))
            Assert.Equal(number, long.Parse(text.Trim(' ', '\t', '\r', '\n', '\0')));
        Assert.DoesNotContain(PseudoText.ToLine(bytes), static letter => char.IsControl(letter));
        if (CpuTimes.TryParse(bytes, out var times))
            Assert.True(times.Busy >= 0 && times.Total >= times.Busy);
        foreach (var line in (string[])["some", "full"])
        {
            if (PressureText.TryAverage(bytes, Encoding.ASCII.GetBytes(line), out var share))
                Assert.InRange(share, 0, 1_000_000);
            if (PressureText.TryTotal(bytes, Encoding.ASCII.GetBytes(line), out var total))
                Assert.True(total >= 0);
        }
        _ = HwmonAttribute.TryParse(text, out _);
        _ = PowercapZone.TryParse(text, out _);
        var (settings, problems) = (new List<Setting>(), new List<ConfigProblem>());
        YamlSettings.Read("agent.yaml", text, settings, problems);
        foreach (var problem in problems)
            Assert.NotEmpty(problem.Meaning);
    }

    private static byte[] Bytes(Random dice)
    {
        var bytes = dice.Next(4) == 0 ? new byte[dice.Next(300)] : Encoding.UTF8.GetBytes(Seeds[dice.Next(Seeds.Length)]);
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
