using System.Collections.Immutable;
using System.Text.Json;

namespace Homelab.Aggregator.KubeApi;

/// <summary>The end of one request: the meta/v1 Status of the server, or what stood in the way of one. Holds no credential.</summary>
/// <param name="Code">The HTTP status; 0 where no answer came.</param>
/// <param name="Reason">The machine word of the server ("AlreadyExists", "Expired"…), or empty.</param>
/// <param name="Message">One line for a person.</param>
/// <param name="RetryAfter">How long the server wants to be left alone, where it said so.</param>
/// <param name="Conflicts">What an apply with force=false ran into; empty otherwise.</param>
internal sealed record KubeStatus(KubeOutcome Outcome, int Code, string Reason, string Message, TimeSpan? RetryAfter, ImmutableArray<FieldConflict> Conflicts)
{
    private const int LongestMessage = 500;

    public static KubeStatus Fine { get; } = new(KubeOutcome.Ok, 200, "", "", null, []);

    public bool IsOk => Outcome == KubeOutcome.Ok;

    /// <summary>An end that no server worded.</summary>
    public static KubeStatus Of(KubeOutcome outcome, string message) => new(outcome, 0, "", Short(message), null, []);

    /// <summary>Reads a meta/v1 Status; anything else is shown by its status code alone. Never throws on odd bodies.</summary>
    public static KubeStatus Read(int code, JsonElement? body, TimeSpan? retryAfter)
    {
        var status = body is { } element && element.Text("kind") == "Status" ? body : null;
        var reason = status?.Text("reason") ?? "";
        var message = status?.Text("message") ?? $"HTTP {code}";
        if (status?.At("details").Whole("retryAfterSeconds") is { } seconds and > 0 and < 86_400)
            retryAfter ??= TimeSpan.FromSeconds(seconds);
        return new KubeStatus(OutcomeOf(code, retryAfter), code, Short(reason), Short(message), retryAfter, ConflictsIn(status));
    }

    public override string ToString() => Code == 0 ? $"{Outcome}: {Message}" : $"{Outcome} ({Code} {Reason}): {Message}";

    private static KubeOutcome OutcomeOf(int code, TimeSpan? retryAfter) => code switch
    {
        >= 200 and < 300 => KubeOutcome.Ok,
        400 or 413 or 415 or 422 => KubeOutcome.Invalid,
        401 => KubeOutcome.Unauthenticated,
        403 => KubeOutcome.Forbidden,
        404 => KubeOutcome.NotFound,
        409 => KubeOutcome.Conflict,
        410 => KubeOutcome.Gone,
        429 => KubeOutcome.Busy,
        503 when retryAfter is not null => KubeOutcome.Busy,
        >= 500 => KubeOutcome.ServerError,
        _ => KubeOutcome.Unexpected,
    };

    private static ImmutableArray<FieldConflict> ConflictsIn(JsonElement? status)
    {
        if (status is null)
            return [];
        return [.. status.Value.At("details").Items("causes").Where(static cause => cause.Text("reason") == "FieldManagerConflict").Take(100)
            .Select(static cause => new FieldConflict(Quoted(cause.Text("message") ?? ""), Short(cause.Text("field") ?? "")))];
    }

    // The server words it: conflict with "kubectl-label" using v1.
    private static string Quoted(string message)
    {
        var parts = message.Split('"');
        return parts.Length >= 3 ? Short(parts[1]) : "";
    }

    private static string Short(string text)
    {
        var line = text.ReplaceLineEndings(" ").Trim();
        return line.Length <= LongestMessage ? line : string.Concat(line.AsSpan(0, LongestMessage), "…");
    }
}
