using Homelab.NodeAgent.Ipmi;
using Homelab.Units;

namespace Homelab.NodeAgent.Sensors.Bmc;

/// <summary>One management controller: asked now and then, never waited for in a pass. A look sends a question or takes the answer to an earlier one.</summary>
/// <remarks>A controller is a small computer behind a slow bus that also fans and watchdog need: it is asked every 2 s at most, and at most a third of its time when
/// it is slow. One that does not answer is asked less and less often. A figure is ok for 5 s from when it was asked for, then stale, and gone after a minute.</remarks>
internal sealed class BoardController(string path, TimeProvider time) : IDisposable
{
    public static readonly TimeSpan Soonest = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan FreshFor = TimeSpan.FromSeconds(5);
    public static readonly TimeSpan KeptFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan GreetingTime = TimeSpan.FromMilliseconds(150);

    /// <summary>Passes do not come to the millisecond.</summary>
    private static readonly TimeSpan Jitter = TimeSpan.FromMilliseconds(100);

    private static readonly Reading NotYet = Reading.None(Quality.Unsupported, "the controller was asked and has not answered yet");
    private static readonly Reading Inactive = Reading.None(Quality.Unsupported, "the controller says that it does not measure power now");

    private const string Slow = "the controller is slow: this figure is older than 5 s";
    private const string Silent = "the controller has not answered for 5 s";
    private const string Zero = "0 W from a machine that runs";
    private const string Malformed = "the controller's answer is too short, or not DCMI";

    private readonly ReadFailure _failure = new(path);
    private readonly Reading[] _lost = new Reading[PowerChannels.All.Length];
    private IpmiDialogue? _dialogue;
    private TimeSpan _askedAt;
    private TimeSpan _nextAt;
    private TimeSpan _pause = Soonest;
    private PowerAnswer _last;
    private TimeSpan? _lastAt;
    private string? _trouble;
    private Reading _refusal;
    private uint _generation;

    /// <summary>Who it is; null until it has said so.</summary>
    public string? Identity { get; private set; }

    /// <summary>The code with which it refused to tell its power; null when it did not.</summary>
    public byte? Refusal { get; private set; }

    /// <summary>The errno after which this device can only be opened anew; 0 while it works.</summary>
    public int LostBy { get; private set; }

    /// <summary>Whether it can be asked.</summary>
    public bool IsOpen => _dialogue is not null && LostBy == 0;

    private TimeSpan Now => time.GetElapsedTime(0);

    /// <summary>Goes on over this device, as if it had never been asked: its sensors outlive a driver that is loaded anew.</summary>
    public void Attach(IIpmiDevice device)
    {
        Dispose();
        _dialogue = new IpmiDialogue(device);
        (Identity, Refusal, LostBy, _refusal, _trouble, _lastAt) = (null, null, 0, default, null, null);
        (_nextAt, _pause) = (TimeSpan.Zero, Soonest);
    }

    /// <summary>Asks who it is and for its watts, and waits a moment for each. What comes later is taken later.</summary>
    public void Greet()
    {
        if (_dialogue is not { } dialogue)
            return;
        if (Identity is null && AskAndWait(dialogue, IpmiRequest.DeviceId) && dialogue.Answer[0] == CompletionCode.Success)
            Identity = DeviceIdAnswer.Words(dialogue.Answer) ?? "it answers, and not with what it is";
        if (Identity is null || LostBy != 0 || _lastAt is not null || Refusal is not null || Now < _nextAt)
            return;
        if (AskAndWait(dialogue, IpmiRequest.PowerReading))
            Take(dialogue.Answer);
    }

    /// <summary>One channel, from the look of this pass.</summary>
    /// <param name="channel">Which.</param>
    /// <param name="used">The caller's place, as in <see cref="SharedFile.Read"/>.</param>
    public Reading Read(PowerChannel channel, ref uint used)
    {
        if (used == _generation)
        {
            _generation++;
            Look();
        }
        used = _generation;
        return Current(channel);
    }

    public void Dispose() => _dialogue?.Dispose();

    private void Look()
    {
        if (LostBy != 0 || Identity is null || _dialogue is not { } dialogue)
            return;
        var now = Now;
        if (dialogue.IsWaiting)
        {
            switch (dialogue.Look(out var errno))
            {
                case IpmiOutcome.Answered:
                    Take(dialogue.Answer);
                    break;
                case IpmiOutcome.Failed:
                    Fail(errno);
                    break;
                case IpmiOutcome.Pending when now - _askedAt >= Patience:
                    dialogue.GiveUp();
                    Postpone(Silent);
                    break;
            }
        }
        if (!dialogue.IsWaiting && LostBy == 0 && now >= _nextAt - Jitter)
            _ = Ask(dialogue, IpmiRequest.PowerReading);
    }

