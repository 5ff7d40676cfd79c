using Homelab.NodeAgent.Sensors.Cgroup;
using Homelab.TestKit;

namespace Homelab.NodeAgent.Sensors.Tests.Cgroup;

public sealed class PodNamesTests
{
    private const string Uid = "eab5a334-93fe-48a8-b139-9e8079c1f163";

    [Theory]
    [InlineData("default_web-0_" + Uid, "default/web-0")]
    [InlineData("a1_n1.example.org_" + Uid, "a1/n1.example.org")]
    public void Of_TheKubeletsFolder_IsNamespaceAndName(string entry, string name) => Assert.Equal((Uid, name), PodNames.Of(entry));

    [Fact]
    public void Of_AStaticPod_HasItsHash() =>
        Assert.Equal(("0123456789abcdef0123456789abcdef", "kube-system/etcd-n1"), PodNames.Of("kube-system_etcd-n1_0123456789abcdef0123456789abcdef"));

    [Theory]
    [InlineData("")]
    [InlineData("web")]
    [InlineData("default_" + Uid)]
    [InlineData("_web_" + Uid)]
    [InlineData("default__" + Uid)]
    [InlineData("default_web_nothing")]
    [InlineData("default_web_" + Uid + "0")]
    [InlineData("default_web_EAB5A334-93fe-48a8-b139-9e8079c1f163")]
    [InlineData("default_web_eab5a334_93fe_48a8_b139_9e8079c1f163")]
    [InlineData("Default_web_" + Uid)]
    [InlineData("a.b_web_" + Uid)]
    [InlineData("default_-web_" + Uid)]
    [InlineData("default_web-_" + Uid)]
    [InlineData("default_we..b_" + Uid)]
    [InlineData("default_web\n_" + Uid)]
    [InlineData("default_w\"} 1_" + Uid)]
    [InlineData("default_a_b_" + Uid)]
    [InlineData("default_wéb_" + Uid)]
    public void Of_WhatIsNoName_IsNothing(string entry) => Assert.Null(PodNames.Of(entry));

    [Theory]
    [InlineData(63, 253, true)]
    [InlineData(64, 253, false)]
    [InlineData(63, 254, false)]
    public void Of_TheLongest_AreThoseOfKubernetes(int space, int name, bool isName) =>
        Assert.Equal(isName, PodNames.Of($"{new string('n', space)}_{new string('p', name)}_{Uid}") is not null);

    [Fact]
    public void Read_TwoFoldersOfOneUid_NameNobody()
    {
        using var host = FixtureHost.Of(($"/var/log/pods/default_web_{Uid}/", ""), ($"/var/log/pods/kube-system_etcd_{Uid}/", ""), ("/var/log/pods/other/", ""));

        Assert.Equal([new(Uid, "")], PodNames.Read(host.Root));
    }
}
