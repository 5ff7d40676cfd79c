namespace Homelab.NodeAgent.Cli;

/// <summary>What the shell gets; the same numbers in all programs of the product.</summary>
internal static class ExitCode
{
    public const int Ok = 0;

    public const int Failure = 1;

    /// <summary>The command line or the configuration is wrong.</summary>
    public const int Usage = 2;

    /// <summary>What was looked at is in a bad state that can be mended.</summary>
    public const int BadState = 6;

    /// <summary>Ended by Ctrl-C, as the shell reports it: 128 + SIGINT.</summary>
    public const int Interrupted = 130;
}
