namespace Homelab.NodeAgent.Sensors.I2c;

/// <summary>All buses that have monitors, looked at together once per pass, each on a thread of its own.</summary>
/// <param name="time">For the deadlines.</param>
internal sealed class BusTeam(TimeProvider time, BusSeat[] buses)
{
    /// <summary>A look takes 3 to 10 ms a chip at 100 kHz; a bus that hangs gives up after a second. Well below the deadline of the source, so that one that hangs costs the others no pass.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private uint _generation;

    public IReadOnlyList<BusSeat> Buses => buses;

    public void Search(HostRoot root) => Look(root);

    /// <summary>Looks, if the caller has used the last look; the caller's place is as in <see cref="SharedFile.Read"/>.</summary>
    public void Look(ref uint used)
    {
        if (used == _generation)
            Look(null);
        used = _generation;
    }

    public void Leave()
    {
        foreach (var bus in buses)
            bus.Leave();
    }

    private void Look(HostRoot? root)
    {
        _generation++;
        foreach (var bus in buses)
            bus.Begin(root);
        var begun = time.GetTimestamp();
        foreach (var bus in buses)
            bus.End(Patience - time.GetElapsedTime(begun));
        foreach (var bus in buses)
        {
            if (bus.TakeFailure() is { } failure)
                throw new InvalidOperationException($"i2c-{bus.Number}: {failure.GetType().Name}: {failure.Message}", failure);
        }
    }
}
