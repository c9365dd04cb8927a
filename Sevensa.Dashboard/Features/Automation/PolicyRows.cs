using Sevensa.Dashboard.Features.Automation.Forecasts;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>A policy as it rests in the store.</summary>
internal sealed class PolicyRow
{
    public required string Id { get; init; }
    public required string Tenant { get; init; }
    public required string Name { get; set; }
    public required PolicyStage Stage { get; set; }

    /// <summary>Of what it says; rises by one with each change of that, so that an approval of one version enforces no other.</summary>
    public required int Version { get; set; }

    /// <summary>JSON of <see cref="PolicyDefinition"/>.</summary>
    public required string DefinitionJson { get; set; }

    /// <summary>The sentence that it was read from; null when there was none.</summary>
    public string? Text { get; set; }

    /// <summary>JSON: words of that sentence that could not be read.</summary>
    public string? UnreadJson { get; set; }

    /// <summary>JSON: how something of that sentence was read that could be read otherwise.</summary>
    public string? NotesJson { get; set; }
    public required string CreatedBy { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required string ChangedBy { get; set; }
    public required DateTimeOffset ChangedAt { get; set; }

    /// <summary>Who brought it to its stage, when and why.</summary>
    public required string StageBy { get; set; }
    public required DateTimeOffset StageAt { get; set; }
    public string? StageWhy { get; set; }

    /// <summary>JSON of <see cref="PolicyApprover"/>s: who approved that it acts; null unless it is enforced.</summary>
    public string? ApproversJson { get; set; }

    /// <summary>The proposal that asks for its enforcement, or by which it is enforced.</summary>
    public string? ProposalId { get; set; }

    /// <summary>JSON of <see cref="PolicyMemory"/>: what the engine keeps between two looks.</summary>
    public string? MemoryJson { get; set; }

    /// <summary>JSON of <see cref="PolicyTrial"/>: what it came to when it was tried on the past last.</summary>
    public string? TriedJson { get; set; }

    public PolicyDefinition Definition => PolicyJson.Read<PolicyDefinition>(DefinitionJson);

    public IReadOnlyList<string> Unread => UnreadJson is null ? [] : PolicyJson.Read<IReadOnlyList<string>>(UnreadJson);

    public IReadOnlyList<string> Notes => NotesJson is null ? [] : PolicyJson.Read<IReadOnlyList<string>>(NotesJson);

    public IReadOnlyList<PolicyApprover> Approvers =>
        ApproversJson is null ? [] : PolicyJson.Read<IReadOnlyList<PolicyApprover>>(ApproversJson);

    public PolicyMemory Memory => MemoryJson is null ? new PolicyMemory() : PolicyJson.Read<PolicyMemory>(MemoryJson);

    public PolicyTrial? Tried => TriedJson is null ? null : PolicyJson.Read<PolicyTrial>(TriedJson);
}

/// <summary>What a policy says, or said, in one of its versions; one stays as long as the policy is there.</summary>
internal sealed class PolicyVersionRow
{
    public required string PolicyId { get; init; }
    public required int Version { get; init; }

    /// <summary>JSON of <see cref="PolicyDefinition"/>.</summary>
    public required string DefinitionJson { get; init; }

    /// <summary>The sentence that it was read from; null when there was none.</summary>
    public string? Text { get; init; }
    public required string By { get; init; }
    public required DateTimeOffset At { get; init; }

    public PolicyDefinition Definition => PolicyJson.Read<PolicyDefinition>(DefinitionJson);
}

/// <summary>What a policy came to when it was tried on the past.</summary>
/// <param name="Version">Of the policy that was tried.</param>
/// <param name="Acted">How often it would have acted.</param>
/// <param name="SameAsPeople">How often of those people did the same.</param>
/// <param name="PeopleAlone">How often people did it where it would not have.</param>
internal sealed record PolicyTrial(
    int Version,
    DateTimeOffset At,
    int Days,
    int Acted,
    int Episodes,
    double HeldMinutes,
    int SameAsPeople,
    int PeopleAlone
);

/// <summary>What the engine keeps of a policy between two looks.</summary>
internal sealed class PolicyMemory
{
    /// <summary>By the service that the trigger is about.</summary>
    public Dictionary<string, SubjectMemory> Subjects { get; set; } = [];

    /// <summary>When it acted last on what; by the target as the policy has it, else by the service.</summary>
    public Dictionary<string, DateTimeOffset> Acted { get; set; } = [];

