using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Alerts.Silences;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts.Incidents;

/// <summary>An incident or planned maintenance as it is entered.</summary>
/// <param name="Text">The first words for clients.</param>
/// <param name="AlertId">The alert that an incident is opened from; title, services and start follow it where they are left out.</param>
/// <param name="Published">Shown to the tenant's own people.</param>
/// <param name="Silence">For maintenance: alerts of the services are silenced meanwhile.</param>
internal sealed record IncidentAsked(
    string? Title,
    string? Text,
    IncidentImpact? Impact = null,
    IReadOnlyList<string>? Services = null,
    DateTimeOffset? StartsAt = null,
    DateTimeOffset? EndsAt = null,
    string? AlertId = null,
    bool? Published = true,
    bool? Silence = false
);

/// <summary>What is said next about an incident.</summary>
/// <param name="State">Left out: it stays what it is.</param>
internal sealed record UpdateAsked(string? Text, IncidentState? State = null, IncidentImpact? Impact = null);

/// <summary>Answered as 422.</summary>
internal sealed class UnfitIncidentException(string message) : Exception(message);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownIncidentException(string tenant, string id)
    : Exception($"{tenant} has no incident or maintenance \"{StoreText.Shorten(id, 60)}\".");

/// <summary>
/// Incidents and maintenance: who may enter them, how they go on, and the record of it. What a session in doubt says is shown to
/// nobody outside.
/// </summary>
internal sealed class IncidentDesk(
    IncidentsStore store,
    AlertsStore alerts,
    SilenceDesk silences,
    IStepUp stepUp,
    IAuditLog audit,
    AlertNews news,
    TimeProvider time
) : IIncidents
{
    private const int LongestTitle = 200;
    private const int LongestText = 5000;
    private static readonly TimeSpan LongestMaintenance = TimeSpan.FromDays(31);

    private static readonly IncidentState[] OfIncident =
    [
        IncidentState.Investigating,
        IncidentState.Identified,
        IncidentState.Monitoring,
        IncidentState.Resolved,
    ];

    private static readonly IncidentState[] OfMaintenance =
    [
        IncidentState.Scheduled,
        IncidentState.InProgress,
        IncidentState.Completed,
        IncidentState.Cancelled,
    ];

    public IDisposable OnChange(Action changed) => news.OnChange(changed);

    public async Task<IReadOnlyList<Incident>> BetweenAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        bool publishedOnly,
        CancellationToken cancellation
    )
    {
        var one = scope.Narrow(tenant).Tenants[0];
        return
        [
            .. (await store.BetweenAsync(one, from, to, cancellation))
                .Where(found => found.Incident.Published || !publishedOnly)
                .Select(found => Of(found.Incident, found.Updates)),
        ];
    }

    public async Task<Incident> FindAsync(string tenant, string id, CancellationToken cancellation) =>
        await store.FindAsync(tenant, id, cancellation) is var (row, updates)
            ? Of(row, updates)
            : throw new UnknownIncidentException(tenant, id);

    public async Task<Incident> OpenAsync(
        Caller caller,
        string tenant,
        IncidentAsked asked,
        CancellationToken cancellation
    )
    {
        Require(caller);
        await MayShowAsync(caller, asked.Published ?? true, cancellation);
        AlertRow? alert = null;
        if (asked.AlertId is { Length: > 0 } from)
        {
            alert =
                await alerts.FindAsync(tenant, from, cancellation)
                ?? throw new UnfitIncidentException($"{tenant} has no alert of that id.");
        }
        var now = time.GetUtcNow();
        var starts = asked.StartsAt ?? alert?.StartsAt ?? now;
        if (starts > now.AddMinutes(1))
        {
            throw new UnfitIncidentException("An incident began in the past. What is planned is maintenance.");
        }
        if (asked.EndsAt is { } ended && (ended < starts || ended > now))
        {
            throw new UnfitIncidentException("It ended after it began, and not in the future.");
        }
        var state = asked.EndsAt is null ? IncidentState.Investigating : IncidentState.Resolved;
        var row = new IncidentRow
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            Tenant = tenant,
            Kind = IncidentKind.Incident,
            Title = Title(asked.Title ?? (alert is null ? null : Words(alert))),
            State = state,
            Impact = asked.Impact ?? (alert?.Severity == "critical" ? IncidentImpact.Major : IncidentImpact.Minor),
            Services = Services(asked.Services ?? (alert?.Service is { Length: > 0 } service ? [service] : null)),
            StartsAt = starts,
            EndsAt = asked.EndsAt,
            Published = asked.Published ?? true,
            AlertId = alert?.Id,
            CreatedBy = caller.Name,
            UpdatedAt = now,
        };
        return await AddAsync(caller, "incident.opened", row, Text(asked.Text), cancellation);
    }

    public async Task<Incident> PlanAsync(
        Caller caller,
        TenantScope scope,
        string tenant,
        IncidentAsked asked,
        CancellationToken cancellation
    )
    {
        Require(caller);
        await MayShowAsync(caller, asked.Published ?? true, cancellation);
        var now = time.GetUtcNow();
        if (asked.StartsAt is not { } starts || asked.EndsAt is not { } ends)
        {
            throw new UnfitIncidentException("Planned maintenance has a start and an end.");
        }
        if (ends <= starts || ends <= now)
        {
            throw new UnfitIncidentException("It must end after it starts, and in the future.");
        }
        if (ends - starts > LongestMaintenance)
        {
            throw new UnfitIncidentException($"Maintenance lasts at most {LongestMaintenance.TotalDays:0} days.");
        }
        var row = new IncidentRow
        {
            Id = Guid.CreateVersion7(now).ToString("n"),
            Tenant = tenant,
            Kind = IncidentKind.Maintenance,
            Title = Title(asked.Title),
            State = IncidentState.Scheduled,
            Impact = asked.Impact ?? IncidentImpact.Minor,
            Services = Services(asked.Services),
            StartsAt = starts,
            EndsAt = ends,
            Published = asked.Published ?? true,
            CreatedBy = caller.Name,
            UpdatedAt = now,
        };
        var text = Text(asked.Text);
        if (asked.Silence == true)
        {
            var silence = await silences.CreateAsync(
                caller,
                scope,
                tenant,
                new SilenceAsked(
                    row.Services.Count == 0
                        ? []
                        :
                        [
                            new SilenceMatcher(
                                "service",
                                string.Join('|', row.Services.Select(Regex.Escape)),
                                IsRegex: true
                            ),
                        ],
                    starts,
                    ends,
                    $"Maintenance: {row.Title}"
                ),
                cancellation
            );
            row.SilenceId = silence.Id;
        }
        return await AddAsync(caller, "maintenance.planned", row, text, cancellation);
    }

    /// <summary>Says more, and perhaps that it is in another state.</summary>
    public async Task<Incident> SayAsync(
        Caller caller,
        string tenant,
        string id,
        UpdateAsked asked,
        CancellationToken cancellation
    )
    {
        Require(caller);
        var before = await FindAsync(tenant, id, cancellation);
        await MayShowAsync(caller, before.Published, cancellation);
        var (text, now) = (Text(asked.Text), time.GetUtcNow());
        var state = asked.State ?? before.State;
        var allowed = before.Kind == IncidentKind.Incident ? OfIncident : OfMaintenance;
        if (!allowed.Contains(state))
        {
            throw new UnfitIncidentException(
                $"{(before.Kind == IncidentKind.Incident ? "An incident" : "Maintenance")} is {string.Join(", ", allowed.Select(Word))}."
            );
        }
        await RecordAsync(caller, $"{Kind(before)}.updated", before, text, state, cancellation);
        await store.ChangeAsync(
            tenant,
            id,
            row =>
            {
                // Who only says more leaves it as it is now, which somebody else may have said a moment ago.
                state = asked.State ?? row.State;
                row.State = state;
                row.Impact = asked.Impact ?? row.Impact;
                row.UpdatedAt = now;
                row.EndsAt = row.Kind switch
                {
                    IncidentKind.Incident => state == IncidentState.Resolved ? row.EndsAt ?? now : null,
                    // What was planned for later is over when somebody says so.
                    _ when state is IncidentState.Completed or IncidentState.Cancelled && row.EndsAt > now =>
                        row.StartsAt > now ? row.StartsAt : now,
                    _ => row.EndsAt,
                };
                return Said(id, now, state, text, caller.Name);
            },
            cancellation
        );
        if (
            before is { SilenceId: { } silence, IsOpen: true }
            && state is IncidentState.Completed or IncidentState.Cancelled
        )
        {
            await EndSilenceAsync(caller, tenant, before.SilenceId!, cancellation);
        }
        news.Raise();
        return await FindAsync(tenant, id, cancellation);
    }

    /// <summary>Shows it to the tenant's people, or no longer.</summary>
    public async Task<Incident> PublishAsync(
        Caller caller,
        string tenant,
        string id,
        bool published,
        CancellationToken cancellation
    )
    {
        Require(caller);
        await MayShowAsync(caller, published, cancellation);
        var before = await FindAsync(tenant, id, cancellation);
        await RecordAsync(
            caller,
            published ? $"{Kind(before)}.published" : $"{Kind(before)}.withheld",
            before,
            before.Title,
            before.State,
            cancellation
        );
        await store.ChangeAsync(
            tenant,
            id,
            row =>
            {
                row.Published = published;
                return null;
            },
            cancellation
        );
        news.Raise();
        return await FindAsync(tenant, id, cancellation);
    }

    /// <summary>Those of the last 90 days, those that go on, and what is planned; newest first.</summary>
    /// <param name="open">Only those that go on or are planned, or only those that are over; null for all.</param>
    public async Task<Page<Incident>> PageAsync(
        TenantScope scope,
        string tenant,
        IncidentKind kind,
        bool? open,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        var one = scope.Narrow(tenant).Tenants[0];
        var page = await store.PageAsync(one, kind, open, time.GetUtcNow(), asked, cancellation);
        return page.Select(found => Of(found.Incident, found.Updates));
    }

    internal Incident Of(IncidentRow row, IReadOnlyList<IncidentUpdateRow> updates) =>
        new(
            row.Id,
            row.Tenant,
            row.Kind,
            row.Title,
            StateAt(row, time.GetUtcNow()),
            row.Impact,
            row.Services,
            row.StartsAt,
            row.EndsAt,
            row.Published,
            row.AlertId,
            row.SilenceId,
            row.CreatedBy,
            row.UpdatedAt,
            [.. updates.Select(update => new IncidentUpdate(update.At, update.State, update.Text, update.By))]
        );

    /// <summary>Maintenance goes by the clock where nobody said otherwise.</summary>
    internal static IncidentState StateAt(IncidentRow row, DateTimeOffset now) =>
        row.Kind == IncidentKind.Maintenance && row.State is IncidentState.Scheduled or IncidentState.InProgress
            ? row.EndsAt <= now
                ? IncidentState.Completed
                : row.StartsAt <= now
                    ? IncidentState.InProgress
                    : row.State
            : row.State;

    private async Task<Incident> AddAsync(
        Caller caller,
        string action,
        IncidentRow row,
        string text,
        CancellationToken cancellation
    )
    {
        var incident = Of(row, []);
        await RecordAsync(caller, action, incident, text, row.State, cancellation);
        await store.AddAsync(row, [Said(row.Id, row.UpdatedAt, row.State, text, caller.Name)], cancellation);
        news.Raise();
        return await FindAsync(row.Tenant, row.Id, cancellation);
    }

    private async Task EndSilenceAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        try
        {
            await silences.ExpireAsync(caller, tenant, id, cancellation);
        }
        catch (Exception exception) when (exception is UnknownSilenceException or Platform.Http.UpstreamException)
        {
            // It ends by itself at the time that was planned; the page shows it as long as it lasts.
        }
    }

    private Task RecordAsync(
        Caller caller,
        string action,
        Incident incident,
        string text,
        IncidentState state,
        CancellationToken cancellation
    ) =>
        audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                action,
                incident.Tenant,
                incident.Id,
                Detail: $"{incident.Title}: {StoreText.Shorten(text, 300)}",
                Before: JsonSerializer.SerializeToElement(incident.State, JsonSerializerOptions.Web),
                After: JsonSerializer.SerializeToElement(state, JsonSerializerOptions.Web)
            ),
            cancellation
        );

    /// <param name="published">Whether clients, and whoever has a public link, read it.</param>
    private Task MayShowAsync(Caller caller, bool published, CancellationToken cancellation) =>
        published ? stepUp.RequireClearAsync(caller, "incident.show", cancellation) : Task.CompletedTask;

    private static void Require(Caller caller)
    {
        if (!caller.MayHandleAlerts)
        {
            throw new ForbiddenException("Incidents and maintenance are entered by operators and administrators.");
        }
    }

    private static IncidentUpdateRow Said(string id, DateTimeOffset at, IncidentState state, string text, string by) =>
        new()
        {
            IncidentId = id,
            At = at,
            State = state,
            Text = text,
            By = by,
        };

    private static string Kind(Incident incident) =>
        incident.Kind == IncidentKind.Incident ? "incident" : "maintenance";

    private static string Words(AlertRow alert) =>
        alert.Summary.Length > 0 ? alert.Summary
        : alert.Service.Length > 0 ? $"{alert.Name} on {alert.Service}"
        : alert.Name;

    private static string Word(IncidentState state) => JsonNamingPolicy.CamelCase.ConvertName(state.ToString());

    private static string Title(string? title) =>
        title?.Trim() is not { Length: > 0 } trimmed
            ? throw new UnfitIncidentException("Give it a title that clients understand.")
        : trimmed.Length > LongestTitle
            ? throw new UnfitIncidentException($"The title has more than {LongestTitle} characters.")
        : AlertFacts.Plain(trimmed, LongestTitle);

    private static string Text(string? text) =>
        text?.Trim() is not { Length: > 0 } trimmed
            ? throw new UnfitIncidentException("Say in words for clients what is the matter.")
        : trimmed.Length > LongestText
            ? throw new UnfitIncidentException($"The text has more than {LongestText} characters.")
        : AlertFacts.Plain(trimmed, LongestText);

    private static List<string> Services(IReadOnlyList<string>? services)
    {
        var named = (services ?? []).Select(service => service?.Trim() ?? "").Where(service => service.Length > 0);
        var distinct = named.Distinct(StringComparer.Ordinal).ToList();
        return distinct.Count <= 50 && distinct.TrueForAll(service => service.Length <= 100)
            ? distinct
            : throw new UnfitIncidentException("At most 50 services, with names of up to 100 characters.");
    }
}

