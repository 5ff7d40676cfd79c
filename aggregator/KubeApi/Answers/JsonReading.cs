using System.Globalization;
using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>Reading of answers that may be anything: a missing member and one of the wrong type both read as absent.</summary>
internal static class JsonReading
{
    // Duplicate members are refused: which of two "kind"s counts must not depend on the reader.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 64 };

    /// <summary>The document, or null where the bytes are no JSON.</summary>
    public static JsonElement? Parse(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return JsonElement.Parse(utf8, Strict);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static JsonElement At(this JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) ? value : default;

    public static string? Text(this JsonElement element, string name)
    {
        try
        {
            return element.At(name) is { ValueKind: JsonValueKind.String } value ? value.GetString() : null;
        }
        catch (InvalidOperationException)
        {
            return null; // Half a surrogate pair or broken UTF-8.
        }
    }

    public static long? Whole(this JsonElement element, string name) =>
        element.At(name) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var whole) ? whole : null;

    public static bool Flag(this JsonElement element, string name) => element.At(name).ValueKind == JsonValueKind.True;

    public static DateTimeOffset? Time(this JsonElement element, string name) =>
        element.Text(name) is { } text && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;

    public static IEnumerable<JsonElement> Items(this JsonElement element, string name) =>
        element.At(name) is { ValueKind: JsonValueKind.Array } array ? array.EnumerateArray() : [];

    /// <summary>The members that are strings, as labels are; others are left out.</summary>
    public static IEnumerable<KeyValuePair<string, string>> Texts(this JsonElement element, string name)
    {
        if (element.At(name) is not { ValueKind: JsonValueKind.Object } map)
            yield break;
        foreach (var member in map.EnumerateObject())
        {
            if (map.Text(member.Name) is { } value)
                yield return new(member.Name, value);
        }
    }
}
