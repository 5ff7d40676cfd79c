using System.Net;
using System.Net.Http.Headers;
using System.Text;
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

/// <summary>Reads the aggregator's API and gives it orders for the CLI. Failures are answers, not exceptions.</summary>
/// <param name="token">For orders; empty when none is needed.</param>
internal sealed class FleetClient(HttpClient http, Uri aggregator, string token = "")
{
    public static readonly Uri DefaultAddress = new("http://127.0.0.1:8765");

    public Task<Answer<FleetDocument>> FleetAsync(CancellationToken cancelled) =>
        GetAsync("api/v1/fleet", ApiJson.Default.FleetDocument, cancelled);

    public Task<Answer<NodesDocument>> NodesAsync(CancellationToken cancelled) =>
        GetAsync("api/v1/nodes", ApiJson.Default.NodesDocument, cancelled);

    public Task<Answer<NodeDetailDocument>> NodeAsync(string name, CancellationToken cancelled) =>
        GetAsync($"api/v1/nodes/{Uri.EscapeDataString(name)}", ApiJson.Default.NodeDetailDocument, cancelled);

    public Task<Answer<BudgetStateDocument>> BudgetAsync(CancellationToken cancelled) =>
        GetAsync("api/v1/budget", ApiJson.Default.BudgetStateDocument, cancelled);

    public Task<Answer<KubernetesDocument>> KubernetesAsync(CancellationToken cancelled) =>
        GetAsync("api/v1/kubernetes", ApiJson.Default.KubernetesDocument, cancelled);

    /// <param name="node">Empty for all.</param>
    public Task<Answer<DecisionsDocument>> DecisionsAsync(string node, string since, int limit, CancellationToken cancelled) =>
        GetAsync($"api/v1/decisions?node={Uri.EscapeDataString(node)}&since={Uri.EscapeDataString(since)}&limit={limit}", ApiJson.Default.DecisionsDocument, cancelled);

    public Task<Answer<OrderDocument>> OverrideAsync(OverrideRequest order, CancellationToken cancelled) =>
        OrderAsync(HttpMethod.Post, "api/v1/budget/override", JsonSerializer.Serialize(order, ApiJson.Default.OverrideRequest), cancelled);

    /// <param name="group">Empty for all.</param>
    public Task<Answer<OrderDocument>> ClearOverrideAsync(string group, CancellationToken cancelled) =>
        OrderAsync(HttpMethod.Delete, group.Length == 0 ? "api/v1/budget/override" : $"api/v1/budget/override?group={Uri.EscapeDataString(group)}", "{}", cancelled);

    public Task<Answer<OrderDocument>> ModeAsync(ModeRequest order, CancellationToken cancelled) =>
        OrderAsync(HttpMethod.Post, "api/v1/budget/mode", JsonSerializer.Serialize(order, ApiJson.Default.ModeRequest), cancelled);

    public Task<Answer<OrderDocument>> SupplyAsync(SupplyRequest order, CancellationToken cancelled) =>
        OrderAsync(HttpMethod.Post, "api/v1/budget/supply", JsonSerializer.Serialize(order, ApiJson.Default.SupplyRequest), cancelled);

    public Task<Answer<OrderDocument>> ForgetAsync(string node, CancellationToken cancelled) =>
        OrderAsync(HttpMethod.Post, $"api/v1/nodes/{Uri.EscapeDataString(node)}/forget", "{}", cancelled);

    private Task<Answer<T>> GetAsync<T>(string path, JsonTypeInfo<T> form, CancellationToken cancelled)
        where T : class => SendAsync(new HttpRequestMessage(HttpMethod.Get, new Uri(aggregator, path)), form, cancelled);

    private Task<Answer<OrderDocument>> OrderAsync(HttpMethod method, string path, string body, CancellationToken cancelled)
    {
        var request = new HttpRequestMessage(method, new Uri(aggregator, path)) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
        if (token.Length > 0)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return SendAsync(request, ApiJson.Default.OrderDocument, cancelled);
    }

    private async Task<Answer<T>> SendAsync<T>(HttpRequestMessage request, JsonTypeInfo<T> form, CancellationToken cancelled)
        where T : class
    {
        using var sent = request;
        try
        {
            using var response = await http.SendAsync(sent, cancelled);
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
