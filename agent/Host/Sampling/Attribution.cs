using Homelab.NodeAgent.Sensors;
using Homelab.Units;

namespace Homelab.NodeAgent.Sampling;

/// <summary>Brings the containers' processor time, the cards' users, the node's time and its energy together for the split. Owned by the sampling loop.</summary>
/// <param name="idle">What a board like this one draws at rest.</param>
/// <param name="cards">Who uses cards; null: nobody tells.</param>
internal sealed class Attribution(Power idle, ICardSource? cards = null)
{
    /// <summary>Pods that are told by name: with idle, system and the rest 13 series a node.</summary>
    private const int MostPods = 10;

    private readonly EnergySplit _split = new();
    private readonly PodBook _book = new(MostPods);
    private readonly IdleLevel _rest = new(idle);
    private readonly CardSplit? _cards = cards is null ? null : new CardSplit(cards);
    private ContainerUse[] _uses = [];
    private bool _isTaken;
    private IReadOnlyList<SensorInfo>? _sensors;
    private int _busy = -1;

    /// <summary>Gives a sample the split as of now, in what it has of an earlier pass where it has any. Once for each pass.</summary>
    public void WriteTo(NodeSample sample)
    {
        sample.Split = _split.Write(sample.Split);
        if (_isTaken)
            _book.Read(sample.Split);
        _isTaken = false;
        sample.Pods = _book.Write(sample.Pods);
    }

    /// <summary>Takes a pass in whose container times were read in it; what a pass without them gained comes with the next.</summary>
    /// <param name="containers">Their times.</param>
    /// <param name="users">The card source's state; null with the source.</param>
    /// <param name="pass">Of this pass.</param>
    /// <param name="meter">Has taken the pass.</param>
    /// <param name="now">Monotonic.</param>
    public void Take(SourceState containers, SourceState? users, CardPass pass, NodeMeter meter, TimeSpan now)
    {
        if (!ReferenceEquals(pass.Sensors, _sensors))
            (_sensors, _busy) = (pass.Sensors, Find(pass.Sensors));
        if (pass.Micros(_busy) is not { } busy)
            return;
        if (_uses.Length != containers.Sensors.Count)
            _uses = new ContainerUse[containers.Sensors.Count];
        for (var i = 0; i < _uses.Length; i++)
        {
            var (info, reading) = (containers.Sensors[i], containers.Readings[i]);
            _uses[i] = new ContainerUse(
                info.Device, info.Name, reading is { Quality: Quality.Ok, Micros: { } time } ? TimeSpan.FromMicroseconds(time) : null, PodName: info.Label);
        }
        if (users is not null)
            _cards?.Take(users, pass, meter.CoversCards, _uses, now);
        Observe(meter.Power, pass);
        _split.Take(meter.Energy, TimeSpan.FromMicroseconds(busy), _rest.Level ?? Power.Zero, _uses, now, _cards?.Rest ?? default);
        _isTaken = true;
    }

    /// <summary>What the node draws at rest is learned without the cards, which have a rest of their own.</summary>
    private void Observe(NodePower figure, CardPass pass)
    {
        double? use = pass.Micros(pass.Plan.Utilization) is { } micros ? micros / 1e6 : null;
        if (_cards is null || _cards.Now == Power.Zero)
            _rest.Observe(figure, use);
        // Figures of a meter lag behind a card's: while one works, their difference says nothing of rest.
        else if (figure.Watts is { } watts && (!_cards.Works || _rest.Level is null))
            _rest.Observe(figure.Source, watts > _cards.Now ? watts - _cards.Now : Power.Zero, use);
    }

    private static int Find(IReadOnlyList<SensorInfo> sensors)
    {
        for (var i = 0; i < sensors.Count; i++)
        {
            if (sensors[i] is { Source: "cpu", Name: "busy", Quantity: Quantity.Duration })
                return i;
        }
        return -1;
    }
}
