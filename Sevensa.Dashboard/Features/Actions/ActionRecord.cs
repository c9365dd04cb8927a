using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Audit.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Writes what executors report: state, event and, where something is done or a state changes, the row of the record together, each report once.</summary>
internal sealed class ActionRecord(
    ProposalStore store,
    IAuditLog audit,
    ProposalChanges changes,
    TimeProvider time,
    ILogger<ActionRecord> log
)
{
    /// <summary>Stores a report of an executor. Returning means it is stored (or was before): it need not be sent again.</summary>
    /// <param name="hostId">The host it came from; null for the dashboard as executor.</param>
    /// <param name="epoch">Of the instance at work, for the dashboard as executor.</param>
    /// <exception cref="TakenOverException">Another instance is at work on it: nothing was taken.</exception>
    public async Task ReportAsync(
        string? hostId,
        ActionReport report,
        CancellationToken cancellation,
        int? epoch = null
    )
    {
        while (true)
        {
            var row = await store.FindAsync(report.ActionId, cancellation);
            if (row is null || row.HostId != hostId)
            {
                log.LogWarning(
                    "A report for action {Action} came from {Host}, which does not run it",
                    report.ActionId,
                    hostId
                );
                if (row is not null)
                {
                    await audit.AppendAsync(
                        Entry(
                            new AuditActor("runner", hostId ?? "dashboard", hostId ?? "Dashboard"),
                            "action.report",
                            row,
                            AuditOutcome.Refused,
                            $"It told of an action that is {row.Where}'s to run. Nothing was taken from it."
                        ),
                        cancellation
                    );
                }
                return;
            }
            if (epoch is { } mine && row.LeaseEpoch != mine)
            {
                throw new TakenOverException(row.Id);
            }
            var known = await store.HasReportAsync(row.Id, report.Sequence, cancellation);
            var change = new ProposalChange(row, time.Milliseconds());
            AuditEntry? entry = null;
            row.Reported = true;
            if (known)
            {
                // Still at work after all, as the journal says when it is asked.
                if (row.State != ProposalState.Unknown || row.OutcomeJson is not null || report.Outcome is not null)
                {
                    return;
                }
                change.Become(ProposalState.Running);
            }
            else if (ProposalStates.IsEnd(row.State))
            {
                await LateAsync(row, report, cancellation);
                return;
            }
            else if (report is { Type: "outcome", Outcome: { } outcome })
            {
                entry = OutcomeEntry(row, outcome);
                change.Conclude(outcome, report.Sequence);
            }
            else
            {
                if (row.State is ProposalState.Dispatched || row is { State: ProposalState.Unknown, OutcomeJson: null })
                {
                    change.Become(ProposalState.Running);
                }
                if (report is { Type: "step", Status: "done" or "failed" })
                {
                    entry = StepEntry(row, report);
                }
                change.Tell(report.Type, Data(row, report), report.Sequence);
            }
            var committed = entry is null
                ? await store.CommitAsync(change, cancellation)
                : await store.CommitAsync(change, audit, entry, cancellation);
            if (committed == Commit.Done)
            {
                changes.Raise(row.Id);
                return;
            }
        }
    }

    /// <summary>What is told of an action that was called ended does not change its end; that a step was done is on record all the same.</summary>
    private async Task LateAsync(ProposalRow row, ActionReport report, CancellationToken cancellation)
    {
        log.LogWarning(
            "{Where} told of action {Action}, which had ended {State}: {Type} {Status} {Text}",
            row.Where,
            row.Id,
            row.State,
            report.Type,
            report.Status,
            report.Text
        );
        if (report is { Type: "step", Status: "done" or "failed" })
        {
            var entry = StepEntry(row, report);
            await audit.AppendAsync(
                entry with
                {
                    Detail = $"{entry.Detail} (told after the action had been called ended)",
                },
                cancellation
            );
        }
    }

    /// <summary>Ends an action that its executor did not (or could not) report on.</summary>
    public async Task ConcludeAsync(string id, ActionOutcome outcome, CancellationToken cancellation)
    {
        while (await store.FindAsync(id, cancellation) is { } row)
        {
            if (!ProposalStates.MayBecome(row.State, outcome.State))
            {
                return;
            }
            var entry = OutcomeEntry(row, outcome);
            var change = new ProposalChange(row, time.Milliseconds()).Conclude(outcome);
            if (await store.CommitAsync(change, audit, entry, cancellation) == Commit.Done)
            {
                changes.Raise(id);
                return;
            }
        }
    }

    /// <summary>Nobody can say now what became of it. Not an end: it is reconciled.</summary>
    /// <param name="epoch">As whoever says so took it on; who lost it says nothing of it.</param>
    public async Task UnknownAsync(string id, string why, CancellationToken cancellation, int? epoch = null)
    {
        while (
            await store.FindAsync(id, cancellation) is { State: ProposalState.Dispatched or ProposalState.Running } row
        )
        {
            if (epoch is { } mine && row.LeaseEpoch != mine)
            {
                return;
            }
            var entry = Entry(AuditActor.System, "action.unknown", row, AuditOutcome.Failed, why);
            var change = new ProposalChange(row, time.Milliseconds()).Become(
                ProposalState.Unknown,
                new JsonObject { ["text"] = why }
            );
            if (await store.CommitAsync(change, audit, entry, cancellation) == Commit.Done)
            {
                changes.Raise(id);
                return;
            }
        }
    }

    /// <summary>Somebody goes on with what was unknown: it is under way again.</summary>
    public async Task ResumedAsync(string id, CancellationToken cancellation)
    {
        while (await store.FindAsync(id, cancellation) is { InFlight: true } row)
        {
            var entry = Entry(AuditActor.System, "action.resumed", row);
            row.OutcomeJson = null;
            var change = new ProposalChange(row, time.Milliseconds());
            var words = new JsonObject { ["text"] = "It is gone on with after its last step." };
            if (row.State == ProposalState.Running)
            {
                change.Tell("progress", words);
            }
            else
            {
                change.Become(ProposalState.Running, words);
            }
            if (await store.CommitAsync(change, audit, entry, cancellation) == Commit.Done)
            {
                changes.Raise(id);
                return;
            }
        }
    }

    public static AuditEntry Entry(
        AuditActor actor,
        string action,
        ProposalRow row,
        AuditOutcome outcome = AuditOutcome.Ok,
        string? detail = null
    ) =>
        new(
            actor,
            action,
            row.NamesOthers ? null : row.Tenant,
            row.Id,
            outcome,
            detail is null ? row.Title : $"{row.Title}. {detail}",
            Before: Word(row.State)
        );

    public static JsonElement Word(ProposalState state) =>
        JsonSerializer.SerializeToElement(state, ActionJson.Default.ProposalState);

    private static AuditEntry StepEntry(ProposalRow row, ActionReport report)
    {
        var step = row.Plan.Steps.FirstOrDefault(step => step.Number == report.Step);
        return Entry(
            Executor(row),
            $"action.step.{report.Status}",
            row,
            report.Status == "done" ? AuditOutcome.Ok : AuditOutcome.Failed,
            $"Step {report.Step}: {step?.Title}"
        ) with
        {
            Before = JsonSerializer.SerializeToElement(new { step = report.Step, status = "started" }),
            After = JsonSerializer.SerializeToElement(
                new
                {
                    step = report.Step,
                    status = report.Status,
                    text = report.Text,
                }
            ),
        };
    }

    private static AuditActor Executor(ProposalRow row) =>
        row.HostId is { } host ? new AuditActor("runner", host, row.Where) : AuditActor.System;

    private static AuditEntry OutcomeEntry(ProposalRow row, ActionOutcome outcome)
    {
        var word = JsonNamingPolicy.CamelCase.ConvertName(outcome.State.ToString());
        return Entry(
            Executor(row),
            $"action.{word}",
            row,
            outcome.State switch
            {
                ProposalState.Succeeded or ProposalState.Cancelled => AuditOutcome.Ok,
                ProposalState.Refused => AuditOutcome.Refused,
                _ => AuditOutcome.Failed,
            },
            outcome.Differences is { Count: > 0 } differences
                ? $"{outcome.Text} {string.Join("; ", differences)}"
                : outcome.Text
        ) with
        {
            Before = Seen(row.State, row.Plan.Containers),
            After = Seen(outcome.State, outcome.After),
        };
    }

    /// <summary>State of the action, and of what it touches.</summary>
    private static JsonElement Seen(ProposalState state, IReadOnlyList<PlanContainer>? containers) =>
        JsonSerializer.SerializeToElement(
            new
            {
                state = JsonNamingPolicy.CamelCase.ConvertName(state.ToString()),
                containers = containers?.Select(container => new
                {
                    name = container.Name,
                    id = container.Id,
                    image = container.ImageDigest,
                    configuration = container.ConfigHash,
                    state = container.State,
                }),
            }
        );

    private static JsonObject Data(ProposalRow row, ActionReport report)
    {
        var data = new JsonObject();
        if (report.Step is { } number)
        {
            data["step"] = number;
            if (row.Plan.Steps.FirstOrDefault(step => step.Number == number) is { } step)
            {
                data["title"] = step.Title;
            }
        }
        if (report.Status is { } status)
        {
            data["status"] = status;
        }
        if (report.Text is { } text)
        {
            data["text"] = text;
        }
        return data;
    }
}

/// <summary>Another instance has taken the action over: whoever had it does nothing more of it.</summary>
internal sealed class TakenOverException(string id) : Exception($"Another dashboard is at work on action {id}.");

internal static class MillisecondClock
{
    /// <summary>Now, as exact as the store keeps it: what is signed equals what is stored.</summary>
    public static DateTimeOffset Milliseconds(this TimeProvider time) =>
        DateTimeOffset.FromUnixTimeMilliseconds(time.GetUtcNow().ToUnixTimeMilliseconds());
}
