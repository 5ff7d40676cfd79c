namespace Homelab.Faults.Tests;

/// <summary>What the proofs promise (control design, goals 3 and 9).</summary>
internal static class Bounds
{
    /// <summary>A lease lives four seconds from the report it rests on; the move itself, seen in the hardware's own files, takes a moment.</summary>
    public static readonly TimeSpan Safe = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan Recovery = TimeSpan.FromSeconds(6);
}
