namespace Homelab.NodeAgent.Sensors.Nvidia;

/// <summary>All GPUs of a machine, looked at together once per pass, each on a thread of its own.</summary>
/// <param name="time">For the deadlines.</param>
internal sealed class NvidiaTeam(TimeProvider time)
{
    /// <summary>A look takes 2 to 20 ms; what takes longer than this hangs. Well below the deadline of the source, so that a GPU that hangs costs the others no pass.</summary>
    private static readonly TimeSpan LookPatience = TimeSpan.FromMilliseconds(250);

    /// <summary>A search may initialise the driver, which takes seconds per GPU where nothing else holds it open.</summary>
    private static readonly TimeSpan SearchPatience = TimeSpan.FromSeconds(20);

    private readonly List<NvidiaSeat> _seats = [];
    private uint _generation;

    public IReadOnlyList<NvidiaSeat> Seats => _seats;

    /// <summary>True while some GPU's call has not come back: then the library must be left as it is.</summary>
    public bool IsBusy => _seats.Exists(static seat => seat.IsBusy);

    /// <summary>Keeps those of these GPUs that it has, lets go of others and takes in new ones.</summary>
    public void Keep(IReadOnlyList<string> addresses, Func<string, NvidiaGpu> create)
    {
        for (var i = _seats.Count - 1; i >= 0; i--)
        {
            if (addresses.Contains(_seats[i].Gpu.Address))
                continue;
            _seats[i].Leave();
            _seats.RemoveAt(i);
        }
        foreach (var address in addresses)
        {
            if (!_seats.Exists(seat => seat.Gpu.Address == address))
                _seats.Add(new NvidiaSeat(create(address)));
        }
        _seats.Sort(static (left, right) => string.CompareOrdinal(left.Gpu.Address, right.Gpu.Address));
    }

    public void Clear()
    {
        foreach (var seat in _seats)
            seat.Leave();
        _seats.Clear();
    }

    public void Search() => Look(searches: true, SearchPatience);

    /// <summary>The channel's reading of this pass; the caller's place is as in <see cref="SharedFile.Read"/>.</summary>
    public Reading Read(NvidiaSeat seat, NvidiaChannel channel, ref uint used)
    {
        if (used == _generation)
            Look(searches: false, LookPatience);
        used = _generation;
        return seat.Last(channel);
    }

    private void Look(bool searches, TimeSpan patience)
    {
        _generation++;
        foreach (var seat in _seats)
            seat.Begin(searches, isAlone: _seats.Count == 1);
        var begun = time.GetTimestamp();
        foreach (var seat in _seats)
            seat.End(searches, patience - time.GetElapsedTime(begun));
        foreach (var seat in _seats)
        {
            if (seat.TakeFailure() is { } failure)
                throw new InvalidOperationException($"{seat.Gpu.Address}: {failure.GetType().Name}: {failure.Message}", failure);
        }
    }
}
