using Homelab.NodeAgent.Sensors.Cgroup;

namespace Homelab.NodeAgent.Sensors.Tests.Cgroup;

/// <summary>The paths are test inputs of sustainable-computing-io/kepler, internal/resource/container_test.go (Apache-2.0).</summary>
public sealed class CgroupPathTests
{
    [Theory]
    [InlineData("/docker-ce82d94d69e1fbbc7feeb66930c69e9b96d9f151f594773e5d0e342741d15437", "", "ce82d94d69e1")]
    [InlineData("/docker/ce82d94d69e1fbbc7feeb66930c69e9b96d9f151f594773e5d0e342741d15437", "", "ce82d94d69e1")]
    [InlineData("/crio-1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef", "", "1234567890ab")]
    [InlineData("/libpod-1234567890abcdef1234567890abcdef1234567890abcdef1234567890abcdef", "", "1234567890ab")]
    [InlineData("/system.slice/docker-fd9d0ea06257a9780827cbc7fd92e3812a54fca26d63e191b73610d5d48b9cbd.scope/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-besteffort.slice/kubelet-kubepods-besteffort-podeab5a334_93fe_48a8_b139_9e8079c1f163.slice/cri-containerd-99f3a16ea25b7724cb56a4f0c0df1113ad9474fbf5545bead97fd5c7f61c13f4.scope", "eab5a334-93fe-48a8-b139-9e8079c1f163", "99f3a16ea25b")]
    [InlineData("/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-podd0511cd2_29d2_4215_be0f_f77bc0609d99.slice/crio-f93ee491b8ed2680d5a909eb098b14a9430173b57ca1c4efedd8768566d67e8e.scope", "d0511cd2-29d2-4215-be0f-f77bc0609d99", "f93ee491b8ed")]
    [InlineData("kubelet/kubepods/besteffort/podbdd4097d-6795-404e-9bd8-6a1383386198/c79788e0da15a6597263eb2b9c51d05dd1a9a1d08c53c1161dc8c45d2dac6b38", "bdd4097d-6795-404e-9bd8-6a1383386198", "c79788e0da15")]
    [InlineData("/sys/fs/cgroup/systemd/system.slice/containerd.service/kubepods-burstable-poda3b200c9_db51_40b4_9d2d_53f8fdf80d7f.slice:cri-containerd:286b15051ec43375190802e1f40562536980a8fd97e75bb89c7f2eec6f995f17", "a3b200c9-db51-40b4-9d2d-53f8fdf80d7f", "286b15051ec4")]
    [InlineData("/kubepods/pod51b64565-2b17-4d46-83ac-22e398f2f7fb/65d752a38e1db784d521f48c3f1956f4f9a74ebb923377144f253f3aca9fa028", "51b64565-2b17-4d46-83ac-22e398f2f7fb", "65d752a38e1d")]
    [InlineData("/kubepods.slice/kubepods-pod7922aa99_d4aa_4885_a953_82976860b23a.slice/crio-1c33afbc9e5aa6c69150d1af05254b562a4b17c313fc6153e3625cf456922bfe.scope", "7922aa99-d4aa-4885-a953-82976860b23a", "1c33afbc9e5a")]
    [InlineData("/user.slice/user-1000.slice/user@1000.service/user.slice/libpod-3f05ee050f82c0145f1d88c94269c39dff0f07dbf8bba20aafd54b3a75dcaecc.scope/container", "", "3f05ee050f82")]
    [InlineData("/system.slice/kepler.service/libpod-payload-8e363eb2287da4ccc9f52ffc5de11252ac5fe707e3ddb917a3c0bdf9bb64165b", "", "8e363eb2287d")]
    [InlineData("/kubelet.slice/kubelet-kubepods.slice/kubelet-kubepods-burstable.slice/kubelet-kubepods-burstable-pod3cae2e45_052c_4b11_80d3_4d7b2d2d3464.slice/cri-containerd-2b180104511194aab36fd295d3e217439f3ddb5bc88277f37b4952abee85c40e.scope", "3cae2e45-052c-4b11-80d3-4d7b2d2d3464", "2b1801045111")]
    // A static pod's UID is the hash of its manifest.
    [InlineData("/kubepods/burstable/pod0a1b2c3d4e5f60718293a4b5c6d7e8f9/65d752a38e1db784d521f48c3f1956f4f9a74ebb923377144f253f3aca9fa028", "0a1b2c3d4e5f60718293a4b5c6d7e8f9", "65d752a38e1d")]
    public void Of_PathsOfEveryRuntime_GivePodAndInnermostContainer(string path, string pod, string container)
    {
        var place = CgroupPath.Of(path)!.Value;

        Assert.Equal((pod, container, 64), (place.Pod, place.Container[..12], place.Container.Length));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/kubepods.slice")]
    [InlineData("/system.slice/ssh.service")]
    [InlineData("/kubepods/burstable/podf6adb0af-0855-4bab-b25b-c853f18d0ce2")]
    [InlineData("/x/crio-conmon-f93ee491b8ed2680d5a909eb098b14a9430173b57ca1c4efedd8768566d67e8e.scope")]
    [InlineData("/docker-f93ee491b8ed2680d5a909eb098b14a9430173b57ca1c4efedd8768566d67e8e0.scope")] // 65 digits
    public void Of_NoContainer_IsNull(string path) => Assert.Null(CgroupPath.Of(path));
}
