namespace Homelab.Units;

/// <summary>How much of the machine a node's watt figure covers. The number is the wire value.</summary>
public enum PowerScope
{
    Unknown = 0,

    /// <summary>At the plug: power supply losses included.</summary>
    Wall = 1,

    /// <summary>The whole board behind its supply.</summary>
    Board = 2,

    /// <summary>The processor package only; disks, memory, fans and supply losses are not in it.</summary>
    Package = 3,
}

/// <summary>The lower-case words of JSON, metrics and tables.</summary>
public static class PowerScopeNames
{
    public static string Word(this PowerScope scope) => scope switch
    {
        PowerScope.Wall => "wall",
        PowerScope.Board => "board",
        PowerScope.Package => "package",
        _ => "unknown",
    };
}
