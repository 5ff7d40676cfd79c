using System.Net;
using System.Net.Sockets;
using Homelab.Rpc;

namespace Homelab.NodeAgent.Uplink;

/// <summary>
/// Dials one of several aggregators and stays with the one that takes the agent in. A name with several addresses is several aggregators: so a
/// headless Service shows its replicas, of which only the leader takes agents. Names are looked up anew once all have been tried.
/// </summary>
/// <param name="aggregators">At least one.</param>
/// <param name="open">Makes the channel to an aggregator; at one of its addresses, or at whichever answers.</param>
/// <param name="lookUp">Addresses of a host name; throws <see cref="SocketException"/>.</param>
internal sealed class RovingDialer(
    IReadOnlyList<Uri> aggregators, Func<Uri, IPAddress?, RpcChannel> open, Func<string, CancellationToken, Task<IPAddress[]>> lookUp) : IAggregatorDialer, IDisposable
{
    /// <summary>A name with more addresses than this is no fleet's aggregator.</summary>
    private const int MostAddresses = 16;

    private IReadOnlyList<Target> _targets = [];
    private RpcChannel? _channel;
    private Target? _dialled;
    private int _at;
    private int _tried;

    public string Address { get; private set; } = aggregators[0].GetLeftPart(UriPartial.Authority);

    public IAggregatorLink Dial(CancellationToken cancellation) => new PendingLink(OpenAsync(cancellation));

    public bool TurnAway(bool wasWelcomed)
    {
        _tried = wasWelcomed ? 1 : _tried + 1;
        _at++;
        if (_tried < _targets.Count)
            return true;
        // It begins anew, and what the names stand for may have changed.
        (_targets, _at, _tried) = ([], 0, 0);
        return false;
    }

    public void Dispose() => _channel?.Dispose();

    private async Task<IAggregatorLink> OpenAsync(CancellationToken cancellation)
    {
        if (_targets.Count == 0)
            _targets = await FindAsync(cancellation).ConfigureAwait(false);
        var target = _targets[_at % _targets.Count];
        if (_channel is null || target != _dialled)
        {
            _channel?.Dispose();
            (_channel, _dialled, Address) = (open(target.Aggregator, target.Address), target, target.ToString());
        }
        return GrpcLink.Open(_channel, cancellation);
    }

    private async Task<IReadOnlyList<Target>> FindAsync(CancellationToken cancellation)
    {
        var found = new List<Target>();
        foreach (var aggregator in aggregators)
        {
            var addresses = aggregator.HostNameType == UriHostNameType.Dns && !aggregator.IsLoopback ? await LookUpAsync(aggregator.Host, cancellation).ConfigureAwait(false) : [];
            if (addresses.Length <= 1)
                found.Add(new Target(aggregator, null));
            else
                found.AddRange(addresses.Take(MostAddresses).Select(address => new Target(aggregator, address)));
        }
        return found;
    }

    private async Task<IPAddress[]> LookUpAsync(string host, CancellationToken cancellation)
    {
        try
        {
            return await lookUp(host, cancellation).ConfigureAwait(false);
        }
        catch (SocketException)
        {
            // Dialling by name fails with the same, and says so.
            return [];
        }
    }

    private sealed record Target(Uri Aggregator, IPAddress? Address)
    {
        public override string ToString() => Aggregator.GetLeftPart(UriPartial.Authority) + (Address is null ? "" : $" ({Address})");
    }

    /// <summary>A stream whose peer is still being looked up.</summary>
    private sealed class PendingLink(Task<IAggregatorLink> opening) : IAggregatorLink
    {
        public ValueTask SayAsync(AgentWord word, CancellationToken cancellation) =>
            opening.IsCompletedSuccessfully ? opening.Result.SayAsync(word, cancellation) : FirstSayAsync(word, cancellation);

        public ValueTask<AggregatorWord?> HearAsync(CancellationToken cancellation) =>
            opening.IsCompletedSuccessfully ? opening.Result.HearAsync(cancellation) : FirstHearAsync(cancellation);

        public async ValueTask DisposeAsync()
        {
            try
            {
                var link = await opening.ConfigureAwait(false);
                await link.DisposeAsync().ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // It was never opened.
            }
        }

        private async ValueTask FirstSayAsync(AgentWord word, CancellationToken cancellation)
        {
            var link = await opening.ConfigureAwait(false);
            await link.SayAsync(word, cancellation).ConfigureAwait(false);
        }

        private async ValueTask<AggregatorWord?> FirstHearAsync(CancellationToken cancellation)
        {
            var link = await opening.ConfigureAwait(false);
            return await link.HearAsync(cancellation).ConfigureAwait(false);
        }
    }
}
