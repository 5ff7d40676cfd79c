namespace Homelab.Faults.Tests;

/// <summary>What the proofs promise (control design, goals 3 and 9).</summary>
internal static class Bounds
{
    /// <summary>A lease lives five seconds from the report it rests on; the move itself takes a moment.</summary>
    public static readonly TimeSpan Safe = TimeSpan.FromSeconds(6.5);

    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(6);
}
