namespace Homelab.Aggregator.KubeApi.Tests.Requests;

public sealed class JsonPatchStepTests
{
    [Fact]
    public void Path_KeyWithSlashAndTilde_IsEscaped() =>
        Assert.Equal("""{"op":"remove","path":"/metadata/labels/power.homelab~1st~0ate"}""", JsonPatchStep.Remove("metadata", "labels", "power.homelab/st~ate").ToJson().ToJsonString());

    [Fact]
    public void ToJson_TestForAbsence_CarriesTheNull() =>
        Assert.Equal("""{"op":"test","path":"/spec/taints","value":null}""", JsonPatchStep.Test(null, "spec", "taints").ToJson().ToJsonString());
}