    private bool Ask(IpmiDialogue dialogue, IpmiRequest request)
    {
        _askedAt = Now;
        var result = dialogue.Ask(request);
        if (result < 0)
            Fail(-result);
        return result >= 0;
    }

    /// <summary>True when its answer is there.</summary>
    private bool AskAndWait(IpmiDialogue dialogue, IpmiRequest request)
    {
        if (LostBy != 0 || (!dialogue.IsWaiting && !Ask(dialogue, request)))
            return false;
        var until = Now + GreetingTime;
        while (true)
        {
            var outcome = dialogue.Look(out var errno);
            if (outcome == IpmiOutcome.Answered)
                return true;
            if (outcome == IpmiOutcome.Failed)
            {
                Fail(errno);
                return false;
            }
            var left = until - Now;
            if (left <= TimeSpan.Zero)
                break;
            dialogue.Wait(left);
        }
        // Whatever comes to a question of long ago is passed over; a younger one may still be answered by the next look.
        if (Now - _askedAt >= Patience)
            dialogue.GiveUp();
        return false;
    }

    private void Take(ReadOnlySpan<byte> answer)
    {
        var took = Now - _askedAt;
        var code = answer[0];
        (_refusal, Refusal) = (default, null);
        if (CompletionCode.IsRefusal(code) || CompletionCode.IsDenial(code))
        {
            Refusal = code;
            _refusal = Reading.None(CompletionCode.IsDenial(code) ? Quality.Denied : Quality.Unsupported, CompletionCode.Words(code));
            _nextAt = _askedAt + Longest;
        }
        else if (code != CompletionCode.Success)
        {
            Postpone(CompletionCode.Words(code));
        }
        else
        {
            Take(PowerAnswer.Of(answer), took);
        }
    }

    private void Take(PowerAnswer answer, TimeSpan took)
    {
        switch (answer.Kind)
        {
            case PowerAnswerKind.Measured:
                (_last, _lastAt, _trouble) = (answer, _askedAt, null);
                break;
            case PowerAnswerKind.Inactive:
                _refusal = Inactive;
                break;
            case PowerAnswerKind.Zero:
                Postpone(Zero);
                return;
            default:
                Postpone(Malformed);
                return;
        }
        _pause = Soonest;
        // An answer is noticed a pass after it came, so up to one and a half passes say nothing about the controller.
        _nextAt = _askedAt + (took > Soonest - (Soonest / 4) ? took * 3 : Soonest);
    }

    private void Fail(int errno)
    {
        if (errno is Errno.NoDevice or Errno.NoDeviceOrAddress)
            LostBy = errno;
        Postpone(errno == 0 ? Malformed : _failure.Of(errno).Detail!);
    }

    private void Postpone(string trouble)
    {
        _trouble = trouble;
        _nextAt = Now + _pause;
        _pause = _pause * 2 < Longest ? _pause * 2 : Longest;
    }

    private Reading Current(PowerChannel channel)
    {
        if (LostBy != 0)
            return _failure.Of(LostBy, Quality.Fault, Reading.Gone);
        if (_refusal.Detail is not null)
            return _refusal;
        var age = _lastAt is { } at ? Now - at : TimeSpan.MaxValue;
        if (age > KeptFor)
            return _trouble is null ? NotYet : Lost(channel, _trouble);
        var micros = channel.Of(_last) * 1_000_000L;
        // A statistic that the firmware does not keep is 0 or all ones; the figure of now is judged before it is kept.
        if (channel.Of(_last) is 0 or > 4_000)
            return Reading.Implausible(micros, "outside 1 to 4000 W: the controller does not keep this");
        if (_trouble is not null)
            return new Reading(Quality.Stale, micros, _trouble);
        return age > FreshFor ? new Reading(Quality.Stale, micros, Slow) : Reading.Ok(micros);
    }

    private Reading Lost(PowerChannel channel, string trouble)
    {
        ref var kept = ref _lost[(int)channel];
        if (!ReferenceEquals(kept.Detail, trouble))
            kept = Reading.None(Quality.Fault, trouble);
        return kept;
    }
}
