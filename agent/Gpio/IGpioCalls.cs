namespace Homelab.NodeAgent.Gpio;

/// <summary>The calls that reach a GPIO chip and the lines taken of it. Each answers 0 or more, or the negative errno.</summary>
internal interface IGpioCalls
{
    /// <param name="path">UTF-8 with the closing NUL.</param>
    /// <returns>A descriptor.</returns>
    int Open(ReadOnlySpan<byte> path);

    /// <param name="descriptor">Of a chip or of lines, by request.</param>
    /// <param name="request">One of <see cref="GpioRequest"/>.</param>
    /// <param name="argument">Address of the request's structure.</param>
    int Control(int descriptor, uint request, nint argument);

    /// <summary>What waits to be read now, at most; 0 when nothing waits. Never blocks.</summary>
    int Read(int descriptor, Span<byte> into);

    /// <summary>Lets go of the chip, or of the lines: what they were set to is then nobody's promise.</summary>
    void Close(int descriptor);
}
