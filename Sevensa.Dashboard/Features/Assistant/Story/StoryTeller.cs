using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>Answered as 404: the tenant has no such service.</summary>
internal sealed class UnknownServiceException(string tenant, string service, IReadOnlyList<string> near)
    : Exception(
        $"{tenant} has no service \"{StoreText.Shorten(service, 80)}\".{(near.Count > 0 ? $" It has {string.Join(", ", near)}." : "")}"
    );

/// <summary>
/// Tells the story of a service from what is there: figures, releases, log lines, alerts. Each is asked beside the others; one
/// that can't be had is said to be missing, and the rest stands.
/// </summary>
internal sealed class StoryTeller(
    ITenants tenants,
    ITenantScopes scopes,
    IMetrics metrics,
    IServiceReleases releases,
    INewLogKinds patterns,
    IFiringAlerts alerts,
    IEnumerable<IActionKind> kinds,
    TimeProvider time
)
{
    public const int MostHours = 168;

    private const int MostPatterns = 12;
    private const int MostTouched = 12;
    private const int MostNear = 8;

    /// <summary>How far from the step another's step may be to belong to it.</summary>
    private static readonly TimeSpan Beside = StoryCauses.Beside;

    /// <summary>Log lines are looked at for so long after the moment.</summary>
    private static readonly TimeSpan Lines = TimeSpan.FromHours(3);

    /// <summary>In the order in which a step of them is the story; below the second, a change is none.</summary>
    private static readonly (ServiceMetric Metric, double Smallest, string Unit)[] Told =
    [
        (ServiceMetric.LatencyP95, 0.02, "seconds"),
        (ServiceMetric.ErrorShare, 0.005, "share"),
        (ServiceMetric.MemoryShare, 0.1, "share"),
        (ServiceMetric.Cpu, 0.1, "cores"),
        (ServiceMetric.RequestRate, 0.5, "requests/s"),
    ];

    /// <summary>A change of a figure by less is none.</summary>
    internal static double SmallestOf(string metric) => Told.First(one => one.Metric.Name() == metric).Smallest;

    private sealed record Course(ServiceMetric Metric, IReadOnlyList<MetricSeries> Series);

    /// <param name="service">As the registry or a container has it; the one that stands out when null.</param>
    /// <param name="hours">How far back it looks, 1 to <see cref="MostHours"/>.</param>
    /// <exception cref="UnknownTenantException">No such tenant, or not the caller's.</exception>
    /// <exception cref="UnknownServiceException">The tenant has no such service.</exception>
    public async Task<ServiceStory> OfAsync(
        Caller caller,
        string tenant,
        string? service,
        int hours,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(caller, tenant, cancellation);
        var all = await scopes.ForAllAsync(caller, cancellation);
        var known = (await tenants.VisibleAsync(caller, cancellation)).First(one => one.Id == tenant);
        var to = time.GetUtcNow();
        var from = to.AddHours(-hours);
        var step = TimeSpan.FromMinutes(Math.Max(5, hours * 60 / 288));

        var firing = PartAsync("alerts", () => alerts.NowAsync(scope, tenant, cancellation), cancellation);
        // Latency and errors of everybody whom the caller sees: who else is touched.
        var asked = Told.Select(one =>
                CourseAsync(
                    one.Metric is ServiceMetric.LatencyP95 or ServiceMetric.ErrorShare ? all : scope,
                    one.Metric,
                    from,
                    to,
                    step,
                    cancellation
                )
            )
            .ToList();
        var (courses, figuresPart) = await PartAsync("figures", () => Task.WhenAll(asked), cancellation);
        var own = Chosen(known, service, courses ?? []);
        var moment = MomentOf(tenant, own, courses ?? []);
        var at = moment?.At ?? to.AddHours(-1);

        var (list, releasePart) = await PartAsync(
            "release",
            () => releases.OfAsync(caller, tenant, own, cancellation),
            cancellation
        );
        var release = moment is null ? null : StoryCauses.Near(list ?? [], moment.At);
        // The moment is as exact as a step; what a release began to say is new from the release on.
        var since = release is not null && release.From < at ? release.From : at - step;
        var until = since + Lines < to ? since + Lines : to;
        var (found, patternsPart) = await PartAsync(
            "patterns",
            () => patterns.SinceAsync(scope, tenant, own, since, until, cancellation),
            cancellation
        );
        var (fire, alertsPart) = await firing;

        var figures = (courses ?? [])
            .Select(course => Figure(course, tenant, own, moment, hours))
            .OfType<StoryFigure>()
            .ToList();
        var fresh = (found ?? []).OrderByDescending(Weight).Take(MostPatterns).ToList();
        var touched = moment is null ? [] : Others(tenant, own, moment, courses ?? []);
        var rings = (fire ?? [])
            .Where(one => one.Service.Length == 0 || IsSame(one.Service, own, tenant))
            .Select(one => new StoryAlert(one.Name, one.Service, one.Severity, one.Summary, one.StartsAt))
            .ToList();
        var story = new ServiceStory(
            tenant,
            own,
            from,
            to,
            "",
            moment,
            release,
            figures,
            fresh,
            touched,
            rings,
            [],
            [
                Part(
                    figuresPart,
                    figures.Count == 0 ? $"Prometheus has no figures of {own} in this time."
                        : moment is null ? "No figure took a step that stands out."
                        : null,
                    figures.Count > 0
                ),
                Part(releasePart, release is null ? ReleaseNote(list ?? [], moment) : null, release is not null),
                Part(patternsPart, fresh.Count == 0 ? "No kind of log line is new." : null, fresh.Count > 0),
                Part(
                    figuresPart with
                    {
                        Name = "touched",
                    },
                    touched.Count == 0 ? "Nobody else's figures took a step then." : null,
                    touched.Count > 0
                ),
                Part(alertsPart, rings.Count == 0 ? "Nothing fires for it now." : null, rings.Count > 0),
            ],
            StoryLink.To(tenant, own)
        );
        story = story with
        {
            Name = known.Name,
            // The moment is as exact as the distance of two values.
            IsReleaseLater = release is not null && release.From > moment!.At + step,
        };
        story = story with { Sentence = StoryWords.Of(story) };
        return story with { Proposals = [.. StoryProposals.Of(story, list ?? [], kinds)] };

        static StoryPart Part(StoryPart asked, string? note, bool isThere) =>
            asked.State == "found" ? asked with { State = isThere ? "found" : "nothing", Note = note } : asked;
    }

    private async Task<Course> CourseAsync(
        TenantScope scope,
        ServiceMetric metric,
        DateTimeOffset from,
        DateTimeOffset to,
        TimeSpan step,
        CancellationToken cancellation
    ) => new(metric, await metrics.ServicesRangeAsync(scope, metric, from, to, step, cancellation));

    /// <summary>What is there, or the part that says why it is not.</summary>
    private static async Task<(T? Found, StoryPart Part)> PartAsync<T>(
        string name,
        Func<Task<T>> ask,
        CancellationToken cancellation
    )
        where T : class
    {
        try
        {
            return (await ask(), new StoryPart(name, "found", null));
        }
        catch (UpstreamException failed) when (!cancellation.IsCancellationRequested)
        {
            return (
                null,
                new StoryPart(
                    name,
                    failed.Fault == UpstreamFault.NotConfigured ? "notConfigured" : "failed",
                    failed.Told,
                    new StoryUpstream(failed.Upstream, failed.Status, failed.Message)
                )
            );
        }
    }

    /// <summary>The service that is meant; without one that which stands out, else the first.</summary>
    private static string Chosen(Tenant tenant, string? service, IReadOnlyList<Course> courses)
    {
        var seen = courses
            .SelectMany(course => course.Series)
            .Where(one => TenantOf(one, tenant.Id) == tenant.Id)
            .Select(one => one.Labels.GetValueOrDefault("service", ""))
            .Where(name => name.Length > 0)
            .Distinct()
            .ToList();
        var all = tenant.Services.Concat(seen).Distinct().ToList();
        if (service is { Length: > 0 })
        {
            return all.Find(one => IsSame(one, service, tenant.Id))
                ?? throw new UnknownServiceException(
                    tenant.Name,
                    service,
                    [.. all.OrderBy(one => Typing.Distance(one, service.ToLowerInvariant())).Take(MostNear)]
                );
        }
        return all.Select(one => (Service: one, Moment: MomentOf(tenant.Id, one, courses)))
                .Where(one => one.Moment is not null)
                .OrderBy(one => Array.FindIndex(Told, told => told.Metric.Name() == one.Moment!.Metric))
                .ThenByDescending(one => one.Moment!.Factor ?? double.MaxValue)
                .Select(one => one.Service)
                .FirstOrDefault()
            ?? all.FirstOrDefault()
            ?? throw new UnknownServiceException(tenant.Name, "", []);
    }

    private static StoryMoment? MomentOf(string tenant, string service, IReadOnlyList<Course> courses)
    {
        foreach (var (metric, smallest, _) in Told)
        {
            if (
                SeriesOf(courses, metric, tenant, service) is { } series
                && StepOf(series, metric, smallest) is { } step
            )
            {
                return new StoryMoment(
                    DateTimeOffset.FromUnixTimeMilliseconds((long)(step.At * 1000)),
                    metric.Name(),
                    metric.Words(),
                    Round(step.Before),
                    Round(step.After),
                    step.Factor is { } factor ? Round(factor) : null
                );
            }
        }
        return null;
    }

    /// <summary>Requests that stop coming are bad news; of the rest what rises is.</summary>
    private static FigureStep? StepOf(MetricSeries series, ServiceMetric metric, double smallest) =>
        FigureSteps.In(series.Times, series.Values, smallest, down: metric == ServiceMetric.RequestRate);

    private static MetricSeries? SeriesOf(
        IReadOnlyList<Course> courses,
        ServiceMetric metric,
        string tenant,
        string service
    ) =>
        courses
            .FirstOrDefault(course => course.Metric == metric)
            ?.Series.FirstOrDefault(one =>
                TenantOf(one, tenant) == tenant && one.Labels.GetValueOrDefault("service") == service
            );

    /// <summary>A scope of one tenant may name none.</summary>
    private static string TenantOf(MetricSeries series, string only) => series.Labels.GetValueOrDefault("tenant", only);

    private StoryFigure? Figure(Course course, string tenant, string service, StoryMoment? moment, int hours)
    {
        if (SeriesOf([course], course.Metric, tenant, service) is not { } series)
        {
            return null;
        }
        var at = moment?.At.ToUnixTimeMilliseconds() / 1000.0;
        var points = series.Times.Zip(series.Values).ToList();
        var split = at ?? (series.Times.Length > 0 ? series.Times[^1] - 3600 : 0);
        var query = metrics.QueryOf(course.Metric);
        return new StoryFigure(
            course.Metric.Name(),
            course.Metric.Words(),
            Told.First(one => one.Metric == course.Metric).Unit,
            Round(FigureSteps.MiddleOf(points.Where(one => one.First < split).TakeLast(36).Select(one => one.Second))),
            Round(FigureSteps.MiddleOf(points.Where(one => one.First >= split).Select(one => one.Second))),
            Round(points.Select(one => one.Second).Where(double.IsFinite).Cast<double?>().LastOrDefault()),
            series.Times,
            [.. series.Values.Select(value => double.IsFinite(value) ? Round(value) : (double?)null)],
            query,
            $"/tenants/{Uri.EscapeDataString(tenant)}/explore?query={Uri.EscapeDataString(query)}&from=now-{hours.ToString(CultureInfo.InvariantCulture)}h&to=now"
        );
    }

    private static string ReleaseNote(IReadOnlyList<ServiceRelease> releases, StoryMoment? moment)
    {
        var newest =
            releases.Count == 0
                ? "No release of it is known."
                : string.Create(
                    CultureInfo.InvariantCulture,
                    $"The newest is {(releases[0].Image.Length > 0 ? releases[0].Image : "its removal")}, since {releases[0].From.UtcDateTime:yyyy-MM-dd HH:mm} UTC."
                );
        return moment is null ? newest : $"No release of it was near the moment. {newest}";
    }

    private static List<StoryTouched> Others(
        string tenant,
        string service,
        StoryMoment moment,
        IReadOnlyList<Course> courses
    ) =>
        [
            .. courses
                .SelectMany(course => course.Series, (course, series) => (course.Metric, Series: series))
                .Select(one =>
                    (
                        one.Metric,
                        Tenant: TenantOf(one.Series, tenant),
                        Service: one.Series.Labels.GetValueOrDefault("service", ""),
                        Step: StepOf(one.Series, one.Metric, Told.First(told => told.Metric == one.Metric).Smallest)
                    )
                )
                .Where(one =>
                    one.Step is { } step
                    && !(one.Tenant == tenant && one.Service == service)
                    && Math.Abs(step.At - (moment.At.ToUnixTimeMilliseconds() / 1000.0)) <= Beside.TotalSeconds
                )
                .DistinctBy(one => (one.Tenant, one.Service))
                .Take(MostTouched)
                .Select(one => new StoryTouched(
                    one.Tenant,
                    one.Service,
                    one.Metric.Name(),
                    DateTimeOffset.FromUnixTimeMilliseconds((long)(one.Step!.At * 1000)),
                    $"{one.Metric.Words()} {StoryWords.Times(one.Step.Factor)}",
                    StoryLink.To(one.Tenant, one.Service)
                )),
        ];

    /// <summary>Errors first, then how many.</summary>
    private static double Weight(NewLogKind kind) =>
        kind.Lines
        * (
            kind.Level is "error" or "critical" or "fatal" ? 1000
            : kind.Level == "warn" ? 30
            : 1
        );

    internal static bool IsSame(string found, string asked, string tenant) =>
        string.Equals(found, asked, StringComparison.OrdinalIgnoreCase)
        || string.Equals(found, $"{tenant}-{asked}", StringComparison.OrdinalIgnoreCase)
        || string.Equals($"{tenant}-{found}", asked, StringComparison.OrdinalIgnoreCase);

    private static double? Round(double? value) => value is { } known ? Round(known) : null;

    private static double Round(double value) =>
        double.IsFinite(value)
            ? double.Parse(value.ToString("G5", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)
            : 0;
}
