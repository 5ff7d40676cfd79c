using Microsoft.Extensions.Logging;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Every line the agent logs: one per change of state, none per sample. Numbers are never used again; next free: 54.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "homelab-agent {Version} on {Node}: {Board}, {Processor}, kernel {Kernel}")]
    public static partial void Started(ILogger log, string version, string node, string board, string processor, string kernel);

    [LoggerMessage(2, LogLevel.Information, "stopping: {Signal}")]
    public static partial void Stopping(ILogger log, string signal);

    [LoggerMessage(3, LogLevel.Warning, "stopped without waiting for everything: {Limit} s passed")]
    public static partial void StopWasCutShort(ILogger log, double limit);

    [LoggerMessage(4, LogLevel.Warning, "{Problem}")]
    public static partial void ConfigWarning(ILogger log, string problem);

    [LoggerMessage(5, LogLevel.Information, "SIGHUP ignored: the configuration is read at start; restart to apply it")]
    public static partial void ReloadIgnored(ILogger log);

    [LoggerMessage(6, LogLevel.Information, "cost since start: {Passes} passes of {PassMicros} us, {CpuMicros} us of processor, {Allocated} bytes allocated, {PassAllocated} of them in passes; {Resident} bytes resident")]
    public static partial void Cost(ILogger log, long passes, long passMicros, long cpuMicros, long allocated, long passAllocated, long resident);

    [LoggerMessage(10, LogLevel.Information, "{Count} sensors")]
    public static partial void InventoryChanged(ILogger log, int count);

    [LoggerMessage(11, LogLevel.Warning, "source {Source} failed: {Detail}")]
    public static partial void SourceFailed(ILogger log, string source, string detail);

    [LoggerMessage(12, LogLevel.Information, "source {Source} answers again after {Failures} failed passes")]
    public static partial void SourceRecovered(ILogger log, string source, long failures);

    [LoggerMessage(13, LogLevel.Error, "a sampling pass failed unexpectedly; the next one starts afresh")]
    public static partial void PassFailed(ILogger log, Exception error);

    [LoggerMessage(14, LogLevel.Information, "node power from {Source}: {Provenance}, ±{Percent} %")]
    public static partial void PowerSource(ILogger log, string source, string provenance, int percent);

    [LoggerMessage(15, LogLevel.Warning, "{Source}: {Path}: {Errno}: {Meaning}; fix: {Fix}")]
    public static partial void Shut(ILogger log, string source, string path, string errno, string meaning, string fix);

    [LoggerMessage(20, LogLevel.Information, "connected to {Aggregator}; reports every {Interval}")]
    public static partial void Connected(ILogger log, string aggregator, string interval);

    [LoggerMessage(21, LogLevel.Warning, "no connection to {Aggregator}: {Reason}; sampling goes on, dialling again")]
    public static partial void Disconnected(ILogger log, string aggregator, string reason);

    [LoggerMessage(22, LogLevel.Information, "first report acknowledged {Milliseconds} ms after start")]
    public static partial void FirstAcknowledged(ILogger log, long milliseconds);

    [LoggerMessage(23, LogLevel.Information, "the aggregator says goodbye: {Reason}")]
    public static partial void Goodbye(ILogger log, string reason);

    [LoggerMessage(24, LogLevel.Error, "the aggregator refuses this node: {Reason}; dialling again")]
    public static partial void Refused(ILogger log, string reason);

    [LoggerMessage(25, LogLevel.Information, "grants are received and not applied: enforcement is off on this node (enforce.enabled)")]
    public static partial void GrantObserved(ILogger log);

    [LoggerMessage(26, LogLevel.Warning, "{Count} sensors are read; the aggregator is told of the first {Most}")]
    public static partial void SensorsLeftOut(ILogger log, int count, int most);

    [LoggerMessage(40, LogLevel.Information, "holding this node to granted caps by {Limiters}; state in {Folder}")]
    public static partial void Enforcing(ILogger log, string limiters, string folder);

    [LoggerMessage(41, LogLevel.Warning, "no cap can be held: {Problem}")]
    public static partial void NotEnforcing(ILogger log, string problem);

    [LoggerMessage(42, LogLevel.Information, "lease {Standing}: cap {Cap}")]
    public static partial void LeaseStanding(ILogger log, string standing, string cap);

    [LoggerMessage(43, LogLevel.Warning, "a grant was not taken as it is: {Reason}")]
    public static partial void OfferRefused(ILogger log, string reason);

    [LoggerMessage(44, LogLevel.Warning, "{Limiter} has no effect: limit {Limit}, draw {Draw}; another limiter takes over where there is one")]
    public static partial void LimiterIneffective(ILogger log, string limiter, string limit, string draw);

    [LoggerMessage(45, LogLevel.Warning, "{Limiter} was rewritten {Losses} times by something else{Writers}: it counts as uncontrolled")]
    public static partial void LimiterFought(ILogger log, string limiter, int losses, string writers);

    [LoggerMessage(46, LogLevel.Information, "{Limiter} holds again")]
    public static partial void LimiterHeldAgain(ILogger log, string limiter);

    [LoggerMessage(47, LogLevel.Warning, "the cap is not held: {Detail}")]
    public static partial void CapNotHeld(ILogger log, string detail);

    [LoggerMessage(48, LogLevel.Warning, "{Family} does not answer; its limits stay as they were until it does")]
    public static partial void FamilyLate(ILogger log, string family);

    [LoggerMessage(49, LogLevel.Information, "original limits restored: {Why}")]
    public static partial void OriginalsRestored(ILogger log, string why);

    [LoggerMessage(50, LogLevel.Error, "original limits could not all be restored: {Problem}")]
    public static partial void RestoreFailed(ILogger log, string problem);

    [LoggerMessage(51, LogLevel.Warning, "stopped at the cap: {Why}; 'homelab-agent release' restores the original limits")]
    public static partial void CapKept(ILogger log, string why);

    [LoggerMessage(52, LogLevel.Warning, "{Names} run here and may rewrite limits; stop them, or expect a fight")]
    public static partial void OtherWriters(ILogger log, string names);

    [LoggerMessage(53, LogLevel.Error, "the stored safe share can not be read: {Problem}; its last caps stand until the next grant")]
    public static partial void LeaseLost(ILogger log, string problem);

    [LoggerMessage(60, LogLevel.Warning, "what a meter taught earlier is not used: {Problem}")]
    public static partial void CalibrationUnread(ILogger log, string problem);

    [LoggerMessage(61, LogLevel.Warning, "what the meter teaches can not be kept: {Problem}")]
    public static partial void CalibrationUnstored(ILogger log, string problem);

    [LoggerMessage(70, LogLevel.Information, "the status lamp on {Line} is lit")]
    public static partial void LampShown(ILogger log, string line);

    [LoggerMessage(71, LogLevel.Warning, "the status lamp on {Line} can not be lit: {Errno}; fix: {Fix}")]
    public static partial void LampDark(ILogger log, string line, string errno, string fix);

    [LoggerMessage(30, LogLevel.Warning, "the service manager's socket does not take messages: {Reason}")]
    public static partial void NotifyFailed(ILogger log, string reason);

    [LoggerMessage(31, LogLevel.Error, "{Part} ended unexpectedly")]
    public static partial void PartFailed(ILogger log, string part, Exception error);
}
