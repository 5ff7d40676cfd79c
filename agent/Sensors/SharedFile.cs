namespace Homelab.NodeAgent.Sensors;

/// <summary>One file behind several sensors, read once per pass.</summary>
/// <remarks>There is no pass to be told of: a sensor that asks a second time has used what it was given, and that starts the next look.
/// So a sensor never gets the same look twice, nor one that is older than its neighbours' last. The sensors of a file are read by one thread at a time,
/// but for a look that hangs: nobody else waits for it, or is given what it writes when it comes back after all.</remarks>
internal sealed class SharedFile(HostRoot root, string machinePath, int capacity)
{
    private readonly PseudoPath _path = root.Locate(machinePath);
    private readonly byte[] _buffer = new byte[capacity];
    private uint _generation;
    private int _count;
    private int _looking;

    public string MachinePath => machinePath;

    /// <param name="used">The look that this caller used last; 0 at first. Moves on with each call.</param>
    /// <param name="text">The file's start, valid until the next call.</param>
    /// <returns>Bytes read (0 or more), or the negative errno.</returns>
    public int Read(ref uint used, out ReadOnlySpan<byte> text)
    {
        if (Interlocked.Exchange(ref _looking, 1) == 1)
        {
            text = default;
            return -Errno.TimedOut;
        }
        if (used == _generation)
        {
            _generation++;
            _count = root.Files.Read(_path, _buffer);
        }
        Volatile.Write(ref _looking, 0);
        used = _generation;
        text = _count > 0 ? _buffer.AsSpan(0, _count) : default;
        return _count;
    }
}
