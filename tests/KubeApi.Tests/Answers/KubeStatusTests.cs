using System.Text;
using FsCheck;
using FsCheck.Fluent;

namespace Homelab.Aggregator.KubeApi.Tests.Answers;

public sealed class KubeStatusTests
{
    /// <summary>As a real kube-apiserver words it.</summary>
    [Fact]
    public void Read_ApplyConflict_ListsManagersAndFields()
    {
        var body = JsonReading.Parse("""
            {"kind":"Status","apiVersion":"v1","metadata":{},"status":"Failure","reason":"Conflict","code":409,
             "message":"Apply failed with 2 conflicts: conflicts with \"kubectl\":\n- .metadata.labels.a\n- .metadata.labels.b",
             "details":{"causes":[
               {"reason":"FieldManagerConflict","message":"conflict with \"kubectl\" using v1","field":".metadata.labels.a"},
               {"reason":"FieldManagerConflict","message":"conflict with \"kubectl-edit\" with subresource \"status\" using v1 at 2026-01-01T00:00:00Z","field":".metadata.labels.b"}]}}
            """u8);
        var status = KubeStatus.Read(409, body, null);
        Assert.Equal([new FieldConflict("kubectl", ".metadata.labels.a"), new FieldConflict("kubectl-edit", ".metadata.labels.b")], status.Conflicts.ToArray());
        Assert.DoesNotContain('\n', status.Message);
    }

    [Fact]
    public void Read_RetryAfterInTheDetails_Counts()
    {
        var status = KubeStatus.Read(503, JsonReading.Parse("""{"kind":"Status","details":{"retryAfterSeconds":4}}"""u8), null);
        Assert.Equal((KubeOutcome.Busy, TimeSpan.FromSeconds(4)), (status.Outcome, status.RetryAfter));
    }

    [Fact]
    public void Read_LongMessage_IsCut()
    {
        var body = JsonReading.Parse(Encoding.UTF8.GetBytes("{\"kind\":\"Status\",\"message\":\"" + new string('x', 100_000) + "\"}"));
        Assert.InRange(KubeStatus.Read(500, body, null).Message.Length, 1, 501);
    }

    [Theory]
    [InlineData("""{"kind":"Status","details":[1,2],"reason":{},"message":7}""")]
    [InlineData("""{"kind":"Status","details":{"causes":{"a":1},"retryAfterSeconds":1e99}}""")]
    [InlineData("""{"kind":"Status","details":{"causes":[null,7,{"reason":"FieldManagerConflict"}],"retryAfterSeconds":-1}}""")]
    [InlineData("\"\\ud800\"")]
    [InlineData("""{"kind":"\ud800","message":"\udc00"}""")]
    [InlineData("null")]
    public void Read_OddBody_IsNeverThrown(string body)
    {
        var status = KubeStatus.Read(500, JsonReading.Parse(Encoding.UTF8.GetBytes(body)), null);
        Assert.Equal(KubeOutcome.ServerError, status.Outcome);
        Assert.Null(status.RetryAfter);
    }

    /// <summary>Node objects with a piece cut out, doubled or turned into something else are read or refused, never thrown.</summary>
    [Fact]
    public void Read_MangledNodes_NeverThrow()
    {
        const string Whole = """{"metadata":{"name":"a","labels":{"x":"1"},"managedFields":[{"manager":"m","fieldsV1":{"f:metadata":{"f:labels":{"f:x":{}}}}}]},"spec":{"taints":[{"key":"k","effect":"NoSchedule"}]},"status":{"conditions":[{"type":"Ready","lastTransitionTime":"2026-01-01T00:00:00Z"}],"addresses":[{"type":"InternalIP","address":"1.2.3.4"}],"capacity":{"cpu":"4"}}}""";
        string[] pieces = ["null", "7", "[]", "{}", "\"\\ud800\"", "1e999", "true", ""];
        var read = 0;
        Check.QuickThrowOnFailure(Prop.ForAll(ArbMap.Default.ArbFor<(byte, byte, byte)>(), cut =>
        {
            var start = cut.Item1 * Whole.Length / 256;
            var end = Math.Min(Whole.Length, start + cut.Item2 % 40);
            var text = Whole[..start] + pieces[cut.Item3 % pieces.Length] + Whole[end..];
            if (JsonReading.Parse(Encoding.UTF8.GetBytes(text)) is { } node && KubeNode.Read(node) is not null)
                read++;
        }));
        Assert.NotNull(KubeNode.Read(JsonReading.Parse(Encoding.UTF8.GetBytes(Whole))!.Value));
    }
}
