using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Homelab.Aggregator.Budgeting;
using Homelab.Units;

namespace Homelab.Aggregator.Control;

/// <summary>One line of the log on disk. Fields are only ever added.</summary>
internal sealed record DecisionLine(string At, string? Node, string Kind, double? From, double? To, string Reason);

[JsonSerializable(typeof(DecisionLine))]
internal sealed partial class DecisionJson : JsonSerializerContext;

/// <summary>Decisions as lines of JSON in UTF-8, each ended by a line feed; the watts are of the whole node.</summary>
internal static class DecisionFormat
{
    // People read these lines with less and grep: → and + stay themselves. Nothing here is ever put into a page as markup.
    private static readonly DecisionJson Json = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    public static byte[] Write(Decision decision)
    {
        var line = new DecisionLine(
            decision.At.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture), decision.Node?.Value, decision.Kind, decision.From?.Watts, decision.To?.Watts, decision.Reason);
        return [.. JsonSerializer.SerializeToUtf8Bytes(line, Json.DecisionLine), (byte)'\n'];
    }

    /// <summary>Null for a line that is not a decision: torn, damaged, or of another program.</summary>
    public static Decision? Read(ReadOnlySpan<byte> line)
    {
        try
        {
            if (JsonSerializer.Deserialize(line, Json.DecisionLine) is not { Kind: not null, Reason: not null } read
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
