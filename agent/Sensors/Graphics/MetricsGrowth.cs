namespace Homelab.NodeAgent.Sensors.Graphics;

/// <summary>1 when any of some counters of a table grew since the previous look, else 0; nothing at the first look.</summary>
internal sealed class MetricsGrowth(MetricsField[] fields)
{
    private readonly ulong[] _before = new ulong[fields.Length];
    private bool _hasLooked;

    public long? Pick(ReadOnlySpan<byte> table)
    {
        var (grew, isFilled) = (false, false);
        for (var i = 0; i < fields.Length; i++)
        {
            if (fields[i].In(table) is not { } now)
                continue;
            isFilled = true;
            grew |= _hasLooked && now > _before[i];
            _before[i] = now;
        }
        if (!isFilled)
            return null;
        var first = !_hasLooked;
        _hasLooked = true;
        return first ? 0 : grew ? 1_000_000 : 0;
    }
}
