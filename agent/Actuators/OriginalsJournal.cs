namespace Homelab.NodeAgent.Actuators;

/// <summary>Original values, durable before the first write, so that they can be restored after a crash.</summary>
internal sealed class OriginalsJournal;
