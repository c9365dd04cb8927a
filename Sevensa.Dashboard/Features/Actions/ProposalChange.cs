using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Everything that one step in a proposal's life writes; committed in one transaction or not at all.</summary>
internal sealed class ProposalChange(ProposalRow row, DateTimeOffset now)
{
    private readonly List<ProposalEventRow> events = [];
    private bool decisionTold;

    public ProposalRow Row => row;

    public DateTimeOffset Now => now;

    public ProposalDecisionRow? Decision { get; private set; }

    public IReadOnlyList<ProposalEventRow> Events => events;

    /// <summary>The change hands the action to an executor: it must pass the emergency stop and take the busy guard.</summary>
    public bool Dispatches { get; private set; }

    /// <summary>The change is what ends it; of what had ended before, whoever waits for the end was told then.</summary>
    public bool Ends { get; private set; }

    /// <summary>Adds a decision; the state that it leads to, told next, bears it out.</summary>
    public ProposalChange Decide(ProposalDecisionRow decision)
    {
        Decision = decision;
        row.Decisions.Add(decision);
        return this;
    }

    /// <summary>Moves to another state, with its event.</summary>
    /// <exception cref="InvalidOperationException">The states don't allow it: a defect.</exception>
    public ProposalChange Become(ProposalState state, JsonObject? data = null, long? report = null)
    {
        if (!ProposalStates.MayBecome(row.State, state))
        {
            throw new InvalidOperationException($"A proposal that is {row.State} can't become {state}.");
        }
        row.State = state;
        row.Waiting = null;
        if (state == ProposalState.Dispatched)
        {
            Dispatches = true;
            row.DispatchedAt = now;
        }
        if (ProposalStates.IsEnd(state))
        {
            row.EndedAt = now;
            row.LeaseUntil = null;
            Ends = true;
        }
        data ??= [];
        data["state"] = JsonNamingPolicy.CamelCase.ConvertName(state.ToString());
        return Tell("state", data, report);
    }

    /// <summary>Ends the action (or leaves it unknown) with what its executor or Docker showed.</summary>
    public ProposalChange Conclude(ActionOutcome outcome, long? report = null)
    {
        var json = JsonSerializer.Serialize(outcome, ActionJson.Default.ActionOutcome);
        row.OutcomeJson = json;
        row.DurationSeconds = outcome.DurationSeconds;
        if (outcome.State == ProposalState.Unknown)
        {
            return row.State == ProposalState.Unknown
                ? Tell("progress", new JsonObject { ["text"] = outcome.Text }, report)
                : Become(outcome.State, new JsonObject { ["text"] = outcome.Text }, report);
        }
        Become(outcome.State, new JsonObject { ["text"] = outcome.Text });
        return Tell("outcome", JsonNode.Parse(json)!.AsObject(), report);
    }

    public ProposalChange Tell(string type, JsonObject data, long? report = null)
    {
        if (type == "state" && Decision is { } decision && !decisionTold)
        {
            // So that the decisions, which are rows of their own, are as little to be taken away or put in as the events.
            data["decision"] = ProposalEventChain.HashOf(decision);
            decisionTold = true;
        }
        data["at"] = now.UtcDateTime.ToString(
            Platform.Http.MillisecondTime.Format,
            System.Globalization.CultureInfo.InvariantCulture
        );
        row.TouchedAt = now;
        var told = new ProposalEventRow
        {
            ProposalId = row.Id,
            Id = ++row.LastEvent,
            Type = type,
            At = now,
            DataJson = data.ToJsonString(),
            Report = report,
        };
        told.Hash = row.EventsHash = ProposalEventChain.HashOf(row.EventsHash, told);
        events.Add(told);
        return this;
    }
}

/// <summary>Which state may follow which.</summary>
internal static class ProposalStates
{
    private static readonly Dictionary<ProposalState, ProposalState[]> Next = new()
    {
        [ProposalState.Proposed] =
        [
            ProposalState.Approved,
            ProposalState.Rejected,
            ProposalState.Withdrawn,
            ProposalState.Expired,
        ],
        [ProposalState.Approved] =
        [
            ProposalState.Dispatched,
            ProposalState.Rejected,
            ProposalState.Withdrawn,
            ProposalState.Expired,
            ProposalState.Refused,
        ],
        // Expired: the host says it never saw it, and by now it would not begin it.
        [ProposalState.Dispatched] =
        [
            ProposalState.Running,
            ProposalState.Succeeded,
            ProposalState.Failed,
            ProposalState.RolledBack,
            ProposalState.Cancelled,
            ProposalState.Refused,
            ProposalState.Unknown,
            ProposalState.Expired,
        ],
        [ProposalState.Running] =
        [
            ProposalState.Succeeded,
            ProposalState.Failed,
            ProposalState.RolledBack,
            ProposalState.Cancelled,
            ProposalState.Refused,
            ProposalState.Unknown,
        ],
        [ProposalState.Unknown] =
        [
            ProposalState.Running,
            ProposalState.Succeeded,
            ProposalState.Failed,
            ProposalState.RolledBack,
            ProposalState.Cancelled,
            ProposalState.Refused,
            ProposalState.Expired,
        ],
    };

    public static bool MayBecome(ProposalState from, ProposalState to) =>
        Next.GetValueOrDefault(from)?.Contains(to) == true;

    public static bool IsEnd(ProposalState state) => !Next.ContainsKey(state);
}
