using System.ComponentModel;
using System.Diagnostics;

namespace Homelab.Aggregator.KubeApi;

/// <summary>
/// Runs a kubeconfig's exec command: the only place where this product starts a program. No shell, no terminal, bounded time and output.
/// What the program prints may be a secret: it goes to the caller and nowhere else, its error output goes nowhere.
/// </summary>
internal static class ExecProcess
{
    private const int LargestOutput = 1 << 20;

    /// <summary>Standard output of the command, or <see cref="KubeOutcome.Unauthenticated"/> with what to mend.</summary>
    public static async Task<KubeResult<byte[]>> RunAsync(ExecCommand command, TimeSpan timeout, TimeProvider time, CancellationToken cancel)
    {
        using var bound = new CancellationTokenSource(timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(bound.Token, cancel);
        using var process = new Process { StartInfo = Start(command) };
        try
        {
            process.Start();
        }
        catch (Exception failure) when (failure is Win32Exception or InvalidOperationException or PlatformNotSupportedException)
        {
            var hint = command.InstallHint.Length == 0 ? "install it, or give its full path" : command.InstallHint;
            return Failed(command, $"cannot start '{command.Command}': {failure.Message}; {hint}");
        }
        try
        {
            process.StandardInput.Close();
            var errors = process.StandardError.BaseStream.CopyToAsync(Stream.Null, either.Token);
            var output = await ReadAsync(process.StandardOutput.BaseStream, either.Token).ConfigureAwait(false);
            if (output is null)
                return Failed(command, $"'{command.Command}' printed more than {LargestOutput} bytes; it must print one ExecCredential");
            await process.WaitForExitAsync(either.Token).ConfigureAwait(false);
            await errors.ConfigureAwait(false);
            return process.ExitCode == 0
                ? KubeResult<byte[]>.Ok(output)
                : Failed(command, $"'{command.Command}' ended with exit code {process.ExitCode}; run it by hand to see why");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Failed(command, $"'{command.Command}' did not end within {timeout.TotalSeconds:0} s; it must not wait for input");
        }
        catch (IOException failure)
        {
            return Failed(command, $"'{command.Command}': {failure.Message}");
        }
        finally
        {
            Kill(process);
        }
    }

    private static ProcessStartInfo Start(ExecCommand command)
    {
        var start = new ProcessStartInfo(command.Command, command.Arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        start.Environment["KUBERNETES_EXEC_INFO"] = command.ExecInfo;
        return start;
    }

    private static async Task<byte[]?> ReadAsync(Stream output, CancellationToken cancel)
    {
        using var kept = new MemoryStream();
        var chunk = new byte[4096];
        while (await output.ReadAsync(chunk, cancel).ConfigureAwait(false) is > 0 and var read)
        {
            if (kept.Length + read > LargestOutput)
                return null;
            kept.Write(chunk, 0, read);
        }
        return kept.ToArray();
    }

    private static void Kill(Process process)
    {
        try
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
        }
        catch (Exception failure) when (failure is InvalidOperationException or Win32Exception or AggregateException)
        {
            // It ended by itself meanwhile, or belongs to another user; there is no more to do.
        }
    }

    private static KubeResult<byte[]> Failed(ExecCommand command, string problem) =>
        KubeResult<byte[]>.Failed(KubeOutcome.Unauthenticated, $"{command.Origin}: {problem}");
}
