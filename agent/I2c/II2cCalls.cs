namespace Homelab.NodeAgent.I2c;

/// <summary>The three calls that reach an adapter. Each answers 0 or more, or the negative errno, and may block as long as the adapter does.</summary>
internal interface II2cCalls
{
    /// <summary>Opens for reading and writing: the kernel asks that of whoever wants to speak on the bus.</summary>
    /// <param name="path">UTF-8 with the closing NUL.</param>
    /// <returns>A descriptor.</returns>
    int Open(ReadOnlySpan<byte> path);

    /// <param name="descriptor">From <see cref="Open"/>.</param>
    /// <param name="request">One of <see cref="I2cRequest"/>.</param>
    /// <param name="argument">A number or an address, by request.</param>
    int Control(int descriptor, uint request, nint argument);

    void Close(int descriptor);
}
