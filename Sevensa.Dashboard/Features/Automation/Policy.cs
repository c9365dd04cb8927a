using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Automation.Forecasts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>How far a policy has come.</summary>
[JsonConverter(typeof(CamelCaseEnum<PolicyStage>))]
internal enum PolicyStage
{
    /// <summary>Written down. Nothing is looked at.</summary>
    Draft,

    /// <summary>Looked at as if it held; what it would do is kept and compared with what people did.</summary>
    Shadow,

    /// <summary>It proposes, with the approval of who approved it.</summary>
    Enforced,

    /// <summary>Set aside by a person. Nothing is looked at.</summary>
    Paused,
}

/// <summary>What is looked at.</summary>
[JsonConverter(typeof(CamelCaseEnum<TriggerKind>))]
internal enum TriggerKind
{
    /// <summary>A PromQL expression: it holds for each service that it yields a value for, as an alerting rule's does.</summary>
    Metric,

    /// <summary>How many log lines a LogQL query selects.</summary>
    Logs,

    /// <summary>How a service's containers are, as their hosts tell.</summary>
    Container,

    /// <summary>An alert that fires.</summary>
    Alert,

    /// <summary>A time, as cron writes it.</summary>
    Schedule,

    /// <summary>A certificate that ends within a time.</summary>
    Certificate,

    /// <summary>A disk that will be full within a time, at the pace at which it fills.</summary>
    Disk,

    /// <summary>The watch after a deploy found it worse than before.</summary>
    Watch,

    /// <summary>A load that is expected: it holds while another number of containers is wanted for it.</summary>
    Forecast,

    /// <summary>A host that is away: it holds for each service that it runs containers of.</summary>
    Host,
}

/// <summary>What a container is, or went through.</summary>
[JsonConverter(typeof(CamelCaseEnum<ContainerTrouble>))]
internal enum ContainerTrouble
{
    /// <summary>Its health check fails.</summary>
    Unhealthy,

    /// <summary>It was restarted by Docker so many times within a time.</summary>
    CrashLoop,

    /// <summary>It was out of memory within a time.</summary>
    OutOfMemory,

    /// <summary>It does not run, and was not stopped by a clean exit.</summary>
    Stopped,
}

/// <summary>What a policy looks at.</summary>
/// <param name="Query">PromQL for <see cref="TriggerKind.Metric"/> and <see cref="TriggerKind.Forecast"/>, a LogQL query of lines for <see cref="TriggerKind.Logs"/>.</param>
/// <param name="Above">For logs: more lines than these.</param>
/// <param name="Within">
/// For logs, crash loops and being out of memory: the time that is counted over. For certificates and disks: the time that is left. For a
/// watch: so long after a deploy ended what it found is acted on.
/// </param>
/// <param name="Count">For crash loops: so many restarts.</param>
/// <param name="Alert">Its name.</param>
/// <param name="Cron">Five fields: minute, hour, day, month, day of the week.</param>
/// <param name="TimeZone">Of <paramref name="Cron"/>; IANA name.</param>
/// <param name="Words">What it looks at, for people; made from the rest where nobody said.</param>
/// <param name="Scale">For a forecast of <paramref name="Query"/>: how many containers it wants.</param>
internal sealed record PolicyTrigger(
    TriggerKind Kind,
    string? Query = null,
    double? Above = null,
    TimeSpan? Within = null,
    ContainerTrouble? State = null,
    int? Count = null,
    string? Alert = null,
    string? Cron = null,
    string? TimeZone = null,
    string? Words = null,
    PolicyScale? Scale = null
);

/// <summary>What must hold besides, at the moment of acting.</summary>
/// <param name="Query">PromQL that yields a value.</param>
internal sealed record PolicyCondition(string Query, string? Words = null);

/// <summary>What is done.</summary>
/// <param name="Kind">One of the catalogue.</param>
/// <param name="Target">Null: the service that the trigger holds for.</param>
internal sealed record PolicyAction(string Kind, string? Target, JsonElement Parameters);

/// <summary>How often it may act, at most.</summary>
internal sealed record PolicyBudget(int PerHour, int PerDay);

/// <summary>A time of some days, by the wall clock of the policy's zone.</summary>
/// <param name="Days">On which it opens; empty for every day.</param>
/// <param name="From"><c>HH:mm</c></param>
/// <param name="To"><c>HH:mm</c>; at or before <paramref name="From"/> it is a time of the next day.</param>
internal sealed record PolicyWindow(IReadOnlyList<DayOfWeek> Days, string From, string To);

