using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Homelab.Aggregator.Prometheus;

/// <summary>Reads what the aggregator says of its own process.</summary>
/// <param name="folder">Where it keeps what must outlive it.</param>
internal sealed class SelfFacts(TimeProvider time, string folder)
{
    private readonly DateTimeOffset _started = time.GetUtcNow();

    /// <summary>The product version, <c>0.1.0</c>.</summary>
    public static string Version { get; } = Informational.Split('+')[0];

    /// <summary>The source revision the build was made from; empty when unknown.</summary>
    public static string Revision { get; } = Informational.Split('+') is [_, var revision, ..] ? revision : "";

    /// <summary>For <c>version</c>: revision, system and how the code runs, e.g. <c>a1b2c3d, linux-x64, JIT</c>.</summary>
    public static string Platform =>
        $"{(Revision.Length >= 7 ? Revision[..7] + ", " : "")}{RuntimeInformation.RuntimeIdentifier}, {(RuntimeFeature.IsDynamicCodeCompiled ? "JIT" : "AOT")}";

    private static string Informational =>
        typeof(SelfFacts).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0.0.0";

    public ProcessFacts Read() => new(
        Version, Revision, RuntimeInformation.FrameworkDescription, Environment.CpuUsage.TotalTime, Environment.WorkingSet, _started, OpenFiles())
    {
        StateBytes = StateBytes(),
    };

    /// <summary>Null where the folder is not to be had.</summary>
    private long? StateBytes()
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles().Sum(static file => file.Length);
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Null where /proc is not to be had.</summary>
    private static int? OpenFiles()
    {
        try
        {
            return Directory.EnumerateFileSystemEntries("/proc/self/fd").Count();
        }
        catch (Exception none) when (none is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
