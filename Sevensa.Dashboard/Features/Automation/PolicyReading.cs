using System.Globalization;
using System.Text.Json;
using Cronos;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.PromQl;
using static Sevensa.Dashboard.Features.Automation.PolicyMembers;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>Reads what is asked for into a policy that can be kept to, for one tenant.</summary>
/// <param name="zone">Of a policy that names none.</param>
internal sealed class PolicyReading(
    TenantScope scope,
    IActionCatalogue catalogue,
    ILogCounts logs,
    IMetrics metrics,
    IPromQlReading promQl,
    TimeZoneInfo zone
)
{
    public const int LongestName = 100;
    public const int LongestQuery = 10_000;
    public const int LongestWords = 300;
    public const int MostServices = 50;
    public const int MostConditions = 5;
    public const int MostWindows = 14;
    public const int MostAgreements = 50;

    /// <summary>The one kind by which a deploy is taken back.</summary>
    public const string UndoOfDeploy = "service.rollback";

    /// <summary>What <c>image.prune</c> takes for all images of a tenant that nobody needs.</summary>
    public const string AllUnused = "unused";

    /// <summary>Kinds that a policy never does: its own would let it approve itself.</summary>
    public const string Own = "policy.";

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>What the dashboard itself asks of services, as it would be sent.</summary>
    private readonly Lazy<IReadOnlySet<string>> figures = new(() =>
        Enum.GetValues<ServiceMetric>()
            .Select(metric => PromQlPrinter.Print(scope.PromQl(metrics.QueryOf(metric), promQl.Options).Tree!))
            .ToHashSet(StringComparer.Ordinal)
    );

    /// <exception cref="UnfitPolicyException">422, with each member that is wrong, and why.</exception>
    public PolicyDefinition Read(PolicyWish wish)
    {
        var faults = new FaultList();
        var services = faults.Of(() => ServicesOf(wish.Services));
        var trigger = faults.Of(() => TriggerOf(wish.Trigger));
        var lasting = faults.Of(() => LastingOf(wish.For, trigger));
        if (trigger?.Scale is not null && services is not null)
        {
            faults.Of<string>(() =>
            {
                ScaleReading.Check(wish, services);
                return null!;
            });
        }
        var read = new PolicyDefinition(
            faults.Of(() => NameOf(wish.Name))!,
            services!,
            trigger!,
            ConditionsOf(wish.Conditions, faults),
            faults.Of(() => ActionOf(wish.Action, trigger, services))!,
            lasting,
            faults.Of(() => Span(wish.Cooldown, "cooldown", TimeSpan.Zero, TimeSpan.FromDays(7)))
                ?? TimeSpan.FromMinutes(15),
            faults.Of(() => BudgetOf(wish.Budget))!,
            WindowsOf(wish.Windows, faults),
            new PolicyOutcome(
                faults.Of(() => Span(wish.Outcome?.Within, "outcome.within", TimeSpan.FromSeconds(10), Day))
                    ?? TimeSpan.FromMinutes(10),
                wish.Outcome?.Cleared
                    // Nothing that is done elsewhere brings a host back.
                    ?? trigger?.Kind is not (TriggerKind.Schedule or TriggerKind.Forecast or TriggerKind.Host)
            ),
            new PolicyStop(
                faults.Of(() => Number(wish.Stop?.AfterBadOutcomes, "stop.afterBadOutcomes", 1, 10)) ?? 1,
                wish.Stop?.WhenBudgetSpent ?? SpentBudget.Demote
            ),
            faults.Of(() => UpToOf(wish.UpTo)),
            faults.Of(() => Span(wish.Rearm, "rearm", TimeSpan.Zero, TimeSpan.FromDays(2))) ?? TimeSpan.Zero,
            faults.Of(() => Number(wish.Agreements, "agreements", PolicyDefinition.FewestAgreements, MostAgreements))
                ?? PolicyDefinition.UsualAgreements
        );
        faults.Check();
        return read;
    }

    private static string NameOf(string? wished) =>
        Text(wished, "name", LongestName)
        ?? throw new UnfitPolicyException(
            "name",
            "is missing; people know the policy by it in approvals and in the record."
        );

    private static TimeSpan LastingOf(string? wished, PolicyTrigger? trigger)
    {
        var lasting = Span(wished, "for", TimeSpan.Zero, TimeSpan.FromDays(2)) ?? TimeSpan.Zero;
        return trigger?.Kind == TriggerKind.Schedule && lasting > TimeSpan.Zero
            ? throw new UnfitPolicyException("for", "is longer than a schedule lasts, which is a moment. Leave it out.")
            : lasting;
    }

    private static Risk UpToOf(Risk? wished) =>
        wished == Risk.High
            ? throw new UnfitPolicyException(
                "upTo",
                "is high: what is of high risk is always approved by a person who looks at it. Give low or medium."
            )
            : wished ?? Risk.Medium;

    private PolicyTrigger TriggerOf(TriggerWish? wish)
    {
        if (wish is null)
        {
            throw new UnfitPolicyException(
                "trigger",
                "is missing: what is looked at, such as {\"kind\": \"container\", \"state\": \"unhealthy\"}."
            );
        }
        var words = Text(wish.Words, "trigger.words", LongestWords);
        switch (wish.Kind)
        {
            case null:
                throw new UnfitPolicyException(
                    "trigger.kind",
                    "is missing; it is one of metric, logs, container, alert, schedule, certificate, disk, watch, forecast, host."
                );
            case TriggerKind.Metric:
                Only(wish, nameof(wish.Query));
                return new PolicyTrigger(TriggerKind.Metric, PromQl(wish.Query, "trigger.query"), Words: words);
            case TriggerKind.Logs:
                Only(wish, nameof(wish.Query), nameof(wish.Above), nameof(wish.Within));
                return new PolicyTrigger(
                    TriggerKind.Logs,
                    LogQl(wish.Query),
                    Above: wish.Above is null or (>= 0 and <= 1e9)
                        ? wish.Above ?? 0
                        : throw new UnfitPolicyException("trigger.above", "is a number from 0 to 1000000000."),
                    Within: Span(wish.Within, "trigger.within", TimeSpan.FromSeconds(10), Day)
                        ?? TimeSpan.FromMinutes(5),
                    Words: words
                );
            case TriggerKind.Container:
                Only(wish, nameof(wish.State), nameof(wish.Count), nameof(wish.Within));
                return ContainerOf(wish, words);
            case TriggerKind.Forecast:
                Only(wish, nameof(wish.Query), nameof(wish.Scale));
                return new PolicyTrigger(
                    TriggerKind.Forecast,
                    PromQl(wish.Query, "trigger.query", PolicyExpressions.CheckLoad),
                    Words: words,
                    Scale: ScaleReading.Read(wish.Scale)
                );
            case TriggerKind.Alert:
                Only(wish, nameof(wish.Alert));
                return new PolicyTrigger(
                    TriggerKind.Alert,
                    Alert: Text(wish.Alert, "trigger.alert", 200)
                        ?? throw new UnfitPolicyException("trigger.alert", "is missing: the alert's name."),
                    Words: words
                );
            case TriggerKind.Host:
                Only(wish);
                return new PolicyTrigger(TriggerKind.Host, Words: words);
            case TriggerKind.Certificate:
                return WithinOf(wish, TimeSpan.FromHours(1), TimeSpan.FromDays(90), TimeSpan.FromDays(14), words);
            case TriggerKind.Disk:
                return WithinOf(wish, TimeSpan.FromHours(1), TimeSpan.FromDays(30), Day, words);
            case TriggerKind.Watch:
                return WithinOf(wish, TimeSpan.FromMinutes(5), Day, TimeSpan.FromHours(2), words);
            default:
                Only(wish, nameof(wish.Cron), nameof(wish.TimeZone));
                return new PolicyTrigger(
                    TriggerKind.Schedule,
                    Cron: CronOf(wish.Cron),
                    TimeZone: ZoneOf(wish.TimeZone, "trigger.timeZone"),
                    Words: words
                );
        }
    }

    private static PolicyTrigger WithinOf(
        TriggerWish wish,
        TimeSpan least,
        TimeSpan most,
        TimeSpan usual,
        string? words
    )
    {
        Only(wish, nameof(wish.Within));
        return new PolicyTrigger(
            wish.Kind!.Value,
            Within: Span(wish.Within, "trigger.within", least, most) ?? usual,
            Words: words
        );
    }

    /// <summary>What does not belong to a kind of trigger is refused: it would be passed over.</summary>
    private static void Only(TriggerWish wish, params ReadOnlySpan<string> taken)
    {
        foreach (
            var (name, given) in new (string, bool)[]
            {
                (nameof(wish.Query), wish.Query is not null),
                (nameof(wish.Above), wish.Above is not null),
                (nameof(wish.Within), wish.Within is not null),
                (nameof(wish.State), wish.State is not null),
                (nameof(wish.Count), wish.Count is not null),
                (nameof(wish.Alert), wish.Alert is not null),
                (nameof(wish.Cron), wish.Cron is not null),
                (nameof(wish.TimeZone), wish.TimeZone is not null),
                (nameof(wish.Scale), wish.Scale is not null),
            }
        )
        {
            if (given && !taken.Contains(name))
            {
                var member = JsonNamingPolicy.CamelCase.ConvertName(name);
                throw new UnfitPolicyException(
                    $"trigger.{member}",
                    $"says nothing to a trigger of the kind {JsonNamingPolicy.CamelCase.ConvertName(wish.Kind.ToString()!)}. Leave it out."
                );
            }
        }
    }

    private static PolicyTrigger ContainerOf(TriggerWish wish, string? words)
    {
        if (wish.State is not { } state)
        {
            throw new UnfitPolicyException(
                "trigger.state",
                "is missing; it is one of unhealthy, crashLoop, outOfMemory, stopped."
            );
        }
        var counts = state is ContainerTrouble.CrashLoop or ContainerTrouble.OutOfMemory;
        if (wish.Count is not null && state != ContainerTrouble.CrashLoop)
        {
            throw new UnfitPolicyException("trigger.count", "is for a crash loop: so many restarts. Leave it out.");
        }
        if (wish.Within is not null && !counts)
        {
            throw new UnfitPolicyException(
                "trigger.within",
                "is for a crash loop and for being out of memory. How long a state must last is \"for\"."
            );
        }
        return new PolicyTrigger(
            TriggerKind.Container,
            State: state,
            Count: state == ContainerTrouble.CrashLoop ? Number(wish.Count, "trigger.count", 1, 1000) ?? 3 : null,
            Within: counts
                ? Span(wish.Within, "trigger.within", TimeSpan.FromSeconds(30), Day) ?? TimeSpan.FromMinutes(10)
                : null,
            Words: words
        );
    }

    private IReadOnlyList<PolicyCondition> ConditionsOf(IReadOnlyList<ConditionWish>? wished, FaultList faults)
    {
        if (wished?.Count > MostConditions)
        {
            faults.Of<string>(() => throw new UnfitPolicyException("conditions", $"are {MostConditions} at most."));
            return [];
        }
        return
        [
            .. (wished ?? [])
                .Index()
                .Select(one => new PolicyCondition(
                    faults.Of(() => PromQl(one.Item?.Query, $"conditions[{one.Index}].query"))!,
                    faults.Of(() => Text(one.Item?.Words, $"conditions[{one.Index}].words", LongestWords))
                )),
        ];
    }

    private PolicyAction ActionOf(ActionWish? wish, PolicyTrigger? trigger, IReadOnlyList<string>? services)
    {
        if (wish is null)
        {
            throw new UnfitPolicyException(
                "action",
                "is missing: what is done, such as {\"kind\": \"container.restart\"}."
            );
        }
        var name = Text(wish.Kind, "action.kind", 100);
        var kind = name is null ? null : catalogue.Find(name);
        if (kind is null || name!.StartsWith(Own, StringComparison.Ordinal))
        {
            var known = string.Join(
                ", ",
                catalogue.All.Select(one => one.Name).Where(one => !one.StartsWith(Own, StringComparison.Ordinal))
            );
            throw new UnfitPolicyException(
                "action.kind",
                name is null ? $"is missing; it is one of {known}."
                    : kind is null ? $"is \"{Shown(name)}\", which is no kind of action. There are {known}."
                    : "is what policies are approved by, and nothing that a policy does."
            );
        }
        var target = Text(wish.Target, "action.target", 300);
        if (target is null && services is [] && trigger?.Kind is TriggerKind.Schedule or TriggerKind.Disk)
        {
            throw new UnfitPolicyException(
                "action.target",
                $"is missing: a {(trigger.Kind == TriggerKind.Disk ? "disk" : "clock")} names no service. Give a target, or the services."
            );
        }
        if (target is null && kind.Name == StepVerbs.ImagePrune)
        {
            throw new UnfitPolicyException(
                "action.target",
                $"is missing: an image, or \"{AllUnused}\" for all that no container uses and no release needs."
            );
        }
        if (trigger?.Kind == TriggerKind.Watch && kind.Name != UndoOfDeploy)
        {
            throw new UnfitPolicyException(
                "action.kind",
                $"is \"{kind.Name}\"; what a watch finds worse after a deploy is taken back by {UndoOfDeploy}, and by nothing else."
            );
        }
        if (trigger?.Kind == TriggerKind.Watch && target is not null)
        {
            throw new UnfitPolicyException(
                "action.target",
                "says nothing here: what was deployed is what is taken back. Leave it out, and name the services that it is for."
            );
        }
        try
        {
            if (trigger?.Scale is { } scale)
            {
                return ScaleReading.ActionOf(catalogue, kind, wish.Parameters, scale);
            }
            var parameters = catalogue.Check(kind, wish.Parameters ?? default);
            return
                trigger?.Kind != TriggerKind.Watch || JsonElement.DeepEquals(parameters, catalogue.Check(kind, default))
                ? new PolicyAction(kind.Name, target, parameters)
                : throw new UnfitPolicyException(
                    "action.parameters",
                    "say nothing here: what is done is the plan that the watch proposes. Leave them out."
                );
        }
        catch (CannotPlanException exception)
        {
            throw new UnfitPolicyException("action.parameters", $"do not fit. {exception.Message}");
        }
    }

    private static PolicyBudget BudgetOf(BudgetWish? wish)
    {
        var day = Number(wish?.PerDay, "budget.perDay", 1, 100);
        var hour = Number(wish?.PerHour, "budget.perHour", 1, 20);
        if (day < hour)
        {
            throw new UnfitPolicyException("budget.perHour", "is more than budget.perDay.");
        }
        return new PolicyBudget(hour ?? Math.Min(day ?? 1, 20), day ?? Math.Max(hour ?? 2, 2));
    }

    private PolicyWindows WindowsOf(WindowsWish? wish, FaultList faults)
    {
        var windows = new PolicyWindows(
            faults.Of(() => ZoneOf(wish?.TimeZone, "windows.timeZone"))!,
            WindowsOf(wish?.Allowed, "windows.allowed", faults),
            WindowsOf(wish?.Forbidden, "windows.forbidden", faults)
        );
        if (!WindowTimes.EverOpen(windows))
        {
            faults.Of<string>(() =>
                throw new UnfitPolicyException("windows", "leave no time of the week in which anything could be done.")
            );
        }
        return windows;
    }

    private static IReadOnlyList<PolicyWindow> WindowsOf(IReadOnlyList<WindowWish>? wished, string at, FaultList faults)
    {
        if (wished?.Count > MostWindows)
        {
            faults.Of<string>(() => throw new UnfitPolicyException(at, $"are {MostWindows} at most."));
            return [];
        }
        return
        [
            .. (wished ?? [])
                .Index()
                .Select(one => new PolicyWindow(
                    [.. (one.Item?.Days ?? []).Distinct().Order()],
                    faults.Of(() => Time(one.Item?.From, $"{at}[{one.Index}].from"))!,
                    faults.Of(() => Time(one.Item?.To, $"{at}[{one.Index}].to"))!
                )),
        ];

        static string Time(string? text, string at) =>
            WindowTimes.TimeOf(text) is { } time
                ? time.ToString("HH:mm", CultureInfo.InvariantCulture)
                : throw new UnfitPolicyException(
                    at,
                    $"is \"{Shown(text ?? "null")}\"; give hours and minutes such as 02:30."
                );
    }

    private string PromQl(string? text, string at, Action<Expr, string, IReadOnlySet<string>>? check = null)
    {
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new UnfitPolicyException(at, "is missing: a PromQL expression that yields a value while it holds.");
        }
        if (text.Length > LongestQuery)
        {
            throw new UnfitPolicyException(at, $"has more than {LongestQuery} characters.");
        }
        try
        {
            var query = scope.PromQl(text, promQl.Options);
            if (query.Infos is [var never, ..])
            {
                throw new UnfitPolicyException(at, $"could not hold as written: {never}.");
            }
            (check ?? PolicyExpressions.Check)(query.Tree!, at, figures.Value);
            return text.Trim();
        }
        catch (QueryRefusedException exception)
        {
            throw new UnfitPolicyException(at, $"can't be read. {exception.Message}");
        }
    }

    private string LogQl(string? text)
    {
        const string at = "trigger.query";
        if (string.IsNullOrWhiteSpace(text))
        {
            throw new UnfitPolicyException(at, "is missing: a LogQL query that selects lines.");
        }
        if (text.Length > LongestQuery)
        {
            throw new UnfitPolicyException(at, $"has more than {LongestQuery} characters.");
        }
        try
        {
            logs.Check(text);
            return text.Trim();
        }
        catch (QueryRefusedException exception)
        {
            throw new UnfitPolicyException(at, $"can't be read. {exception.Message}");
        }
    }

    private static string CronOf(string? text)
    {
        var cron = Text(text, "trigger.cron", 100);
        if (cron is null)
        {
            throw new UnfitPolicyException("trigger.cron", "is missing: five fields such as \"0 3 * * 1-5\".");
        }
        if (!CronExpression.TryParse(cron, out var schedule))
        {
            throw new UnfitPolicyException(
                "trigger.cron",
                $"is \"{Shown(cron)}\"; five fields are read: minute, hour, day of the month, month, day of the week."
            );
        }
        if (schedule.GetNextOccurrence(DateTime.UnixEpoch) is null)
        {
            throw new UnfitPolicyException("trigger.cron", $"is \"{Shown(cron)}\", which never comes.");
        }
        return cron;
    }

    private string ZoneOf(string? wished, string at)
    {
        if (string.IsNullOrWhiteSpace(wished))
        {
            return zone.Id;
        }
        return wished.Length <= 64 && TimeZoneInfo.TryFindSystemTimeZoneById(wished.Trim(), out var found)
            ? found.Id
            : throw new UnfitPolicyException(
                at,
                $"is \"{Shown(wished)}\", which is no time zone that is known; give one such as Europe/Amsterdam."
            );
    }

    private static IReadOnlyList<string> ServicesOf(IReadOnlyList<string>? wished)
    {
        if (wished?.Count > MostServices)
        {
            throw new UnfitPolicyException("services", $"are {MostServices} at most.");
        }
        return
        [
            .. (wished ?? [])
                .Index()
                .Select(one =>
                    Text(one.Item, $"services[{one.Index}]", 100)
                    ?? throw new UnfitPolicyException($"services[{one.Index}]", "is empty.")
                )
                .Distinct(StringComparer.Ordinal),
        ];
    }
}
