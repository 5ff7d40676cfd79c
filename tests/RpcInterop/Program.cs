using Homelab.Rpc;
using Microsoft.Extensions.Hosting;
using RpcInterop;

// For trying a foreign peer by hand: "server" prints its address; "client ADDRESS [CASE]" runs one case or all.
switch (args)
{
    case ["server"]:
        var server = await InteropServer.StartAsync();
        Console.WriteLine(InteropServer.AddressOf(server));
        await server.WaitForShutdownAsync();
        return 0;
    case ["client", var address, .. var names]:
        using (var channel = new RpcChannel(new RpcChannelOptions { Address = new Uri(address) }))
            foreach (var name in names.Length > 0 ? names : [.. InteropClient.Cases.Keys])
            {
                await InteropClient.Cases[name](channel);
                Console.WriteLine($"{name} ok");
            }

        return 0;
    default:
        Console.Error.WriteLine("RpcInterop server | client http://HOST:PORT [CASE...]");
        return 64;
}
