using System.Diagnostics.CodeAnalysis;

namespace Homelab.Aggregator.KubeApi;

/// <summary>What came back, or why nothing did. Failure of the API is expected: it is a value, never an exception.</summary>
internal sealed class KubeResult<T>
{
    private KubeResult(T? value, KubeStatus status) => (Value, Status) = (value, status);

    /// <summary>The answer; default where <see cref="IsOk"/> is false.</summary>
    public T? Value { get; }

    public KubeStatus Status { get; }

    [MemberNotNullWhen(true, nameof(Value))]
    public bool IsOk => Status.IsOk;

    public static KubeResult<T> Ok(T value) => new(value, KubeStatus.Fine);

    public static KubeResult<T> Failed(KubeStatus status) => new(default, status);

    public static KubeResult<T> Failed(KubeOutcome outcome, string message) => new(default, KubeStatus.Of(outcome, message));

    /// <summary>The same end with the answer read further; a reader that finds nothing makes it <see cref="KubeOutcome.Garbage"/>.</summary>
    public KubeResult<TNext> Then<TNext>(Func<T, TNext?> read)
        where TNext : class
    {
        if (!IsOk)
            return KubeResult<TNext>.Failed(Status);
        return read(Value) is { } next ? KubeResult<TNext>.Ok(next) : KubeResult<TNext>.Failed(KubeOutcome.Garbage, $"the answer is no {typeof(TNext).Name}");
    }

    public override string ToString() => Status.ToString();
}
