namespace Homelab.NodeAgent.Vcio;

/// <summary>The VideoCore firmware of a Raspberry Pi, asked in the words of <c>vcgencmd</c>.</summary>
internal interface IFirmware
{
    /// <summary>Asks one command and waits for its answer: 1 ms for most, 23 ms for <c>pmic_read_adc</c>, at worst the kernel's timeout of 1 s.
    /// One call at a time: the firmware has one thread.</summary>
    /// <param name="command">ASCII, e.g. <c>get_throttled</c>; without arguments that command forgets nothing.</param>
    /// <param name="answer">Takes the text without its NUL; longer answers are cut.</param>
    /// <returns>Bytes of the answer (0 or more), or the negative errno. Never throws.</returns>
    int Ask(ReadOnlySpan<byte> command, Span<byte> answer);
}
