namespace Homelab.Aggregator.Cli;

/// <summary>What each command's exit status means; the same for every program of the product.</summary>
internal static class ExitCode
{
    public const int Ok = 0;
    public const int Failure = 1;

    /// <summary>Wrong usage or configuration.</summary>
    public const int Usage = 2;
    public const int Unreachable = 3;
    public const int NotFound = 5;

    /// <summary><c>status --exit-code</c>: the fleet is not ok.</summary>
    public const int BadState = 6;
    public const int Interrupted = 130;
}
