using Homelab.Aggregator.Budgeting;
using Homelab.Aggregator.Fleet;
using Homelab.Aggregator.Orders;

namespace Homelab.Aggregator.Control;

/// <summary>What the operator told: orders that stand are in force at once, and answered when they are durable. Touched by one thread.</summary>
/// <param name="standing">What it goes on from.</param>
/// <param name="durable">What the disk has.</param>
internal sealed class OrderBook(ControlSettings settings, StandingOrders standing, StandingOrders durable, TimeZoneInfo zone)
{
    private readonly List<(TaskCompletionSource<OrderOutcome> Answer, OrderOutcome Outcome)> _unanswered = [];
    private StandingOrders _durable = durable;

    public StandingOrders Standing { get; private set; } = standing;

    public bool IsStored => ReferenceEquals(Standing, _durable);

    /// <summary>The mode that is to be in force.</summary>
    public ControlMode Mode => Standing.Mode?.Mode ?? settings.Policy.Mode;

    /// <summary>Obeys an order that is of the budget, the mode or the supply.</summary>
    /// <returns>What the decision log is to say of it; null: nothing.</returns>
    public string? Take(Ordered ordered)
    {
        var (outcome, orders, news) = Obey(ordered.Order, ordered.At.Wall);
        if (outcome.Result == OrderResult.Done && !ReferenceEquals(orders, Standing))
        {
            Standing = orders;
            _unanswered.Add((ordered.Answer, outcome));
        }
        else
            ordered.Answer.TrySetResult(outcome);
        return news;
    }

    /// <summary>Drops overrides whose time is over.</summary>
    /// <returns>What was dropped.</returns>
    public IReadOnlyList<BudgetOverride> Expire(DateTimeOffset wall)
    {
        var left = Standing.At(wall);
        var over = Standing.Overrides.Except(left.Overrides).ToList();
        Standing = left;
        return over;
    }

    /// <summary>The disk has what it was given, or could not take it and why; whoever waits for that is answered.</summary>
    /// <param name="failure">Empty: it has it.</param>
    public void NoteStored(StandingOrders stored, string failure)
    {
        if (failure.Length == 0)
            _durable = stored;
        if (!IsStored && failure.Length == 0)
            return;
        foreach (var (answer, outcome) in _unanswered)
            answer.TrySetResult(IsStored ? outcome : new OrderOutcome(OrderResult.NotStored, $"{outcome.Text}; it is in force, but could not be stored: {failure}"));
        _unanswered.Clear();
    }

    /// <summary>No disk will confirm any more.</summary>
    public void Close()
    {
        foreach (var (answer, outcome) in _unanswered)
            answer.TrySetResult(outcome with { Result = OrderResult.NotStored });
        _unanswered.Clear();
    }

    private (OrderOutcome Outcome, StandingOrders Orders, string? News) Obey(OperatorOrder order, DateTimeOffset wall)
    {
        switch (order)
        {
            case SetOverride set when settings.Missing(set.Group) is { } missing:
                return (missing, Standing, null);
            case SetOverride set:
                return (new OrderOutcome(OrderResult.Done, $"{set.Group} is held to {set.Limit} until {TimeZoneInfo.ConvertTime(wall + set.Lasts, zone):yyyy-MM-dd HH\\:mm}"),
                    Standing.With(new BudgetOverride(set.Group, set.Limit, wall + set.Lasts)), $"{set.Group} is held to {set.Limit} for {Span(set.Lasts)}, by order");
            case ClearOverride { Group: { } group } when Standing.Overrides.All(each => each.Group != group):
                return (new OrderOutcome(OrderResult.NotFound, $"no override is in force for '{group}'"), Standing, null);
            case ClearOverride clear:
                return (new OrderOutcome(OrderResult.Done, "the configured budget holds again"), Standing.Without(clear.Group),
                    clear.Group is null ? "overrides cleared, by order" : $"override of {clear.Group} cleared, by order");
            case SwitchMode { Mode: var mode }:
                return (new OrderOutcome(OrderResult.Done, $"mode is {mode.Word()}"),
                    mode == Mode ? Standing : Standing with { Mode = mode == settings.Policy.Mode ? null : new ModeSwitch(mode, settings.Policy.Mode) }, null);
            case SetSupply { IsOnBattery: var isOnBattery } when isOnBattery != Standing.IsOnBattery:
                return (new OrderOutcome(OrderResult.Done, isOnBattery ? "on battery" : "on mains"), Standing with { IsOnBattery = isOnBattery },
                    isOnBattery ? "the fleet runs on battery" : "the fleet runs on mains again");
            default:
                return (new OrderOutcome(OrderResult.Done, "nothing to change"), Standing, null);
        }
    }

    private static string Span(TimeSpan span) => span.TotalHours >= 1 ? $"{span.TotalHours:0.#} h" : $"{span.TotalMinutes:0.#} min";
}
