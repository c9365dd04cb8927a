using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Format;
using Sevensa.Dashboard.Ui.Plans;

namespace Sevensa.Dashboard.Features.Actions.Components;

/// <summary>A proposal in the words and colours of the screen.</summary>
internal static class ProposalText
{
    public static State Colour(Proposal proposal) =>
        proposal.State switch
        {
            ProposalState.Succeeded => State.Ok,
            ProposalState.Failed or ProposalState.RolledBack => State.Crit,
            ProposalState.Refused or ProposalState.Unknown => State.Warn,
            ProposalState.Proposed or ProposalState.Approved => State.Info,
            ProposalState.Dispatched or ProposalState.Running => State.Info,
            _ => State.Unknown,
        };

    public static string Word(ProposalState state) =>
        state switch
        {
            ProposalState.Proposed => "waits for approval",
            ProposalState.Approved => "approved, waits",
            ProposalState.Dispatched => "sent",
            ProposalState.RolledBack => "rolled back",
            ProposalState.Unknown => "outcome unknown",
            _ => state.ToString().ToLowerInvariant(),
        };

    public static State Colour(Risk risk) =>
        risk switch
        {
            Risk.High => State.Crit,
            Risk.Medium => State.Warn,
            _ => State.Unknown,
        };

    public static string RiskWord(Proposal proposal)
    {
        var risk = $"{proposal.Risk.ToString().ToLowerInvariant()} risk";
        var given = proposal.Approvals.Count(decision => decision.Verdict == "approve");
        return proposal.ApprovalsNeeded > 1 ? $"{risk} · {given} of {proposal.ApprovalsNeeded} approvals" : risk;
    }

    /// <summary>Kinds to choose from, in words, in their order: "Roll … back (service)". What they are about tells alike ones apart.</summary>
    public static IEnumerable<(string Words, IActionKind Kind)> Kinds(IEnumerable<IActionKind> all) =>
        all.Select(kind => (Words(kind), kind)).OrderBy(one => one.Item1, StringComparer.Ordinal);

    public static string Words(IActionKind kind) => $"{kind.Title("…")} ({kind.Name.Split('.')[0].Replace('-', ' ')})";

    /// <summary>"restart" of <c>container.restart</c>, for a button.</summary>
    public static string Verb(Proposal proposal) =>
        proposal.Kind[(proposal.Kind.LastIndexOf('.') + 1)..] is var verb && verb == "enter" ? "entry" : verb;

    public static PlanDetail Detail(Proposal proposal)
    {
        var plan = proposal.Plan;
        var rows = new List<PlanRow> { new("Where", Where(plan)) };
        if (Parameters(plan) is { Length: > 0 } parameters)
        {
            rows.Add(new PlanRow("With", parameters));
        }
        rows.Add(new PlanRow("Touches", Touches(proposal)));
        rows.AddRange((proposal.Estimate.Notes ?? []).Select(note => new PlanRow("Mind", note)));
        rows.Add(new PlanRow("Leaves alone", string.Join(" · ", plan.Untouched)));
        if (Downtime(proposal.Estimate) is { } downtime)
        {
            rows.Add(new PlanRow("Takes", downtime));
        }
        rows.Add(new PlanRow("Then checks", plan.Verification.Text));
        rows.Add(new PlanRow("If not", plan.Undo.Text));
        return new PlanDetail([.. plan.Changes.SelectMany(Lines)], rows, proposal.PlanHash);
    }

    private static IEnumerable<PlanLine> Lines(PlanChange change)
    {
        if (change.Before is { } before)
        {
            yield return new PlanLine(PlanMark.Removed, $"{change.What}: {before}");
        }
        if (change.After is { } after)
        {
            yield return new PlanLine(PlanMark.Added, $"{change.What}: {after}");
        }
    }

    private static string Where(ActionPlan plan)
    {
        var host = plan.Executor.HostName ?? plan.Executor.HostId ?? "the dashboard itself";
        return plan.Containers.Count switch
        {
            0 => $"{host} · {plan.Target}",
            1 => $"{host} · container {Short(plan.Containers[0].Id)}",
            var count =>
                $"{host} · {count} containers: {string.Join(", ", plan.Containers.Select(found => found.Name))}",
        };
    }

    private static string Touches(Proposal proposal)
    {
        var images = proposal.Plan.Containers.Select(found => found.Image).Distinct(StringComparer.Ordinal).ToList();
        var whose = string.Join(
            ", ",
            (proposal.Estimate.Blast ?? []).Select(one => one.Tenant).Prepend(proposal.Tenant).Distinct()
        );
        whose = whose == proposal.Tenant ? $"{whose} only" : $"{whose}: others stand behind it";
        var text = images.Count == 0 ? whose : $"{whose} · {string.Join(", ", images)}";
        if (proposal.Estimate.Blast is { Count: > 0 } blast)
        {
            var through = blast.Select(one =>
                one.RequestsPerMinute is { } passing
                    ? string.Create(CultureInfo.InvariantCulture, $"{one.Tenant} {one.Service} {passing:0.#}")
                    : $"{one.Tenant} {one.Service} not known"
            );
            return $"{text} · requests a minute: {string.Join(", ", through)}";
        }
        return proposal.Estimate.RequestsPerMinute is { } rate
            ? string.Create(CultureInfo.InvariantCulture, $"{text} · {rate:0.#} requests a minute pass through it")
            : text;
    }

    private static string? Downtime(PlanEstimate estimate) =>
        estimate.DowntimeSeconds is { } seconds
            ? $"about {Duration.Seconds(seconds)} (earlier: {string.Join(", ", estimate.EarlierSeconds.Select(earlier => Duration.Seconds(earlier)))})"
            : null;

    private static string Parameters(ActionPlan plan) =>
        plan.Parameters.ValueKind == JsonValueKind.Object
            ? string.Join(
                " · ",
                plan.Parameters.EnumerateObject()
                    .Select(parameter => ParameterWords.Of(parameter.Name, parameter.Value))
            )
            : "";

    private static string Short(string id) => id.Length > 12 ? id[..12] : id;

    /// <summary>A message about the proposal; its time follows.</summary>
    public static string Words(Told told)
    {
        var what = told.OfOutcome ? "of the outcome" : "that it waits";
        return told switch
        {
            { Sent: true } => $"{told.By}: told {what}",
            { GivenUp: true } => $"{told.By}: not told {what}. {told.Trouble} Given up",
            { Trouble: { } trouble } => $"{told.By}: not told {what} yet. {trouble} Tried again",
            _ => $"{told.By}: to be told {what}",
        };
    }
}
