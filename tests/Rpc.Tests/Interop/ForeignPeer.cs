using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Google.Protobuf;
using Grpc.Testing;

namespace Homelab.Rpc.Tests;

/// <summary>A program around somebody else's gRPC: one instance serves, static calls run one client case each.</summary>
internal sealed class ForeignPeer : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string s_home = FindHome();
    private static readonly Lazy<string> s_descriptors = new(WriteDescriptors);
    private readonly Process _server;

    private ForeignPeer(Process server, Uri address)
    {
        _server = server;
        Address = address;
    }

    public Uri Address { get; }

    /// <param name="language">js (@grpc/grpc-js) or python (grpcio).</param>
    public static async Task<ForeignPeer> ServeAsync(string language)
    {
        var process = Start(language, "server");
        var errors = process.StandardError.ReadToEndAsync();
        var line = await process.StandardOutput.ReadLineAsync().WaitAsync(Limit);
        if (line?.StartsWith("port ", StringComparison.Ordinal) == true)
            return new ForeignPeer(process, new Uri($"http://127.0.0.1:{int.Parse(line.AsSpan(5), CultureInfo.InvariantCulture)}"));
        throw new InvalidOperationException($"The {language} peer did not start; is it installed (tests/RpcInterop/install.sh)?\n{await errors}");
    }

    /// <summary>Returns when the case passed; throws what the peer said.</summary>
    public static async Task RunCaseAsync(string language, Uri server, string name)
    {
        using var process = Start(language, "client", server.Port.ToString(CultureInfo.InvariantCulture), name);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Limit);
        }
        catch (TimeoutException)
        {
            process.Kill();
            throw;
        }

        if (process.ExitCode != 0 || (await output).Trim() != $"{name} ok")
            throw new InvalidOperationException($"The {language} client exited with {process.ExitCode}; is it installed (tests/RpcInterop/install.sh)?\n{await output}{await errors}");
    }

    public async ValueTask DisposeAsync()
    {
        _server.StandardInput.Close();
        try
        {
            await _server.WaitForExitAsync().WaitAsync(TimeSpan.FromSeconds(5));
        }
        catch (TimeoutException)
        {
            _server.Kill();
        }

        _server.Dispose();
    }

    private static Process Start(string language, string mode, params string[] arguments)
    {
        string[] command = language switch
        {
            "js" => ["node", Path.Combine(s_home, "js", "peer.mjs"), mode],
            // Debian's grpcio belongs to Debian's interpreter, whatever else is first on the path.
            "python" => ["/usr/bin/python3", Path.Combine(s_home, "python", "peer.py"), mode, s_descriptors.Value],
            _ => throw new ArgumentOutOfRangeException(nameof(language), language, null),
        };
        var start = new ProcessStartInfo(command[0], [.. command[1..], .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception e)
        {
            throw new InvalidOperationException($"{command[0]} can not be started: {e.Message}. Run tests/RpcInterop/install.sh.", e);
        }
    }

    /// <summary>A FileDescriptorSet, which is its files as field 1: python builds its messages from that.</summary>
    private static string WriteDescriptors()
    {
        var path = Path.Combine(AppContext.BaseDirectory, "interop.binpb");
        using var file = File.Create(path);
        using var output = new CodedOutputStream(file);
        foreach (var descriptor in new[] { EmptyReflection.Descriptor, MessagesReflection.Descriptor })
        {
            output.WriteTag(1, WireFormat.WireType.LengthDelimited);
            output.WriteBytes(descriptor.SerializedData);
        }

        return path;
    }

    private static string FindHome()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (Path.Combine(folder.FullName, "tests", "RpcInterop") is var home && File.Exists(Path.Combine(home, "install.sh")))
                return home;
        throw new InvalidOperationException("tests/RpcInterop is not above the test's folder.");
    }
}
