using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Homelab.NodeAgent.Diagnostics;

/// <summary>Which agent this is.</summary>
internal static class AgentVersion
{
    /// <summary>E.g. <c>0.1.0</c>.</summary>
    public static string Number => Informational().Number;

    /// <summary>E.g. <c>homelab-agent 0.1.0 (a1b2c3d, linux-x64, AOT)</c>; the revision is "unknown" outside a git checkout.</summary>
    public static string Line
    {
        get
        {
            var (number, revision) = Informational();
            var compiler = RuntimeFeature.IsDynamicCodeSupported ? "JIT" : "AOT";
            return $"homelab-agent {number} ({revision}, {RuntimeInformation.RuntimeIdentifier}, {compiler})";
        }
    }

    /// <summary>The SDK writes <c>0.1.0+COMMIT</c> into the assembly.</summary>
    private static (string Number, string Revision) Informational()
    {
        var text = typeof(AgentVersion).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0";
        var plus = text.IndexOf('+', StringComparison.Ordinal);
        return plus < 0 ? (text, "unknown") : (text[..plus], text[(plus + 1)..Math.Min(text.Length, plus + 8)]);
    }
}
