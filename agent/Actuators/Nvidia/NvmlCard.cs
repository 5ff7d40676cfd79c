using Homelab.NodeAgent.Nvml;

namespace Homelab.NodeAgent.Actuators.Nvidia;

/// <summary>The way to one card: by its PCI address, because a search by UUID would wake others; anew when the library was initialised anew.</summary>
internal sealed class NvmlCard
{
    private readonly HostRoot _root;
    private readonly NvmlSession _session;
    private readonly string _address;
    private readonly PseudoPath _status;
    private NvmlDevice _device;
    private int _attachedIn;

    private NvmlCard(HostRoot root, NvmlSession session, string address)
    {
        (_root, _session, _address) = (root, session, address);
        _status = root.Locate(NvmlPaths.DeviceFolder(address) + "/power/runtime_status");
    }

    /// <summary><c>GPU-…</c>.</summary>
    public string Uuid { get; private set; } = "";

    /// <summary>In runtime suspend, asked of the kernel and so without waking it.</summary>
    public bool IsAsleep
    {
        get
        {
            Span<byte> text = stackalloc byte[32];
            var count = _root.Files.Read(_status, text);
            return count > 0 && text[..count].TrimEnd((byte)'\n').SequenceEqual("suspended"u8);
        }
    }

    /// <summary>Null when it sleeps or does not say who it is.</summary>
    public static NvmlCard? TryOpen(HostRoot root, NvmlSession session, string address)
    {
        var card = new NvmlCard(root, session, address);
        if (card.IsAsleep || card.Attach(out var device) != NvmlResult.Success || device.Uuid(out var uuid) != NvmlResult.Success)
            return null;
        card.Uuid = uuid;
        return card;
    }

    public NvmlResult Attach(out NvmlDevice device)
    {
        var result = _session.Open();
        if (result == NvmlResult.Success && _attachedIn != _session.Generation)
        {
            result = _session.Find(_address, out _device);
            _attachedIn = result == NvmlResult.Success ? _session.Generation : 0;
        }
        device = _device;
        return result;
    }

    /// <summary>The handle failed: the next <see cref="Attach"/> asks for a new one, of a library that is initialised anew, as after an unloaded driver.</summary>
    public void Detach()
    {
        _attachedIn = 0;
        _session.Close();
    }
}
