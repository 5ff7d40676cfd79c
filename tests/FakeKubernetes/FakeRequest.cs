using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>One request as the server saw it.</summary>
/// <param name="Verb">get, list, watch, create, update, patch or delete, as RBAC has them.</param>
/// <param name="Path">Still escaped.</param>
/// <param name="Body">Null where there was none or none that is JSON.</param>
/// <param name="Token">The bearer token, or empty.</param>
/// <param name="ClientSubject">The subject of the client's certificate, or empty.</param>
internal sealed record FakeRequest(string Verb, string Method, string Path, string Query, string MediaType, JsonNode? Body, string Token, string ClientSubject, string UserAgent)
{
    public FakeRoute? Route { get; } = FakeRoute.Parse(Path);

    public bool IsWrite => Verb is "create" or "update" or "patch" or "delete";

    public string Parameter(string name) => Query.TrimStart('?').Split('&').Select(static pair => pair.Split('=', 2))
        .Where(pair => pair[0] == name).Select(static pair => Uri.UnescapeDataString(pair.Length > 1 ? pair[1] : "")).FirstOrDefault() ?? "";
}
