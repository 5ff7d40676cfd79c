using System.Runtime.InteropServices;
using Homelab.RecordedHosts;

if (args is ["judge", .. var rest])
    return JudgeCommand.Run(rest);
if (args.Contains("--help") || args.Contains("-h"))
{
    Console.WriteLine(ReplayOptions.Usage);
    return 0;
}
if (ReplayOptions.Parse(args, out var errors) is not { } options)
{
    foreach (var error in errors)
        Console.Error.WriteLine($"recorded-hosts: {error}");
    Console.Error.WriteLine("recorded-hosts: see --help");
    return 2;
}

using var stop = new CancellationTokenSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
var hosts = new List<ReplayedHost>();
try
{
    foreach (var (name, machine) in options.Hosts)
    {
        var root = Path.Combine(options.Out, name);
        RecordedTree.Copy(Path.Combine(options.Fixtures, machine), root);
        ReplayedHost.Identify(root, name, options.Seed);
        var instance = options.Hosts.TakeWhile(host => host.Name != name).Count(host => host.Machine == machine);
        hosts.Add(new ReplayedHost(root, name, machine, instance, options.Demand(name), options.Speed));
        Console.WriteLine($"{name}: {machine} at {root}");
    }
    using var truth = options.Truth is { } file ? new TruthLog(file, options.Unmanaged) : null;
    Console.WriteLine("ready");
    await ReplayLoop.RunAsync(hosts, options.Duration, moment => truth?.Write(moment, hosts), TimeProvider.System, stop.Token).ConfigureAwait(false);
    return 0;
}
catch (Exception failure) when (failure is ReplayException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"recorded-hosts: {failure.Message}");
    return 1;
}
finally
{
    foreach (var host in hosts)
        host.Dispose();
}

void Stop(PosixSignalContext signal)
{
    signal.Cancel = true;
    stop.Cancel();
}
