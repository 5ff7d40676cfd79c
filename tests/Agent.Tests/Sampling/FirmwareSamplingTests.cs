using Homelab.NodeAgent.Sampling;
using Homelab.NodeAgent.Sensors;
using Homelab.NodeAgent.Sensors.RaspberryPi;
using Homelab.NodeAgent.Vcio;
using Homelab.TestKit;
using Homelab.Units;

namespace Homelab.NodeAgent.Tests.Sampling;

/// <summary>A Raspberry Pi's firmware in the sampling loop: a device that never answers hurts nobody else.</summary>
public sealed class FirmwareSamplingTests : IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(500);

    private readonly FixtureHost _host = FixtureHost.Of(("/dev/vcio_gencmd", ""));
    private readonly ManualClock _time = new();
    private readonly StuckFirmware _firmware = new();
    private readonly Sampler _sampler;

    public FirmwareSamplingTests() => _sampler = new Sampler(
        _host.Root,
        [new RaspberryPiSource(_ => _firmware, _time), FakeSource.Gauge("other", static () => Reading.Ok(7))],
        Some.Fallback,
        new SamplerOptions(Deadline, TimeSpan.FromMinutes(1)),
        new MonotonicClock(_time),
        () => default,
        new ListLog());

    public void Dispose()
    {
        _firmware.Release.Set();
        _sampler.Dispose();
        _host.Dispose();
        _firmware.Release.Dispose();
    }

    [Fact]
    public async Task Pass_FirmwareHangs_OthersAreReadAndItsFlagsAreStale()
    {
        var first = await PassAsync();
        Assert.Equal(Reading.Ok(1_000_000), first.Readings[0]);
        _firmware.Release.Reset();

        var sample = await PassAsync();

        Assert.Equal((false, "firmware/under_voltage: no answer within 500ms"), (sample.Sources[0].Success, sample.Sources[0].Detail));
        Assert.Equal(new Reading(Quality.Stale, 1_000_000, "no answer within 500ms"), sample.Readings[0]);
        Assert.Equal(Reading.Ok(7), sample.Readings[^1]);

        _firmware.Release.Set();
        await Eventually.TrueAsync(() => PassAsync().GetAwaiter().GetResult().Sources[0].Success);
    }

    private async Task<NodeSample> PassAsync()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        var pass = _sampler.PassAsync().AsTask();
        // One deadline passes for a firmware that is held, and none for those that are read in its place.
        await Eventually.TrueAsync(() => pass.IsCompleted || _firmware.IsWaiting);
        if (!pass.IsCompleted)
            _time.Advance(Deadline);
        await Eventually.TrueAsync(() => pass.IsCompleted);
        return await pass;
    }

    /// <summary>Answers the throttle word, unless it is held.</summary>
    private sealed class StuckFirmware : IFirmware
    {
        private volatile bool _isWaiting;

        public ManualResetEventSlim Release { get; } = new(true);

        public bool IsWaiting => _isWaiting;

        public int Ask(ReadOnlySpan<byte> command, Span<byte> answer)
        {
            _isWaiting = !Release.IsSet;
            Release.Wait();
            _isWaiting = false;
            if (!command.SequenceEqual("get_throttled"u8))
                return -Errno.NotSupported;
            var text = "throttled=0x50005"u8;
            text.CopyTo(answer);
            return text.Length;
        }
    }
}
