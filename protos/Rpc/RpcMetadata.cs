using System.Collections;
using System.Diagnostics.CodeAnalysis;

namespace Homelab.Rpc;

/// <summary>
/// Headers or trailers of a call: an ordered multimap. Names are lower case; those ending in <c>-bin</c>
/// hold bytes, all others printable ASCII. Not safe for concurrent writers.
/// </summary>
[SuppressMessage("Naming", "CA1710", Justification = "Metadata is gRPC's word for it.")]
internal sealed class RpcMetadata : IReadOnlyCollection<RpcMetadata.Entry>
{
    private List<Entry>? _entries;

    public int Count => _entries?.Count ?? 0;

    /// <exception cref="ArgumentException">The name is reserved or malformed, ends in -bin, or the value is not printable ASCII.</exception>
    public void Add(string name, string value)
    {
        if (!WireNames.IsCustom(name) || WireNames.IsBinary(name))
            throw new ArgumentException($"'{name}' can not name a text value: lower case, digits, '-', '_' and '.', not reserved, not ending in -bin.", nameof(name));
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~'))
            throw new ArgumentException($"The value of '{name}' is not printable ASCII; use a name ending in -bin.", nameof(value));
        Append(new Entry(name, value.Trim(' '), default));
    }

    /// <exception cref="ArgumentException">The name is reserved, malformed, or does not end in -bin.</exception>
    public void AddBinary(string name, ReadOnlyMemory<byte> value)
    {
        if (!WireNames.IsCustom(name) || !WireNames.IsBinary(name))
            throw new ArgumentException($"'{name}' can not name a binary value: it must end in -bin and not be reserved.", nameof(name));
        Append(new Entry(name, null, value));
    }

    /// <summary>The first text value of that name, or null.</summary>
    public string? Find(string name)
    {
        foreach (var entry in this)
            if (entry.Text is not null && entry.Name == name)
                return entry.Text;
        return null;
    }

    /// <summary>The first binary value of that name, or null.</summary>
    public ReadOnlyMemory<byte>? FindBinary(string name)
    {
        foreach (var entry in this)
            if (entry.Text is null && entry.Name == name)
                return entry.Bytes;
        return null;
    }

    public List<Entry>.Enumerator GetEnumerator() => (_entries ?? s_none).GetEnumerator();

    IEnumerator<Entry> IEnumerable<Entry>.GetEnumerator() => GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Takes what a peer sent: protocol headers and undecodable binary values are left out, not errors.</summary>
    internal void AddFromWire(string name, string value)
    {
        name = name.ToLowerInvariant();
        if (!WireNames.IsCustom(name))
            return;
        if (!WireNames.IsBinary(name))
        {
            Append(new Entry(name, value, default));
            return;
        }

        foreach (var part in value.AsSpan().Split(','))
            if (WireBase64.TryDecode(value.AsSpan(part).Trim(), out var bytes))
                Append(new Entry(name, null, bytes));
    }

    internal void AddAll(RpcMetadata other)
    {
        foreach (var entry in other)
            Append(entry);
    }

    private void Append(Entry entry) => (_entries ??= []).Add(entry);

    // Shared and never written.
    private static readonly List<Entry> s_none = [];

    /// <param name="Name">Lower case.</param>
    /// <param name="Text">Null for a binary value.</param>
    /// <param name="Bytes">Empty for a text value.</param>
    internal readonly record struct Entry(string Name, string? Text, ReadOnlyMemory<byte> Bytes)
    {
        internal string WireValue => Text ?? WireBase64.Encode(Bytes.Span);
    }
}
