namespace Homelab.NodeAgent.Sensors;

/// <summary>Who used a graphics card between two looks, by weights that only say how much beside the others. Kept and filled anew; owned by one thread at a time.</summary>
internal sealed class CardUse
{
    private string[] _containers = new string[8];
    private long[] _weights = new long[8];

    public int Count { get; private set; }

    /// <summary>Of processes in no container, or of which nobody knows where they are.</summary>
    public long Elsewhere { get; private set; }

    /// <summary>True where the driver says only which processes run: all count the same then.</summary>
    public bool IsEven { get; set; }

    /// <summary>The container's first 12 digits, each once.</summary>
    public ReadOnlySpan<string> Containers => _containers.AsSpan(0, Count);

    public ReadOnlySpan<long> Weights => _weights.AsSpan(0, Count);

    public void Clear() => (Count, Elsewhere, IsEven) = (0, 0, false);

    /// <param name="container">Null: elsewhere.</param>
    /// <param name="weight">0 or more.</param>
    public void Add(string? container, long weight)
    {
        if (container is null)
        {
            Elsewhere += weight;
            return;
        }
        for (var i = 0; i < Count; i++)
        {
            if (_containers[i] == container)
            {
                _weights[i] += weight;
                return;
            }
        }
        if (Count == _containers.Length)
        {
            Array.Resize(ref _containers, Count * 2);
            Array.Resize(ref _weights, Count * 2);
        }
        (_containers[Count], _weights[Count]) = (container, weight);
        Count++;
    }

    public void CopyTo(CardUse other)
    {
        other.Clear();
        for (var i = 0; i < Count; i++)
            other.Add(_containers[i], _weights[i]);
        other.Add(null, Elsewhere);
        other.IsEven = IsEven;
    }
}
