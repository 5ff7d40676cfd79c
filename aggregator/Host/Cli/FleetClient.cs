using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Homelab.Aggregator.Api;

namespace Homelab.Aggregator.Cli;

/// <summary>What came of asking the aggregator.</summary>
/// <param name="Document">Null unless <paramref name="Exit"/> is <see cref="ExitCode.Ok"/>.</param>
/// <param name="Json">The answer as it came.</param>
/// <param name="Complaint">For standard error, when it went wrong.</param>
internal sealed record Answer<T>(T? Document, string Json, int Exit, string Complaint)
    where T : class;

/// <summary>Reads the aggregator's API for the CLI. Failures are answers, not exceptions.</summary>
internal sealed class FleetClient(HttpClient http, Uri aggregator)
{
    public static readonly Uri DefaultAddress = new("http://127.0.0.1:8765");

    public Task<Answer<FleetDocument>> FleetAsync(CancellationToken cancelled) =>
        GetAsync("api/v1/fleet", ApiJson.Default.FleetDocument, cancelled);

    public Task<Answer<NodesDocument>> NodesAsync(CancellationToken cancelled) =>
        GetAsync("api/v1/nodes", ApiJson.Default.NodesDocument, cancelled);

    public Task<Answer<NodeDetailDocument>> NodeAsync(string name, CancellationToken cancelled) =>
        GetAsync($"api/v1/nodes/{Uri.EscapeDataString(name)}", ApiJson.Default.NodeDetailDocument, cancelled);

    private async Task<Answer<T>> GetAsync<T>(string path, JsonTypeInfo<T> form, CancellationToken cancelled)
        where T : class
    {
        try
        {
            using var response = await http.GetAsync(new Uri(aggregator, path), cancelled);
            var body = await response.Content.ReadAsStringAsync(cancelled);
            if (response.StatusCode == HttpStatusCode.NotFound)
                return Failed<T>(ExitCode.NotFound, Detail(body) ?? "not found");
            if (!response.IsSuccessStatusCode)
                return Failed<T>(ExitCode.Failure, $"{aggregator} answered {(int)response.StatusCode}: {Detail(body) ?? response.ReasonPhrase}");
            return new Answer<T>(JsonSerializer.Deserialize(body, form)!, body, ExitCode.Ok, "");
        }
        catch (JsonException)
        {
            return Failed<T>(ExitCode.Failure, $"{aggregator} answered with something that is not a homelab document; is it the aggregator's address?");
        }
        catch (Exception failure) when (failure is HttpRequestException || (failure is OperationCanceledException && !cancelled.IsCancellationRequested))
        {
            return Failed<T>(ExitCode.Unreachable, $"no aggregator at {aggregator}: {failure.Message}\nStart one with 'homelab-aggregator run', or say where it is with --aggregator URL or HOMELAB_URL.");
        }
    }

    private static Answer<T> Failed<T>(int exit, string complaint)
        where T : class => new(null, "", exit, complaint);

    private static string? Detail(string body)
    {
        try
        {
            return JsonSerializer.Deserialize(body, ApiJson.Default.ProblemDocument)?.Detail;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