/// <summary>Incidents and maintenance as charts mark them.</summary>
internal sealed class IncidentNotes(IIncidents incidents) : Metrics.Contracts.IChartNotes
{
    public async Task<IReadOnlyList<Ui.Charts.ChartAnnotation>> BetweenAsync(
        TenantScope scope,
        string tenant,
        DateTimeOffset from,
        DateTimeOffset to,
        CancellationToken cancellation
    ) =>
        [
            .. (await incidents.BetweenAsync(scope, tenant, from, to, publishedOnly: false, cancellation))
                .Where(incident => incident.State != IncidentState.Cancelled)
                .SelectMany(Notes),
        ];

    private static IEnumerable<Ui.Charts.ChartAnnotation> Notes(Incident incident)
    {
        var planned = incident.Kind == IncidentKind.Maintenance;
        yield return new Ui.Charts.ChartAnnotation(
            incident.StartsAt,
            planned ? $"Maintenance: {incident.Title}" : incident.Title,
            planned ? Ui.Charts.AnnotationKind.Maintenance : Ui.Charts.AnnotationKind.Alert
        );
        if (incident.EndsAt is { } end)
        {
            yield return new Ui.Charts.ChartAnnotation(
                end,
                planned ? $"End of maintenance: {incident.Title}" : $"Resolved: {incident.Title}",
                Ui.Charts.AnnotationKind.Resolved
            );
        }
    }
}
