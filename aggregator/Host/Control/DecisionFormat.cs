using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>One line of the log on disk. Fields are only ever added.</summary>
internal sealed record DecisionLine(string At, string? Node, string Kind, double? From, double? To, string Reason);

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DecisionLine))]
internal sealed partial class DecisionJson : JsonSerializerContext;

/// <summary>Decisions as lines of JSON in UTF-8, each ended by a line feed; the watts are of the whole node.</summary>
internal static class DecisionFormat
{
    public static byte[] Write(Decision decision)
    {
        var line = new DecisionLine(
            decision.At.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture), decision.Node?.Value, decision.Kind, decision.From?.Watts, decision.To?.Watts, decision.Reason);
        return [.. JsonSerializer.SerializeToUtf8Bytes(line, DecisionJson.Default.DecisionLine), (byte)'\n'];
    }

    /// <summary>Null for a line that is not a decision: torn, damaged, or of another program.</summary>
    public static Decision? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            if (JsonSerializer.Deserialize(line, DecisionJson.Default.DecisionLine) is not { Kind: not null, Reason: not null } read
                || !DateTimeOffset.TryParse(read.At, CultureInfo.InvariantCulture, DateTimeStyles.None, out var at))
                return null;
            NodeName? node = NodeName.TryParse(read.Node, out var name) ? name : null;
            return new Decision(at, node, read.Kind, Watts(read.From), Watts(read.To), read.Reason);
        }
        catch (Exception damaged) when (damaged is JsonException or OverflowException or DecoderFallbackException)
        {
            return null;
        }
    }

    private static Power? Watts(double? watts) => watts is { } value ? Power.FromWatts(value) : null;
}
