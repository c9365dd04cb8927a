using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Protocol;

/// <summary>
/// Exactly what will be done, resolved before anybody approves it. Its canonical JSON (RFC 8785) is hashed with SHA-256
/// and that hash is what an approval names. Nothing volatile (rates, ages, durations) is in here.
/// </summary>
/// <param name="ProposalId">Part of the hash, so that an approval of one plan can't serve another.</param>
/// <param name="Kind">Name in the catalogue, <c>container.restart</c>.</param>
/// <param name="Tenant">Tenant id.</param>
/// <param name="Target">What was asked for, as shown: a container's or service's name, a secret's path.</param>
/// <param name="Parameters">The kind's parameters after defaults were filled in.</param>
/// <param name="Executor">Who carries it out.</param>
/// <param name="Containers">The containers touched, as they were when planned.</param>
/// <param name="Changes">What is different afterwards, before → after, in words for people.</param>
/// <param name="Steps">In order of execution.</param>
/// <param name="Untouched">What one might fear is touched and is not.</param>
/// <param name="Verification">How success is told, and the numbers for it.</param>
/// <param name="Undo">What is done when verification fails; <see cref="PlanUndo.None"/> when nothing can be.</param>
/// <param name="World">Fingerprint (SHA-256, hex) of the ids, digests, configuration hashes and states this plan rests on.</param>
public sealed record ActionPlan(
    string ProposalId,
    string Kind,
    string Tenant,
    string Target,
    JsonElement Parameters,
    PlanExecutor Executor,
    IReadOnlyList<PlanContainer> Containers,
    IReadOnlyList<PlanChange> Changes,
    IReadOnlyList<PlanStep> Steps,
    IReadOnlyList<string> Untouched,
    PlanVerification Verification,
    PlanUndo Undo,
    string World
);

/// <param name="Role"><c>runner</c> or <c>dashboard</c>.</param>
/// <param name="HostId">Set for a runner.</param>
public sealed record PlanExecutor(string Role, string? HostId = null, string? HostName = null)
{
    public const string Runner = "runner";
    public const string Dashboard = "dashboard";
}

/// <summary>A container as the plan found it. A runner refuses as stale when any of it differs at execution.</summary>
public sealed record PlanContainer(
    string Id,
    string Name,
    string Service,
    string Image,
    string ImageDigest,
    string ConfigHash,
    string State,
    IReadOnlyList<string> Networks,
    IReadOnlyList<string> Ports
);

/// <param name="What">The thing: <c>image</c>, <c>state</c>, <c>memory limit</c>.</param>
public sealed record PlanChange(string What, string? Before, string? After);

/// <param name="Verb">Typed verb the executor knows: <c>container.stop</c>, <c>container.start</c>, <c>secret.write</c>…</param>
/// <param name="On">What the verb is done to: a container's id, or what the verb says; a secret's path.</param>
/// <param name="Title">For people: "Stop rentguy-api-1 (10 s grace)".</param>
public sealed record PlanStep(int Number, string Verb, string On, string Title, JsonElement? Arguments = null);

/// <param name="Kind">One of <see cref="VerificationKinds"/>.</param>
/// <param name="WithinSeconds">Given up after this long.</param>
/// <param name="Text">For people: "running and healthy within 60 s".</param>
/// <param name="ForSeconds">
/// How long a container without a health check must run on end without a restart; null or 0 when one look is enough.
/// It counts from the container's start and may end after <paramref name="WithinSeconds"/>.
/// </param>
public sealed record PlanVerification(string Kind, int WithinSeconds, string Text, int? ForSeconds = null);

/// <param name="Kind">One of <see cref="UndoKinds"/>, or the verb that brings the former state back.</param>
public sealed record PlanUndo(string Kind, string Text)
{
    public static PlanUndo None(string why) => new("none", why);
}

/// <summary>What an approval looks like inside a signed action.</summary>
public sealed record SignedApproval(string ById, string ByName, DateTimeOffset At, string? Comment);

/// <summary>The payload of the envelope that goes to a runner: canonical JSON of this.</summary>
/// <param name="ActionId">The proposal's id; the key of the runner's journal.</param>
/// <param name="HostId">The only host that may run it.</param>
/// <param name="ExpiresAt">Not begun after this.</param>
public sealed record SignedAction(
    int Protocol,
    string ActionId,
    string HostId,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt,
    string PlanHash,
    ActionPlan Plan,
    IReadOnlyList<SignedApproval> Approvals
);

/// <summary>What an executor reports of an action: JSON bytes over the hub.</summary>
/// <param name="Sequence">Rises by one per action; a repeated one is dropped.</param>
/// <param name="Type"><c>step</c> (started, done, failed), <c>progress</c>, <c>output</c> or <c>outcome</c>.</param>
public sealed record ActionReport(
    string ActionId,
    long Sequence,
    DateTimeOffset At,
    string Type,
    int? Step = null,
    string? Status = null,
    string? Text = null,
    ActionOutcome? Outcome = null
)
{
    /// <summary>Status of an answer to <see cref="IRunnerClient.Recall"/>: it has come, and is not begun yet.</summary>
    public const string Arriving = "arriving";
}

/// <param name="State">succeeded, failed, rolledBack, cancelled, refused or unknown.</param>
/// <param name="Code">Stable word for refusals: <c>stale</c>, <c>badSignature</c>, <c>expired</c>, <c>localPolicy</c>, <c>busy</c>…</param>
/// <param name="Undo">For failures: <c>none</c>, <c>done</c> or <c>failed</c>.</param>
/// <param name="Differences">For stale worlds: what changed, in words.</param>
/// <param name="After">The touched containers as Docker shows them afterwards.</param>
public sealed record ActionOutcome(
    ProposalState State,
    string Text,
    string? Code = null,
    string? Undo = null,
    double? DurationSeconds = null,
    IReadOnlyList<string>? Differences = null,
    IReadOnlyList<PlanContainer>? After = null
);

/// <summary>Where a proposal, and what became of it, stands.</summary>
[JsonConverter(typeof(CamelCaseEnum<ProposalState>))]
public enum ProposalState
{
    Proposed,
    Approved,
    Rejected,
    Withdrawn,
    Expired,
    Dispatched,
    Running,
    Succeeded,
    Failed,
    RolledBack,
    Cancelled,
    Refused,
    Unknown,
}

/// <summary>Enums on the wire are lowerCamelCase words.</summary>
public sealed class CamelCaseEnum<T>()
    : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;

/// <summary>Serialization of everything that is signed, hashed or sent between dashboard and runner.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(ActionPlan))]
[JsonSerializable(typeof(SignedAction))]
[JsonSerializable(typeof(ActionReport))]
[JsonSerializable(typeof(PlanStep))]
public sealed partial class ActionJson : JsonSerializerContext;
