using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>A proposal as it rests in the store. Loaded, changed and committed whole, under its version.</summary>
internal sealed class ProposalRow
{
    public required string Id { get; init; }
    public required string Kind { get; init; }
    public required string Title { get; init; }
    public required string Tenant { get; init; }
    public required string Target { get; init; }
    public required Risk Risk { get; init; }
    public required string PlanJson { get; init; }
    public required string PlanHash { get; init; }
    public required string EstimateJson { get; init; }
    public required string Reason { get; init; }
    public required string EvidenceJson { get; init; }
    public required string RequesterId { get; init; }
    public required string RequesterName { get; init; }
    public required string RequesterVia { get; init; }

    /// <summary>SHA-256 (hex) over the plan without its id: unique among what has not ended, so that one thing is asked for once, whoever asks.</summary>
    public string? Sameness { get; init; }
    public required int ApprovalsNeeded { get; init; }

    /// <summary>The host that carries it out; null when the dashboard does.</summary>
    public string? HostId { get; init; }
    public string? HostName { get; init; }

    /// <summary>For the durations of earlier runs: the service that is touched, or the target when none is.</summary>
    public required string Service { get; init; }
    public required DateTimeOffset CreatedAt { get; init; }
    public required DateTimeOffset ExpiresAt { get; init; }

    public ProposalState State { get; set; }
    public DateTimeOffset? DispatchedAt { get; set; }

    /// <summary>Last change or report.</summary>
    public DateTimeOffset TouchedAt { get; set; }
    public DateTimeOffset? EndedAt { get; set; }
    public string? OutcomeJson { get; set; }
    public double? DurationSeconds { get; set; }
    public string? Waiting { get; set; }
    public string? CancelAskedBy { get; set; }

    /// <summary>An executor has reported of it, so it certainly was begun.</summary>
    public bool Reported { get; set; }

    /// <summary>For the dashboard as executor: the instance at work renews this; once past, that instance is dead.</summary>
    public DateTimeOffset? LeaseUntil { get; set; }

    /// <summary>Rises with each instance that takes it on: what an earlier one still renews, tells or ends is not taken.</summary>
    public int LeaseEpoch { get; set; }
    public long LastEvent { get; set; }

    /// <summary>Of the newest event.</summary>
    public string EventsHash { get; set; } = "";

    /// <summary>Over the number and hash of the newest event, by the key file.</summary>
    public byte[]? EventsSeal { get; set; }
    public int Version { get; set; }

    public List<ProposalDecisionRow> Decisions { get; init; } = [];

    public bool InFlight => State is ProposalState.Dispatched or ProposalState.Running or ProposalState.Unknown;

    public IReadOnlyList<JsonElement> Evidence =>
        [.. JsonSerializer.Deserialize<JsonElement>(EvidenceJson).EnumerateArray()];

    public ActionPlan Plan => JsonSerializer.Deserialize(PlanJson, ActionJson.Default.ActionPlan)!;

    /// <summary>Where the executor is, in words.</summary>
    public string Where => HostName ?? HostId ?? "the dashboard";

    private PlanEstimate Estimate => JsonSerializer.Deserialize(EstimateJson, EstimateContext.Default.PlanEstimate)!;

    /// <summary>Whether its plan is about more than its own tenant, so that its record is not for all who see that.</summary>
    public bool NamesOthers => Estimate is { Others.Count: > 0 } or { OfNobody: true };

    /// <summary>Whether its tenant, and every other that its plan names, is the caller's to see.</summary>
    public bool IsSeenBy(Caller caller) =>
        caller.MaySee(Tenant)
        && (caller.Tenants.IsAll || (Estimate is { OfNobody: false } one && (one.Others ?? []).All(caller.MaySee)));

    public bool DecidedBy(Caller caller, string verdict) =>
        Decisions.Any(decision => decision.ById == caller.Subject && decision.Verdict == verdict);

    public ProposalDecisionRow DecisionOf(Caller caller, string verdict, string? comment, DateTimeOffset now) =>
        new()
        {
            ProposalId = Id,
            ById = caller.Subject,
            ByName = caller.Name,
            Verdict = verdict,
            At = now,
            Comment = string.IsNullOrWhiteSpace(comment) ? null : comment.Trim(),
            Counts = verdict == "approve",
            Client = StandingRight.Of(caller).Client,
            Token = StandingRight.Of(caller).Token,
        };

    public Proposal ToProposal() =>
        new(
            Id,
            Kind,
            Title,
            Tenant,
            Target,
            State,
            Risk,
            Plan,
            PlanHash,
            Estimate,
            Reason,
            Evidence,
            new Requester(RequesterId, RequesterName, RequesterVia),
            [
                .. Decisions
                    .OrderBy(decision => decision.Id)
                    .Select(decision => new Decision(
                        decision.ById,
                        decision.ByName,
                        decision.Verdict,
                        decision.At,
                        decision.Comment,
                        decision.Counts
                    )),
            ],
            ApprovalsNeeded,
            CreatedAt,
            ExpiresAt,
            DispatchedAt,
            EndedAt,
            OutcomeJson is null ? null : JsonSerializer.Deserialize(OutcomeJson, ActionJson.Default.ActionOutcome),
            Waiting
        );
}

/// <summary>Append-only.</summary>
internal sealed class ProposalDecisionRow
{
    public long Id { get; init; }
    public required string ProposalId { get; init; }
    public required string ById { get; init; }
    public required string ByName { get; init; }
    public required string Verdict { get; init; }
    public required DateTimeOffset At { get; init; }
    public string? Comment { get; init; }
    public required bool Counts { get; init; }

    /// <summary>The program, and the token, by which it was given; null in a browser. It counts as long as they stand.</summary>
    public string? Client { get; init; }

    /// <inheritdoc cref="Client"/>
    public string? Token { get; init; }

    public StandingRight Right => new(ById, true, Client, Token);
}

/// <summary>Append-only.</summary>
internal sealed class ProposalEventRow
{
    public required string ProposalId { get; init; }

    /// <summary>Rises by one within the proposal.</summary>
    public required long Id { get; init; }
    public required string Type { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string DataJson { get; init; }

    /// <summary>Sequence of the executor's report that this is; unique, so that a repeated report is stored once.</summary>
    public long? Report { get; init; }

    /// <summary>SHA-256 (hex) of this event and of the hash before it.</summary>
    public string Hash { get; set; } = "";
}

/// <summary>The busy guard: a thing that an action under way holds. The key is unique, so one action at a time.</summary>
internal sealed class ProposalClaimRow
{
    public required string Key { get; init; }
    public required string ProposalId { get; init; }
}

/// <summary>The one row that every dispatch passes.</summary>
internal sealed class DispatchHoldRow
{
    public int Id { get; init; }
    public bool Held { get; set; }
    public string? ByName { get; set; }
    public DateTimeOffset? At { get; set; }
    public string? Reason { get; set; }
    public long Passed { get; set; }
}