    /// <summary>When it could not be proposed last, by the same: so long a while goes by before it is tried again.</summary>
    public Dictionary<string, DateTimeOffset> Failed { get; set; } = [];

    /// <summary>Services on which it acts no more until its trigger was over for long enough; since when it is, null while it is not.</summary>
    public Dictionary<string, DateTimeOffset?> Disarmed { get; set; } = [];

    /// <summary>For a watch: the deploys that it acted on, the last of them; on each it acts once.</summary>
    public List<string> Deploys { get; set; } = [];

    /// <summary>Actions whose outcome is not known yet.</summary>
    public List<AwaitedOutcome> Awaited { get; set; } = [];

    /// <summary>Bad outcomes in a row.</summary>
    public int Bad { get; set; }

    /// <summary>For a schedule: until when its times were taken.</summary>
    public DateTimeOffset? TakenUntil { get; set; }

    /// <summary>What lay ahead when it was looked at, because the clock was put back; see <see cref="Engine.AheadOfClock"/>.</summary>
    public Dictionary<string, SeenAhead> Ahead { get; set; } = [];

    /// <summary>For a forecast: what it was worth.</summary>
    public ForecastMemory? Forecast { get; set; }

    /// <summary>Since when it can't be told whether its trigger holds; null while it can.</summary>
    public BlindMemory? Blind { get; set; }
}

/// <param name="Since">When it was first found so.</param>
/// <param name="IsTold">It lasted so long that it was written down.</param>
internal sealed record BlindMemory(DateTimeOffset Since, string Why, bool IsTold);

/// <summary>What is known of one service that a trigger is about.</summary>
internal sealed class SubjectMemory
{
    /// <summary>Since when it holds on end; null while it does not.</summary>
    public DateTimeOffset? Since { get; set; }

    /// <summary>When it was last seen to hold.</summary>
    public DateTimeOffset? SeenAt { get; set; }

    /// <summary>What kept it from acting was told already, as long as it holds.</summary>
    public string? Told { get; set; }

    /// <summary>Of what can hold in two ways, in which it does: one does not count for the other.</summary>
    public string? Way { get; set; }
}

/// <param name="At">When it was, by a clock that was ahead.</param>
/// <param name="Seen">When that was noticed.</param>
internal sealed record SeenAhead(DateTimeOffset At, DateTimeOffset Seen);

/// <param name="Kept">Id of the evaluation that it belongs to.</param>
/// <param name="ProposalId">Null while it is not known whether there is one: it was set about, and that was written down first.</param>
/// <param name="Subject">The service that set it off.</param>
internal sealed record AwaitedOutcome(string Kept, string? ProposalId, string Subject, DateTimeOffset Since);

/// <summary>One look that did something, or nearly did.</summary>
internal sealed class PolicyEvaluationRow
{
    public required string Id { get; init; }
    public required string PolicyId { get; init; }
    public required string Tenant { get; init; }
    public required DateTimeOffset At { get; init; }

    /// <summary>Of the policy, as it was then.</summary>
    public required int Version { get; init; }
    public required PolicyStage Stage { get; init; }
    public required PolicyVerdict Verdict { get; set; }

    /// <summary>The service; empty where none is named.</summary>
    public required string Service { get; init; }

    /// <summary>What it acts on: another service, where the policy names a target.</summary>
    public required string Place { get; init; }
    public double? Value { get; init; }
    public required string Words { get; set; }
    public string? ProposalId { get; set; }
    public OutcomeVerdict? Outcome { get; set; }
    public ShadowAgreement? Agreement { get; set; }
}

/// <summary>How a policy in shadow did beside people.</summary>
/// <param name="Same">They did the same.</param>
/// <param name="Other">They did something else there.</param>
/// <param name="Nothing">They did nothing.</param>
/// <param name="Missed">They did what it does, and it would not have.</param>
internal sealed record ShadowTally(int Same, int Other, int Nothing, int Missed)
{
    public int Compared => Same + Other + Nothing;
}

/// <summary>The one row that every turn of the engine passes: who leads, and whether it is held.</summary>
internal sealed class PolicyTurnRow
{
    public int Id { get; init; }
    public bool Held { get; set; }
    public string? HeldBy { get; set; }
    public DateTimeOffset? HeldAt { get; set; }
    public string? HeldWhy { get; set; }

    /// <summary>The dashboard that looks, of several on one store.</summary>
    public string? LedBy { get; set; }
    public DateTimeOffset? LedUntil { get; set; }
    public DateTimeOffset? LookedAt { get; set; }
}
