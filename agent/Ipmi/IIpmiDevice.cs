namespace Homelab.NodeAgent.Ipmi;

/// <summary>A way to a board's management controller. Messages are queued both ways; nothing here waits for the controller but <see cref="Wait"/>.</summary>
internal interface IIpmiDevice : IDisposable
{
    /// <summary>Queues a request to the controller itself.</summary>
    /// <param name="id">Comes back with the answer.</param>
    /// <returns>0, or the negative errno.</returns>
    int Send(long id, IpmiRequest request);

    /// <summary>Takes the oldest message that has arrived. What does not fit into the buffer is cut off.</summary>
    /// <returns>Bytes of data (the first one is the completion code), or the negative errno: EAGAIN when none has arrived.</returns>
    int Receive(Span<byte> data, out IpmiHeader header);

    /// <summary>Waits until a message has arrived, for so long at most.</summary>
    /// <returns>Whether there may be one, an error included.</returns>
    bool Wait(TimeSpan most);
}

/// <summary>Opens a device file. Null with the errno when the kernel refuses.</summary>
internal delegate IIpmiDevice? IpmiOpen(string path, out int errno);
