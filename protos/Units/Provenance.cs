namespace Homelab.Units;

/// <summary>Where a watt figure comes from, best last. The number is the wire value and the metric <c>homelab_node_power_quality</c>.</summary>
public enum Provenance
{
    /// <summary>No figure at all; the watts are absent, not zero.</summary>
    None = 0,

    /// <summary>Computed from activity by a model of the board.</summary>
    Modelled = 1,

    /// <summary>Measured in part: a meter of one part with a modelled rest, or a share of a meter that feeds several nodes.</summary>
    Apportioned = 2,

    /// <summary>Read from a meter of this node.</summary>
    Measured = 3,
}

/// <summary>The lower-case words of JSON, metrics and tables.</summary>
public static class ProvenanceNames
{
    public static string Word(this Provenance provenance) => provenance switch
    {
        Provenance.Measured => "measured",
        Provenance.Apportioned => "apportioned",
        Provenance.Modelled => "modelled",
        _ => "none",
    };
}
