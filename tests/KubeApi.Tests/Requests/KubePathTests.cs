namespace Homelab.Aggregator.KubeApi.Tests.Requests;

public sealed class KubePathTests
{
    [Fact]
    public void Paths_OfTheKnownKinds_AreThoseOfTheApi()
    {
        Assert.Equal("/api/v1/nodes/pi-1", KubePath.Node("pi-1").Text);
        Assert.Equal("/api/v1/nodes/pi-1/status", KubePath.Node("pi-1").Status().Text);
        Assert.Equal("/apis/coordination.k8s.io/v1/namespaces/homelab/leases/leader", KubePath.Lease("homelab", "leader").Text);
        Assert.Equal("/apis/events.k8s.io/v1/namespaces/default/events", KubePath.Events("default").Text);
        Assert.Equal("/api/v1/namespaces/default/events", KubePath.CoreEvents("default").Text);
        Assert.Equal("/apis/apps/v1/daemonsets", KubePath.Collection("apps", "v1", "daemonsets").Text);
    }

    [Theory]
    [InlineData("a?force=true", "/api/v1/nodes/a%3Fforce%3Dtrue")]
    [InlineData("a#b c", "/api/v1/nodes/a%23b%20c")]
    [InlineData("...", "/api/v1/nodes/...")]
    public void Named_OddName_IsEscaped(string name, string path) => Assert.Equal(path, KubePath.Node(name).Text);

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("a%2fb")]
    public void Named_NameThatIsNoPart_IsRefused(string name) => Assert.Throws<ArgumentException>(() => KubePath.Node(name));
}
