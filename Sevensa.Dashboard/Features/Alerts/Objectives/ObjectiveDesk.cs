using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Alerts.Objectives;

/// <summary>An objective as it is asked for.</summary>
/// <param name="Target">0–1: 0.999, or 0.95 for "p95 under …".</param>
/// <param name="Published">Shown on the client portal.</param>
internal sealed record ObjectiveAsked(
    string? Service,
    IndicatorKind? Kind,
    double? Target,
    double? ThresholdSeconds = null,
    string? Histogram = null,
    int? WindowDays = 28,
    string? Name = null,
    bool? Published = true
);

/// <summary>Answered as 422.</summary>
internal sealed class UnfitObjectiveException(string message) : Exception(message);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownObjectiveException(string tenant, string id)
    : Exception($"{tenant} has no objective \"{StoreText.Shorten(id, 60)}\".");

/// <summary>Objectives: who may change them, what is fit to be one, and the record of it.</summary>
internal sealed partial class ObjectiveDesk(
    ObjectivesStore store,
    ServiceLevels levels,
    IServiceIndicators indicators,
    IAuditLog audit,
    AlertNews news,
    IStepUp stepUp,
    TimeProvider time
)
{
    private const int Most = 100;
    public static readonly IReadOnlyList<int> Windows = [7, 28, 30];

    public async Task<Objective> FindAsync(string tenant, string id, CancellationToken cancellation) =>
        (await store.OfAsync(tenant, cancellation)).FirstOrDefault(row => row.Id == id)?.ToObjective()
        ?? throw new UnknownObjectiveException(tenant, id);

    /// <summary>What an objective would be, looked at but not kept.</summary>
    public async Task<Objective> DraftAsync(
        TenantScope scope,
        string tenant,
        ObjectiveAsked asked,
        string by,
        CancellationToken cancellation
    ) =>
        (
            await RowAsync(scope, tenant, asked, Guid.CreateVersion7(time.GetUtcNow()).ToString("n"), by, cancellation)
        ).ToObjective();

    public async Task<Objective> AddAsync(
        Caller caller,
        TenantScope scope,
        string tenant,
        ObjectiveAsked asked,
        CancellationToken cancellation
    )
    {
        Require(caller);
        await RequireClearAsync(caller, asked, cancellation);
        if ((await store.OfAsync(tenant, cancellation)).Count >= Most)
        {
            throw new UnfitObjectiveException($"{tenant} has {Most} objectives already.");
        }
        var id = Guid.CreateVersion7(time.GetUtcNow()).ToString("n");
        var row = await RowAsync(scope, tenant, asked, id, caller.Name, cancellation);
        await RecordAsync(caller, "objective.added", null, row.ToObjective(), cancellation);
        await store.AddAsync([row], cancellation);
        news.Raise();
        return row.ToObjective();
    }

    public async Task<Objective> ChangeAsync(
        Caller caller,
        TenantScope scope,
        string tenant,
        string id,
        ObjectiveAsked asked,
        CancellationToken cancellation
    )
    {
        Require(caller);
        var before = await FindAsync(tenant, id, cancellation);
        await RequireClearAsync(caller, asked, cancellation);
        var row = await RowAsync(scope, tenant, asked, id, caller.Name, cancellation);
        await RecordAsync(caller, "objective.changed", before, row.ToObjective(), cancellation);
        if (!await store.PutAsync(row, cancellation))
        {
            throw new UnknownObjectiveException(tenant, id);
        }
        news.Raise();
        return row.ToObjective();
    }

    /// <summary>What clients read is written by no session in doubt.</summary>
    private Task RequireClearAsync(Caller caller, ObjectiveAsked asked, CancellationToken cancellation) =>
        asked.Published ?? true ? stepUp.RequireClearAsync(caller, "objective.show", cancellation) : Task.CompletedTask;

    public async Task RemoveAsync(Caller caller, string tenant, string id, CancellationToken cancellation)
    {
        Require(caller);
        var before = await FindAsync(tenant, id, cancellation);
        await RecordAsync(caller, "objective.removed", before, null, cancellation);
        await store.RemoveAsync(tenant, id, cancellation);
        news.Raise();
    }

    private Task RecordAsync(
        Caller caller,
        string action,
        Objective? before,
        Objective? after,
        CancellationToken cancellation
    ) =>
        audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                action,
                (after ?? before)!.Tenant,
                (after ?? before)!.Id,
                Detail: (after ?? before)!.Name,
                Before: before is null ? null : JsonSerializer.SerializeToElement(before, JsonSerializerOptions.Web),
                After: after is null ? null : JsonSerializer.SerializeToElement(after, JsonSerializerOptions.Web)
            ),
            cancellation
        );

    private static void Require(Caller caller)
    {
        if (!caller.MayHandleAlerts)
        {
            throw new ForbiddenException("Objectives are changed by operators and administrators.");
        }
    }

    private async Task<ObjectiveRow> RowAsync(
        TenantScope scope,
        string tenant,
        ObjectiveAsked asked,
        string id,
        string by,
        CancellationToken cancellation
    )
    {
        var service = asked.Service?.Trim() ?? "";
        if (!ServiceName().IsMatch(service))
        {
            throw new UnfitObjectiveException(
                "Say which service: up to 100 letters, digits, dots, hyphens, underscores."
            );
        }
        var kind = asked.Kind ?? throw new UnfitObjectiveException("The kind is availability or latency.");
        if (asked.Target is not (>= 0.5 and < 1))
        {
            throw new UnfitObjectiveException(
                "The target is a share of good events from 0.5 to less than 1, such as 0.999. A target of 1 leaves no budget."
            );
        }
        var days = asked.WindowDays ?? 28;
        if (!Windows.Contains(days))
        {
            throw new UnfitObjectiveException($"The window is one of {string.Join(", ", Windows)} days.");
        }
        var (threshold, histogram) = (asked.ThresholdSeconds, asked.Histogram?.Trim());
        if (kind == IndicatorKind.Availability)
        {
            (threshold, histogram) = (null, null);
        }
        else
        {
            histogram = string.IsNullOrEmpty(histogram) ? indicators.Histograms[0] : histogram;
            if (!indicators.Histograms.Contains(histogram))
            {
                throw new UnfitObjectiveException(
                    $"\"{histogram}\" is no histogram that is read here. There are {string.Join(", ", indicators.Histograms)} (Metrics:RequestDuration, Metrics:JobDurations)."
                );
            }
            if (threshold is not > 0 || !double.IsFinite(threshold.Value))
            {
                throw new UnfitObjectiveException(
                    "A latency objective needs a threshold in seconds, such as 0.5 or 2."
                );
            }
            var bounds = await levels.BoundariesAsync(scope.Narrow(tenant), service, histogram, cancellation);
            if (bounds.Count == 0)
            {
                throw new UnfitObjectiveException($"{service} of {tenant} has no series of {histogram}.");
            }
            if (!bounds.Contains(threshold.Value))
            {
                throw new UnfitObjectiveException(
                    $"{histogram} of {service} counts at {string.Join(", ", bounds.Select(bound => bound.ToString(CultureInfo.InvariantCulture)))} s. The threshold must be one of these to be exact."
                );
            }
        }
        var name = asked.Name?.Trim() is { Length: > 0 } given
            ? given
            : Named(service, kind, asked.Target.Value, threshold);
        return new ObjectiveRow
        {
            Id = id,
            Tenant = tenant,
            Service = service,
            Name =
                name.Length <= 200 ? name : throw new UnfitObjectiveException("The name has more than 200 characters."),
            Kind = kind,
            Target = asked.Target.Value,
            ThresholdSeconds = threshold,
            Histogram = histogram,
            WindowDays = days,
            Published = asked.Published ?? true,
            ChangedBy = by,
            ChangedAt = time.GetUtcNow(),
        };
    }

    private static string Named(string service, IndicatorKind kind, double target, double? threshold)
    {
        var share = Math.Round(target * 100, 6).ToString("0.######", CultureInfo.InvariantCulture);
        return kind == IndicatorKind.Availability
            ? $"{service}: {share} % of requests answered well"
            : string.Create(CultureInfo.InvariantCulture, $"{service}: {share} % within {threshold} s");
    }

    [GeneratedRegex("^[A-Za-z0-9._-]{1,100}$")]
    private static partial Regex ServiceName();
}
