using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>A refusal in the words of the API: becomes a meta/v1 Status.</summary>
internal sealed class FakeFailure(int code, string reason, string message, JsonArray? causes = null) : Exception(message)
{
    public int Code => code;

    public JsonObject Status => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = Message,
        ["reason"] = reason,
        ["details"] = new JsonObject { ["causes"] = causes?.DeepClone() ?? new JsonArray() },
        ["code"] = code,
    };

    public static FakeFailure NotFound(string what) => new(404, "NotFound", $"{what} not found");

    public static FakeFailure Modified(string what) => new(409, "Conflict", $"Operation cannot be fulfilled on {what}: the object has been modified; please apply your changes to the latest version and try again");

    public static FakeFailure Invalid(string message) => new(422, "Invalid", message);

    public static FakeFailure BadRequest(string message) => new(400, "BadRequest", message);

    public static FakeFailure Expired(string message) => new(410, "Expired", message);

    /// <summary>What the next request meets on a test's wish.</summary>
    public static FakeFailure Injected(int code) => new(code, code switch
    {
        409 => "Conflict",
        410 => "Expired",
        429 => "TooManyRequests",
        401 => "Unauthorized",
        403 => "Forbidden",
        500 => "InternalError",
        503 => "ServiceUnavailable",
        504 => "Timeout",
        _ => "",
    }, $"injected {code}");
}
