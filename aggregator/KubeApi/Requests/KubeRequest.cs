using System.Text.Json.Nodes;

namespace Homelab.Aggregator.KubeApi;

/// <summary>One request, before credentials and retries.</summary>
internal sealed record KubeRequest(HttpMethod Method, KubePath Path)
{
    public JsonNode? Body { get; init; }

    public string MediaType { get; init; } = "application/json";

    /// <summary>Escaped where it is sent; null values are left out.</summary>
    public IReadOnlyList<(string Name, string? Value)> Query { get; init; } = [];

    /// <summary>Whether it may be sent again although it may have been carried out already.</summary>
    public bool Repeatable { get; init; } = true;

    /// <summary>Lease traffic: never waits behind bulk writes, and its caller does its own retrying.</summary>
    public bool Urgent { get; init; }

    public bool IsRead => Method == HttpMethod.Get;
}
