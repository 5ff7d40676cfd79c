using System.Text.Json;
using System.Text.Json.Serialization;

namespace Homelab.Aggregator.Api;

/// <summary>The JSON forms of the API, generated at build time; the server writes and the CLI reads with them.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(FleetDocument))]
[JsonSerializable(typeof(NodesDocument))]
[JsonSerializable(typeof(NodeDetailDocument))]
[JsonSerializable(typeof(BudgetStateDocument))]
[JsonSerializable(typeof(DecisionsDocument))]
[JsonSerializable(typeof(OverrideRequest))]
[JsonSerializable(typeof(ModeRequest))]
[JsonSerializable(typeof(SupplyRequest))]
[JsonSerializable(typeof(MeterRequest))]
[JsonSerializable(typeof(OrderDocument))]
[JsonSerializable(typeof(KubernetesDocument))]
[JsonSerializable(typeof(ProblemDocument))]
internal sealed partial class ApiJson : JsonSerializerContext;
