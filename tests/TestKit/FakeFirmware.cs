using System.Text;
using Homelab.NodeAgent.Vcio;

namespace Homelab.TestKit;

/// <summary>Firmware that says what a test tells it to, and keeps what it was asked.</summary>
internal sealed class FakeFirmware : IFirmware
{
    private readonly Dictionary<string, byte[]> _answers = new(StringComparer.Ordinal);

    /// <summary>Every command so far, in order.</summary>
    public List<string> Asked { get; } = [];

    /// <summary>When above 0, every question fails with it.</summary>
    public int Errno { get; set; }

    /// <summary>A Raspberry Pi 5 under load, by the recorded table of its power chip.</summary>
    public static FakeFirmware Pi5()
    {
        var folder = Path.Combine(RepositoryRoot.Path, "tests", "fixtures", "hosts", "pi5", "dev", "vcio_gencmd");
        var firmware = new FakeFirmware();
        foreach (var file in Directory.EnumerateFiles(folder))
        {
            var command = Path.GetFileName(file);
            firmware.Say(command.StartsWith("measure_", StringComparison.Ordinal) ? "measure_" + command["measure_".Length..].Replace('_', ' ') : command, File.ReadAllText(file));
        }
        return firmware;
    }

    public FakeFirmware Say(string command, string answer)
    {
        _answers[command] = Encoding.UTF8.GetBytes(answer);
        return this;
    }

    public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
    {
        var text = Encoding.ASCII.GetString(command);
        Asked.Add(text);
        if (Errno > 0)
            return -Errno;
        if (!_answers.TryGetValue(text, out var said))
            return -NodeAgent.HostFiles.Errno.NotSupported;
        var count = Math.Min(said.Length, answer.Length);
        said.AsSpan(0, count).CopyTo(answer);
        return count;
    }
}
