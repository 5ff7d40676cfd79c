namespace Homelab.Aggregator.Fleet.Learned;

/// <summary>What is learned of one node, by what it is of: a power source's watts are not another's, which may see less of the machine.</summary>
internal sealed class NodeLevels
{
    /// <summary>Kinds kept; the one that was not asked for longest goes first.</summary>
    public const int MostKinds = 6;

    private readonly List<(string Kind, LevelDays Days)> _kinds = [];

    /// <summary>The latest used first.</summary>
    public IReadOnlyList<(string Kind, LevelDays Days)> Kinds => _kinds;

    /// <summary>0 when nothing was learned.</summary>
    public int LastDay => _kinds.Count == 0 ? 0 : _kinds.Max(static kind => kind.Days.Days.Count == 0 ? 0 : kind.Days.Days[^1].Day);

    /// <summary>Null when there are more than are kept, or one twice.</summary>
    public static NodeLevels? Of(IReadOnlyList<(string Kind, LevelDays Days)> kinds)
    {
        if (kinds.Count > MostKinds || kinds.Select(static kind => kind.Kind).Distinct(StringComparer.Ordinal).Count() < kinds.Count)
            return null;
        var levels = new NodeLevels();
        levels._kinds.AddRange(kinds);
        return levels;
    }

    /// <summary>The levels of a kind, empty ones where nothing is known.</summary>
    public LevelDays this[string kind]
    {
        get
        {
            var place = _kinds.FindIndex(each => each.Kind == kind);
            if (place == 0)
                return _kinds[0].Days;
            var found = place < 0 ? (kind, new LevelDays()) : _kinds[place];
            if (place > 0)
                _kinds.RemoveAt(place);
            else if (_kinds.Count == MostKinds)
                _kinds.RemoveAt(MostKinds - 1);
            _kinds.Insert(0, found);
            return found.Item2;
        }
    }
}