/// <param name="Allowed">Empty: at any time.</param>
/// <param name="Forbidden">Goes before what is allowed.</param>
internal sealed record PolicyWindows(
    string TimeZone,
    IReadOnlyList<PolicyWindow> Allowed,
    IReadOnlyList<PolicyWindow> Forbidden
);

/// <summary>What counts as a good outcome: the action succeeded, and after this time the trigger holds no more.</summary>
/// <param name="Cleared">False: that the action succeeded is enough.</param>
internal sealed record PolicyOutcome(TimeSpan Within, bool Cleared = true);

/// <summary>What becomes of an enforced policy that wants to act when its budget is spent.</summary>
[JsonConverter(typeof(CamelCaseEnum<SpentBudget>))]
internal enum SpentBudget
{
    /// <summary>It goes back to shadow, and says why: what did not help so often wants a person.</summary>
    Demote,

    /// <summary>It waits for the next hour or day.</summary>
    Wait,
}

/// <summary>When it stops acting by itself.</summary>
/// <param name="AfterBadOutcomes">So many in a row.</param>
internal sealed record PolicyStop(int AfterBadOutcomes = 1, SpentBudget WhenBudgetSpent = SpentBudget.Demote);

/// <summary>What a policy says. Durations are seconds to milliseconds inside, and texts such as <c>10m</c> outside.</summary>
/// <param name="Services">For which it holds; empty: all of the tenant.</param>
/// <param name="For">So long the trigger must hold on end.</param>
/// <param name="Cooldown">So long it leaves a service alone after it acted.</param>
/// <param name="UpTo">Actions of a higher risk are proposed and wait for a person.</param>
/// <param name="Rearm">After it acted on a service, the trigger must be over for so long on end before it acts there again; zero: the cool-down has to do.</param>
/// <param name="Agreements">So often people must have done the same as it would have, in shadow, before it may be enforced.</param>
internal sealed record PolicyDefinition(
    string Name,
    IReadOnlyList<string> Services,
    PolicyTrigger Trigger,
    IReadOnlyList<PolicyCondition> Conditions,
    PolicyAction Action,
    TimeSpan For,
    TimeSpan Cooldown,
    PolicyBudget Budget,
    PolicyWindows Windows,
    PolicyOutcome Outcome,
    PolicyStop Stop,
    Risk UpTo,
    TimeSpan Rearm = default,
    int Agreements = PolicyDefinition.UsualAgreements
)
{
    public const int UsualAgreements = 3;

    /// <summary>None is no trial: that it is left out is said in the plan, and approved.</summary>
    public const int FewestAgreements = 1;
}

/// <summary>Who approved that a policy acts.</summary>
internal sealed record PolicyApprover(string Id, string Name);

/// <summary>What became of one look at a policy that did something, or nearly did.</summary>
[JsonConverter(typeof(CamelCaseEnum<PolicyVerdict>))]
internal enum PolicyVerdict
{
    /// <summary>In shadow: it would have acted.</summary>
    WouldAct,

    /// <summary>It set about it; what came of that is not written down yet.</summary>
    Begun,

    /// <summary>It proposed, and the approval of who approved the policy was given.</summary>
    Acted,

    /// <summary>It proposed, and a person has to decide.</summary>
    Proposed,

    /// <summary>All held, and something kept it from acting.</summary>
    Held,

    /// <summary>The trigger held for a while, and then data was missing: nothing is done on that.</summary>
    Missing,

    /// <summary>It could not be proposed.</summary>
    Failed,

    /// <summary>It went back a stage by itself.</summary>
    Demoted,

    /// <summary>In shadow: people did what it does, and it would not have.</summary>
    Missed,
}

/// <summary>What became of an action that a policy took.</summary>
[JsonConverter(typeof(CamelCaseEnum<OutcomeVerdict>))]
internal enum OutcomeVerdict
{
    Good,
    Bad,

    /// <summary>It was not carried out, or what came of it can't be told.</summary>
    Unknown,
}

/// <summary>Whether people did what a policy in shadow would have done, in the hour before or after.</summary>
[JsonConverter(typeof(CamelCaseEnum<ShadowAgreement>))]
internal enum ShadowAgreement
{
    /// <summary>The same kind of action on the same service.</summary>
    Same,

    /// <summary>Another action on the same service.</summary>
    Other,

    /// <summary>Nothing.</summary>
    Nothing,
}
