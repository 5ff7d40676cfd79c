using System.Text.Json;
using System.Text.Json.Nodes;
using Homelab.Aggregator.KubeApi;

namespace Homelab.Aggregator.Leadership;

/// <summary>
/// The Lease of the election with an annotation that holds what the leader must leave behind. One object: who takes the lease over has, by the
/// version that it replaces, seen the last word of the leader before, and that leader can add none. Requests go one at a time.
/// </summary>
internal sealed class SharedLease(KubeClient client, string inNamespace, string name, TimeProvider time) : ILeaseStore, IDisposable
{
    public const string Annotation = "power.homelab/control-memory";

    /// <summary>A word to the next leader must not hold a renewal up for longer.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly KubeRequest _read = new(HttpMethod.Get, KubePath.Lease(inNamespace, name)) { Urgent = true };
    private LeaderRecord? _stored;
    private JsonObject _labels = [];
    private JsonObject _annotations = [];

    /// <summary>The version that the election knows; words of ours may have replaced it since.</summary>
    private string _electionVersion = "";

    /// <summary>The annotation as last seen; empty where there is none.</summary>
    public string Memory { get; private set; } = "";

    public async Task<KubeResult<LeaderRecord>> ReadAsync(CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            var answer = await client.SendAsync(_read, cancel);
            if (answer.Status.Outcome == KubeOutcome.NotFound)
                (_stored, _labels, _annotations, Memory, _electionVersion) = (null, [], [], "", "");
            return Take(answer, isElections: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    public async Task<KubeResult<LeaderRecord>> WriteAsync(LeaderRecord record, CancellationToken cancel)
    {
        await _turn.WaitAsync(cancel);
        try
        {
            var isCurrent = _stored is not null && record.ResourceVersion.Length > 0 && record.ResourceVersion == _electionVersion;
            return Take(await PutAsync(isCurrent ? record with { ResourceVersion = _stored!.ResourceVersion } : record, Memory, cancel), isElections: true);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Adds the word to the lease as it stands, if it is still held in this term. The answer is empty, or why it was not done.</summary>
    public async Task<string> LeaveAsync(string memory, string holder, int term, CancellationToken cancel)
    {
        using var late = new CancellationTokenSource(Patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancel);
        try
        {
            await _turn.WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return "the lease is not answered for in time";
        }
        try
        {
            if (_stored is not { } stored || stored.Holder != holder || stored.Transitions != term)
                return "this aggregator leads no more";
            if (memory == Memory)
                return "";
            var written = Take(await PutAsync(stored, memory, either.Token), isElections: false);
            return written.IsOk ? "" : $"lease {inNamespace}/{name}: {written.Status}";
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return $"lease {inNamespace}/{name} can not be written in time";
        }
        finally
        {
            _turn.Release();
        }
    }

    public void Dispose() => _turn.Dispose();

    /// <summary>What others wrote on the object stays: a plain replacement would drop it.</summary>
    private Task<KubeResult<JsonElement>> PutAsync(LeaderRecord record, string memory, CancellationToken cancel)
    {
        var body = record.ToJson(name);
        var annotations = (JsonObject)_annotations.DeepClone();
        if (memory.Length > 0)
            annotations[Annotation] = memory;
        var isNew = record.ResourceVersion.Length == 0;
        if (!isNew && _labels.Count > 0)
            body["metadata"]!["labels"] = _labels.DeepClone();
        if (!isNew && annotations.Count > 0)
            body["metadata"]!["annotations"] = annotations;
        var path = isNew ? KubePath.Leases(inNamespace) : KubePath.Lease(inNamespace, name);
        return client.SendAsync(new KubeRequest(isNew ? HttpMethod.Post : HttpMethod.Put, path) { Body = body, Urgent = true }, cancel);
    }

    private KubeResult<LeaderRecord> Take(KubeResult<JsonElement> answer, bool isElections)
    {
        var read = answer.Then(LeaderRecord.Read);
        if (!read.IsOk)
            return read;
        var metadata = answer.Value.GetProperty("metadata");
        (_stored, _labels, _annotations) = (read.Value, Texts(metadata, "labels"), Texts(metadata, "annotations"));
        Memory = (string?)_annotations[Annotation] ?? "";
        if (isElections)
            _electionVersion = read.Value.ResourceVersion;
        return read;
    }

    private static JsonObject Texts(JsonElement metadata, string name) =>
        new(metadata.Texts(name).Select(text => KeyValuePair.Create<string, JsonNode?>(text.Key, text.Value)));
}
