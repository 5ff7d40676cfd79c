namespace Homelab.NodeAgent.Uplink;

/// <summary>A split as a message, in objects that serve again for the next. What <see cref="Of"/> gives is valid until the next call.</summary>
internal sealed class SplitMessage
{
    private readonly V1.EnergySplit _split = new();
    private readonly List<V1.PodEnergy> _pods = [];

    /// <summary>What the words of each pod were made of: a pod is told by the same ones until it ends.</summary>
    private readonly List<string> _names = [];

    public V1.EnergySplit Of(PodReport pods)
    {
        _split.IdleMicrojoules = (ulong)pods.Idle.Microjoules;
        _split.SystemMicrojoules = (ulong)pods.System.Microjoules;
        _split.OtherMicrojoules = (ulong)pods.Other.Microjoules;
        _split.EndedMicrojoules = (ulong)Math.Max(0, pods.Ended.Microjoules);
        _split.Pods.Clear();
        for (var i = 0; i < pods.Pods.Length; i++)
        {
            var wire = ReportMessage.At(_pods, i);
            if (i == _names.Count)
                _names.Add("");
            wire.Pod = pods.Pods[i].Pod;
            wire.Microjoules = (ulong)pods.Pods[i].Energy.Microjoules;
            if (pods.Pods[i].Name != _names[i])
                Name(wire, _names[i] = pods.Pods[i].Name);
            _split.Pods.Add(wire);
        }
        return _split;
    }

    private static void Name(V1.PodEnergy wire, string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        (wire.Namespace, wire.Name) = slash > 0 ? (name[..slash], name[(slash + 1)..]) : ("", "");
    }
}
