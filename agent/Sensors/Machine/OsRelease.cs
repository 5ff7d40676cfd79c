namespace Homelab.NodeAgent.Sensors.Machine;

/// <summary>os-release(5).</summary>
internal static class OsRelease
{
    /// <summary>PRETTY_NAME without its quotes; empty when there is none.</summary>
    public static string PrettyName(string text)
    {
        foreach (var line in text.Split('\n'))
        {
            if (line.StartsWith("PRETTY_NAME=", StringComparison.Ordinal))
                return line["PRETTY_NAME=".Length..].Trim().Trim('"', '\'');
        }
        return "";
    }
}
