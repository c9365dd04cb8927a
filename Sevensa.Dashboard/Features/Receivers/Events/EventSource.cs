using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers.Events;

/// <summary>How far somebody was told.</summary>
internal sealed record EventPlace(long Record, DateTimeOffset Alerts);

/// <summary>
/// What happened since a place, from the record and from the alerts that are kept. Both are kept anyway, so that nothing has to be
/// written down for receivers before they are told, and whoever was away is told in the end.
/// </summary>
internal sealed class EventSource(
    IRecordFeed record,
    IAlertFeed alerts,
    IProposals proposals,
    PublicAddress address,
    TimeProvider time
)
{
    /// <summary>Rows of the record that are looked through at once.</summary>
    public const int AtOnce = 200;

    /// <summary>More than a fleet has at once.</summary>
    private const int MostAlerts = 20_000;

    /// <summary>How far back alerts are looked for again: another dashboard's clock may be behind, its writing slow.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromMinutes(2);

    private static readonly Caller reader = new(
        "receivers",
        "Receivers",
        Role.Viewer,
        false,
        TenantSet.All,
        ApiScopes.Read
    );

    public async Task<EventPlace> NowAsync(CancellationToken cancellation) =>
        // So that nothing is told that was before.
        new(await record.LastAsync(cancellation), time.GetUtcNow() + Overlap);

    /// <summary>What of it somebody wants, oldest first, and how far that goes. May tell of alerts again that were told of before.</summary>
    /// <param name="wanted">By kind and tenant.</param>
    public async Task<(IReadOnlyList<OutwardEvent> Events, EventPlace Until)> AfterAsync(
        EventPlace place,
        Func<string, string?, bool> wanted,
        CancellationToken cancellation
    )
    {
        var began = time.GetUtcNow();
        var rows = await record.AfterAsync(place.Record, AtOnce, cancellation);
        var events = new List<OutwardEvent>();
        foreach (var row in rows)
        {
            if (EventKinds.Tells(row.Action) && wanted(row.Action, row.Tenant))
            {
                events.Add(await OfAsync(row, cancellation));
            }
            else if (
                IsOfPlan(row)
                && wanted(EventKinds.OfRotation(row.Action), row.Tenant)
                && await OfAsync(row, cancellation) is { } one
                && EventKinds.Rotates((string?)one.Data["proposal"]?["kind"])
            )
            {
                events.Add(one);
            }
        }
        var changed = await alerts.SinceAsync(place.Alerts - Overlap, MostAlerts, cancellation);
        foreach (var alert in changed)
        {
            var tenant = alert.Tenant.Length > 0 ? alert.Tenant : null;
            events.AddRange(Of(alert).Where(one => wanted(one.Kind, tenant)));
        }
        return (
            events,
            new EventPlace(rows.Count > 0 ? rows[^1].Number : place.Record, began > place.Alerts ? began : place.Alerts)
        );
    }

    /// <summary>An event by its id, as it was told; null when what it is about is not kept any more.</summary>
    public async Task<OutwardEvent?> FindAsync(string id, CancellationToken cancellation)
    {
        if (
            id.StartsWith("record-", StringComparison.Ordinal)
            && long.TryParse(id.AsSpan(7), NumberStyles.None, CultureInfo.InvariantCulture, out var number)
        )
        {
            return await record.FindAsync(number, cancellation) is { } row ? await OfAsync(row, cancellation) : null;
        }
        if (!id.StartsWith("alert-", StringComparison.Ordinal) || id.LastIndexOf('-') is not (> 6 and var dash))
        {
            return null;
        }
        return await alerts.FindAsync(id[6..dash].Split('.')[0], cancellation) is { } alert
            ? Of(alert).FirstOrDefault(one => one.Id == id)
            : null;
    }

    private static bool IsOfPlan(RecordedEvent row) =>
        row.Action.StartsWith("proposal.", StringComparison.Ordinal)
        || row.Action.StartsWith("action.", StringComparison.Ordinal);

    private async Task<OutwardEvent> OfAsync(RecordedEvent row, CancellationToken cancellation)
    {
        var isPlan = IsOfPlan(row);
        var data = new JsonObject
        {
            ["number"] = row.Number,
            ["action"] = row.Action,
            ["tenant"] = row.Tenant,
            ["target"] = row.Target,
            ["actor"] = new JsonObject
            {
                ["kind"] = row.Actor.Kind,
                ["id"] = row.Actor.Id,
                ["name"] = row.Actor.Name,
            },
            ["outcome"] = Word(row.Outcome),
            ["link"] = address
                .Of(
                    isPlan && row.Target is { } id
                        ? $"/approvals/{Uri.EscapeDataString(id)}"
                        : string.Create(CultureInfo.InvariantCulture, $"/audit?row={row.Number}#row-{row.Number}")
                )
                .AbsoluteUri,
        };
        if (!isPlan)
        {
            data["detail"] = row.Detail;
        }
        ToldPlan? told = null;
        if (isPlan && row.Target is { } plan && await proposals.FindAsync(reader, plan, cancellation) is { } proposal)
        {
            // What never changes of it, so that the same event is the same whenever it is sent.
            data["proposal"] = new JsonObject
            {
                ["id"] = proposal.Id,
                ["kind"] = proposal.Kind,
                ["title"] = proposal.Title,
                ["tenant"] = proposal.Tenant,
                ["target"] = proposal.Target,
                ["risk"] = Word(proposal.Risk),
                ["planHash"] = proposal.PlanHash,
            };
            told = new ToldPlan(
                proposal.Reason,
                proposal.State == ProposalState.Proposed,
                proposal.ApprovalsNeeded,
                proposal.ExpiresAt
            );
        }
        return new OutwardEvent(
            string.Create(CultureInfo.InvariantCulture, $"record-{row.Number}"),
            row.Action,
            row.Tenant,
            row.Target,
            row.At,
            data
        )
        {
            Plan = told,
        };
    }

    private IEnumerable<OutwardEvent> Of(Alert alert)
    {
        yield return Of(alert, "firing", alert.StartsAt, null);
        if (alert.EndsAt is { } end)
        {
            yield return Of(alert, "resolved", end, end);
        }
    }

    private OutwardEvent Of(Alert alert, string verb, DateTimeOffset at, DateTimeOffset? end)
    {
        var labels = new JsonObject();
        foreach (var (name, value) in alert.Labels.OrderBy(label => label.Key, StringComparer.Ordinal))
        {
            labels[name] = value;
        }
        return new OutwardEvent(
            // One that goes on after its end begins and ends once more.
            alert.Reopened == 0
                ? $"alert-{alert.Id}-{verb}"
                : string.Create(CultureInfo.InvariantCulture, $"alert-{alert.Id}.{alert.Reopened}-{verb}"),
            $"alert.{verb}",
            alert.Tenant.Length > 0 ? alert.Tenant : null,
            alert.Name,
            at,
            new JsonObject
            {
                ["id"] = alert.Id,
                ["tenant"] = alert.Tenant,
                ["name"] = alert.Name,
                ["service"] = alert.Service,
                ["severity"] = alert.Severity,
                ["summary"] = alert.Summary,
                ["startsAt"] = Time(alert.StartsAt),
                ["endsAt"] = end is { } over ? Time(over) : null,
                ["labels"] = labels,
                ["link"] = address
                    .Of(
                        alert.Tenant.Length > 0
                            ? $"/tenants/{Uri.EscapeDataString(alert.Tenant)}/alerts"
                            : "/alerts/unassigned"
                    )
                    .AbsoluteUri,
            }
        );
    }

    private static string Word<T>(T word)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(word.ToString());

    private static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString(MillisecondTime.Format, CultureInfo.InvariantCulture);
}
