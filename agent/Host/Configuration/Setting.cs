namespace Homelab.NodeAgent.Configuration;

/// <summary>One setting as somebody wrote it, and where.</summary>
/// <param name="Key">Dotted, lower-case: <c>interval.sample</c>.</param>
/// <param name="Value">The text as written, unquoted; never null.</param>
/// <param name="Origin">Where it stands, for errors and for <c>config print</c>.</param>
internal sealed record Setting(string Key, string Value, Origin Origin);

/// <summary>Where a setting comes from.</summary>
/// <param name="Place">A file, <c>environment HOMELAB_…</c>, <c>flag --…</c> or <c>default</c>.</param>
/// <param name="Line">1-based line of the file; 0 outside files.</param>
internal sealed record Origin(string Place, int Line = 0)
{
    public static readonly Origin Default = new("default");

    public override string ToString() =>
        Line > 0 ? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Place}:{Line}") : Place;
}
