using Homelab.Rpc.Server;
using Status = Grpc.Health.V1.HealthCheckResponse.Types.ServingStatus;

namespace Homelab.Rpc.Tests;

public sealed class HealthStateTests
{
    [Fact]
    public void Observe_NeverNamed_IsNull() => Assert.Null(new HealthState().Observe("a").Status);

    [Fact]
    public void Set_AfterDrain_ChangesNothing()
    {
        var health = new HealthState();
        health.Drain();
        health.Set("", true);
        health.Set("late", true);
        Assert.Equal(Status.NotServing, health.Observe("").Status);
        Assert.Equal(Status.NotServing, health.Observe("late").Status);
    }

    [Fact]
    public void Set_SameAgain_WakesNobody()
    {
        var health = new HealthState();
        var changed = health.Observe("").Changed;
        health.Set("", true);
        Assert.False(changed.IsCompleted);
        health.Set("", false);
        Assert.True(changed.IsCompleted);
    }
}
