using System.Diagnostics.CodeAnalysis;

namespace Homelab.Units;

/// <summary>A node's name as Kubernetes writes it: a lower-case DNS subdomain of 1 to 253 characters (RFC 1123).</summary>
public readonly record struct NodeName : IComparable<NodeName>
{
    private readonly string? _value;

    private NodeName(string value) => _value = value;

    public string Value => _value ?? "";

    /// <summary>Accepts lower-case letters, digits, '-' and '.', starting and ending with a letter or digit.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out NodeName name)
    {
        name = default;
        if (string.IsNullOrEmpty(text) || text.Length > 253 || !IsAlphanumeric(text[0]) || !IsAlphanumeric(text[^1]))
            return false;
        foreach (var c in text)
        {
            if (!IsAlphanumeric(c) && c is not ('-' or '.'))
                return false;
        }
        name = new NodeName(text);
        return true;
    }

    /// <summary>As <see cref="TryParse"/>, for names known to be good; a bad one throws <see cref="FormatException"/>.</summary>
    public static NodeName Parse(string text) =>
        TryParse(text, out var name) ? name : throw new FormatException($"'{text}' is not a node name");

    public static bool operator <(NodeName left, NodeName right) => left.CompareTo(right) < 0;

    public static bool operator >(NodeName left, NodeName right) => left.CompareTo(right) > 0;

    public static bool operator <=(NodeName left, NodeName right) => left.CompareTo(right) <= 0;

    public static bool operator >=(NodeName left, NodeName right) => left.CompareTo(right) >= 0;

    public int CompareTo(NodeName other) => string.CompareOrdinal(Value, other.Value);

    public override string ToString() => Value;

    private static bool IsAlphanumeric(char c) => c is (>= 'a' and <= 'z') or (>= '0' and <= '9');
}
