using System.Globalization;
using System.Text.Json.Nodes;

namespace Homelab.FakeKubernetes;

/// <summary>What each verb does to the store; refusals are thrown as <see cref="FakeFailure"/>.</summary>
internal sealed class FakeVerbs(FakeStore store)
{
    /// <summary>The answer's status and body.</summary>
    public (int Code, JsonObject Body) Answer(FakeRequest request, FakeRoute route)
    {
        var dryRun = request.Parameter("dryRun") == "All";
        return request.Verb switch
        {
            "get" => (200, Get(route)),
            "list" => (200, store.List(route, int.TryParse(request.Parameter("limit"), CultureInfo.InvariantCulture, out var limit) ? limit : 0, request.Parameter("continue") is { Length: > 0 } token ? token : null)),
            "create" => (201, Create(request, route, dryRun)),
            "update" => (200, Update(request, route, dryRun)),
            "patch" => Patch(request, route, dryRun),
            "delete" => (200, store.Delete(route.Resource, route.Namespace, route.Name!)),
            _ => throw new FakeFailure(405, "MethodNotAllowed", "the server does not allow this method on the requested resource"),
        };
    }

    private JsonObject Get(FakeRoute route) =>
        store.Find(route.Resource, route.Namespace, route.Name!) ?? throw FakeFailure.NotFound($"{route.Resource.Plural} \"{route.Name}\"");

    private JsonObject Create(FakeRequest request, FakeRoute route, bool dryRun)
    {
        if (route.Resource.Plural == "events")
            EventRules.Check(route, Body(request));
        return store.Create(route.Resource, route.Namespace, Body(request), route.ApiVersion, Manager(request), dryRun);
    }

    private JsonObject Update(FakeRequest request, FakeRoute route, bool dryRun)
    {
        var body = Body(request);
        return Write(request, route, dryRun, item =>
        {
            foreach (var (key, _) in item.ToArray())
            {
                if (!body.ContainsKey(key))
                    item.Remove(key);
            }
            foreach (var (key, value) in body)
                item[key] = value?.DeepClone();
            // Without a version the last writer wins.
            if (body["metadata"]?["resourceVersion"] is null)
                item["metadata"]!.AsObject().Remove("resourceVersion");
        });
    }

    private (int, JsonObject) Patch(FakeRequest request, FakeRoute route, bool dryRun)
    {
        if (request.MediaType != "application/apply-patch+yaml" && request.Parameter("force").Length > 0)
            throw FakeFailure.Invalid("force: Forbidden: may not be specified for non-apply patch");
        return request.MediaType switch
        {
            "application/apply-patch+yaml" => Apply(request, route, dryRun),
            "application/json-patch+json" => (200, Write(request, route, dryRun, item => JsonPatchRules.Apply(item, request.Body as JsonArray ?? throw FakeFailure.BadRequest("a JSON-Patch is a list")))),
            "application/merge-patch+json" => (200, Write(request, route, dryRun, item => MergeRules.Merge(item, Body(request), strategic: false))),
            "application/strategic-merge-patch+json" => (200, Write(request, route, dryRun, item => MergeRules.Merge(item, Body(request), strategic: true))),
            _ => throw new FakeFailure(415, "UnsupportedMediaType", $"the body of the request was in an unknown format: {request.MediaType}"),
        };
    }

    private (int, JsonObject) Apply(FakeRequest request, FakeRoute route, bool dryRun)
    {
        var manager = request.Parameter("fieldManager") is { Length: > 0 } named ? named : throw FakeFailure.Invalid("fieldManager: Required value: is required for apply patch");
        var body = Body(request);
        if (body["apiVersion"] is null || body["kind"] is null)
            throw FakeFailure.BadRequest("apiVersion and kind must be set in an apply");
        var force = request.Parameter("force") == "true";
        var uid = (string?)body["metadata"]?["uid"];
        if (store.Find(route.Resource, route.Namespace, route.Name!) is not { } present)
        {
            if (uid is not null)
                throw new FakeFailure(409, "Conflict", $"uid mismatch: the provided object specified uid {uid}, and no existing object was found");
            var created = (JsonObject)body.DeepClone();
            if (created["metadata"] is not JsonObject meta)
                created["metadata"] = meta = new JsonObject();
            meta["name"] = route.Name;
            return (201, store.Create(route.Resource, route.Namespace, created, route.ApiVersion, manager, dryRun));
        }
        if (uid is not null && uid != (string?)present["metadata"]!["uid"])
            throw new FakeFailure(409, "Conflict", "uid mismatch");
        return (200, store.Change(route.Resource, route.Namespace, route.Name!, (item, owners) => owners.Apply(item, body, manager, force), dryRun));
    }

    private JsonObject Write(FakeRequest request, FakeRoute route, bool dryRun, Action<JsonObject> change) =>
        store.Change(route.Resource, route.Namespace, route.Name!, (item, owners) =>
        {
            var before = (JsonObject)item.DeepClone();
            change(item);
            // The status is written through its own door only, and the spec never through that one.
            var shielded = route.Resource.Plural != "nodes" ? null : route.Subresource == "status" ? "spec" : "status";
            if (shielded is not null)
                item[shielded] = before[shielded]?.DeepClone();
            owners.Updated(before, item, Manager(request));
        }, dryRun);

    private static JsonObject Body(FakeRequest request) => request.Body as JsonObject ?? throw FakeFailure.BadRequest("the body of the request is no JSON object");

    private static string Manager(FakeRequest request) => request.Parameter("fieldManager") is { Length: > 0 } named ? named : request.UserAgent.Split('/')[0];
}
