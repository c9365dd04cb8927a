using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary>From a time in words to the exact steps that bring back what ran then, for one service or a whole tenant.</summary>
internal sealed class RollbackPlanner(
    PlanBench bench,
    ReleaseBook book,
    RollbackSteps steps,
    IEnumerable<IImageGate> gates,
    IOptions<ReleasesOptions> options
)
{
    public async Task<PlanDraft> ServiceAsync(PlanRequest request, string kind, CancellationToken cancellation)
    {
        var timelines = await book.TimelinesAsync(request.Tenant, cancellation);
        var (service, host) = Meant(request, timelines);
        var own = timelines
            .Where(one => one.All[0].Release.Service == service && one.All[0].Release.Host == host)
            .ToList();
        if (own.Count == 0)
        {
            throw new CannotPlanException(
                $"No release of {service} is recorded yet; its runner tells of one soon after it connects."
            );
        }
        return await PlanAsync(request, kind, service, host, own, cancellation);
    }

    public async Task<PlanDraft> TenantAsync(PlanRequest request, string kind, CancellationToken cancellation)
    {
        var timelines = await book.TimelinesAsync(request.Tenant, cancellation);
        var only = PlanBench.Texts(request.Parameters, "services");
        var known = timelines.Select(one => one.All[0].Release.Service).ToHashSet(StringComparer.Ordinal);
        if (only.FirstOrDefault(service => !known.Contains(service)) is { } stranger)
        {
            throw new CannotPlanException(
                $"{request.Tenant} has no releases of a service \"{stranger}\". It has {string.Join(", ", known.Order(StringComparer.Ordinal))}."
            );
        }
        var meant = timelines
            .Where(one => only.Count == 0 || only.Contains(one.All[0].Release.Service))
            .Where(one => PlanBench.Text(request.Parameters, "host") is not { } host || one.All[0].Release.Host == host)
            .ToList();
        return meant.Count == 0
            ? throw new CannotPlanException(
                $"No release of {request.Tenant} is recorded yet; its runners tell of them soon after they connect."
            )
            : await PlanAsync(request, kind, request.Tenant, null, meant, cancellation);
    }

    private async Task<PlanDraft> PlanAsync(
        PlanRequest request,
        string kind,
        string target,
        string? host,
        IReadOnlyList<ReleaseTimeline> timelines,
        CancellationToken cancellation
    )
    {
        var choices = RollbackChoices.Of(request);
        var then = Then(request, timelines);
        var goBack = then
            .Services.Where(service =>
                service.Found.Chosen is { } chosen
                && IsDifferent(choices, service, chosen)
                && !RunsAlready(request, choices, service, chosen.Release)
            )
            .ToList();
        var hosts = goBack.Select(service => service.Host).Distinct(StringComparer.Ordinal).ToList();
        if (hosts.Count > 1)
        {
            throw new CannotPlanException(
                $"What is different since {then.Words} runs on {string.Join(" and ", hosts)}. One action runs on one host: say which with the parameter host, one after the other."
            );
        }
        var at = hosts.Count == 1 ? hosts[0] : host ?? then.Services[0].Host;
        var onHost =
            bench.OfTenant(request.Tenant).FirstOrDefault(container => container.HostName == at)
            ?? throw new CannotPlanException(
                $"{request.Tenant} runs nothing on {at} now, so it can't be told which runner to ask."
            );
        bench.Refuse(onHost.HostId, [StepVerbs.ContainerRecreate]);
        var resources = await bench.ResourcesAsync(onHost.HostId, cancellation);
        var restored = steps.Restored(request, choices, resources, bench.OfTenant(request.Tenant));
        var services = RollbackService.InOrder(Services(request, at, then, goBack, restored));
        if (services.Count == 0)
        {
            throw new CannotPlanException(NothingToDo(then) + Untold(request, then));
        }
        RefuseMigrations(services, choices);
        var draft = await steps.PlanAsync(
            request,
            kind,
            target,
            bench.Host(onHost.HostId),
            then,
            choices,
            services,
            restored,
            resources,
            cancellation
        );
        var objections = choices.Code ? await ObjectionsAsync(request, services, cancellation) : [];
        return objections.Count == 0
            ? draft
            : draft with
            {
                Estimate = draft.Estimate with { Notes = [.. draft.Estimate.Notes ?? [], .. objections] },
            };
    }

    /// <summary>
    /// The way back stays open whatever scanners found in what ran then, since it may be what ends an outage; whoever decides is
    /// told.
    /// </summary>
    private async Task<List<string>> ObjectionsAsync(
        PlanRequest request,
        IReadOnlyList<RollbackService> services,
        CancellationToken cancellation
    )
    {
        var objections = new List<string>();
        foreach (var service in services)
        {
            foreach (var gate in gates)
            {
                if (
                    service.Then.Release.ImageDigest is { Length: > 0 } digest
                    && await gate.ObjectionAsync(request.Caller, request.Tenant, digest, cancellation) is { } objection
                )
                {
                    objections.Add($"The scan gate would not let {service.Service}'s former image run: {objection}");
                }
            }
        }
        return objections;
    }

    private TenantThen Then(PlanRequest request, IReadOnlyList<ReleaseTimeline> timelines)
    {
        var zone = options.Value.Zone;
        if (
            PlanBench.Text(request.Parameters, "timeZone") is { } id
            && !TimeZoneInfo.TryFindSystemTimeZoneById(id, out zone)
        )
        {
            throw new CannotPlanException(
                $"There is no time zone \"{id}\". Give an IANA name such as Europe/Amsterdam."
            );
        }
        try
        {
            var then = book.Then(timelines, PlanBench.Text(request.Parameters, "to"), zone!);
            return then.Services.Any(service => service.Found.Chosen is not null)
                ? then
                : throw new CannotPlanException(
                    $"Nothing of {string.Join(", ", then.Services.Select(service => service.Service))} is known for {then.Words}: {then.Services[0].Found.Why}. The oldest that is known is of {timelines.Min(one => one.All[0].From).ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture)}."
                );
        }
        catch (UnclearMomentException unclear)
        {
            throw new CannotPlanException(unclear.Message);
        }
    }

    private static bool IsDifferent(RollbackChoices choices, ServiceThen service, LiveRelease chosen) =>
        service.Current is { } now ? choices.Differs(now.Release, chosen.Release) : chosen.Release.Recorded;

    private bool RunsAlready(PlanRequest request, RollbackChoices choices, ServiceThen service, Release then)
    {
        var running = Running(request, service);
        return running.Count > 0
            && running.TrueForAll(container => container.Facts.ImageDigest == then.ImageDigest)
            && service.Current is { } told
            && !(choices with { Code = false }).Differs(told.Release, then);
    }

    private List<HostedContainer> Running(PlanRequest request, ServiceThen service) =>
        [
            .. bench
                .OfTenant(request.Tenant)
                .Where(container => container.HostName == service.Host && container.Facts.Service == service.Service),
        ];

    /// <summary>
    /// A runner tells of a release a moment after it was made, or undone. Until then "the last deploy" is another than whoever
    /// asks has in mind.
    /// </summary>
    private string Untold(PlanRequest request, TenantThen then)
    {
        var untold = then
            .Services.Where(service =>
                service.Current is { Release: { Recorded: true, ImageDigest: var told } }
                && Running(request, service).Exists(container => container.Facts.ImageDigest != told)
            )
            .Select(service => service.Service)
            .ToList();
        return untold.Count == 0
            ? ""
            : $" What runs of {string.Join(", ", untold)} now is not told of as a release yet; the runner does so within seconds. Ask again in a moment.";
    }

    private IReadOnlyList<RollbackService> Services(
        PlanRequest request,
        string host,
        TenantThen then,
        IReadOnlyList<ServiceThen> goBack,
        IReadOnlyList<RestoredVolume> restored
    )
    {
        var running = bench.OfTenant(request.Tenant).Where(container => container.HostName == host).ToList();
        var services = new List<RollbackService>();
        foreach (var service in then.Services.Where(service => service.Host == host))
        {
            var now = running
                .Where(container => container.Facts.Service == service.Service)
                .OrderBy(container => container.Facts.Name, Ordering.Natural)
                .ToList();
            var volumes = restored
                .Where(one => one.UsedBy.Any(name => now.Exists(container => container.Facts.Name == name)))
                .ToDictionary(one => one.Snapshot.Volume, one => one.Into, StringComparer.Ordinal);
            var back = goBack.Contains(service) ? service.Found.Chosen : null;
            if (back is null && volumes.Count == 0)
            {
                continue;
            }
            if (now.Count > 0)
            {
                bench.Refuse(
                    now,
                    [StepVerbs.ContainerRecreate],
                    own =>
                        $"set image: {back?.Release.ImageDigest ?? own.ImageDigest} for {own.Service} in its Compose file and run docker compose up -d {own.Service}"
                );
            }
            services.Add(
                new RollbackService(
                    service.Service,
                    now,
                    (back ?? service.Current)!,
                    service.Current,
                    service.Found,
                    volumes
                )
            );
        }
        return services;
    }

    /// <summary>A release that changed the database can't be undone by its code alone.</summary>
    private static void RefuseMigrations(IReadOnlyList<RollbackService> services, RollbackChoices choices)
    {
        var migrated = services
            .Where(service =>
                service.Current is { Release.Migrates: true } now
                && now != service.Then
                && now.Release.ImageDigest != service.Then.Release.ImageDigest
            )
            .ToList();
        if (!choices.Code || migrated.Count == 0 || choices.AfterMigration == RollbackSchema.CodeOnly)
        {
            return;
        }
        var names = string.Join(", ", migrated.Select(service => $"{service.Service} {service.Current!.Release.Tag}"));
        if (choices.AfterMigration == RollbackSchema.SideBySide)
        {
            if (choices.Snapshots.Count > 0)
            {
                return;
            }
            throw new CannotPlanException(
                $"{names} migrated the database, and restoring beside it needs the data of before: name the snapshots of its volumes in snapshots. Those that there are: volume.snapshot takes them, the Changes page lists them."
            );
        }
        throw new CannotPlanException(
            $"{names} is labelled {ReleaseLabels.Migrates}: it changed the database, and what ran before may not read it. This is no rollback of one click. Either restore side by side (afterMigration: sideBySide with the snapshots of before; the present data stays where it is), or, when the older code is known to read the data, say so (afterMigration: codeOnly, high risk).",
            new MigratedSinceException()
        );
    }

    private (string Service, string Host) Meant(PlanRequest request, IReadOnlyList<ReleaseTimeline> timelines)
    {
        try
        {
            var meant = bench.Meant(request);
            return (meant[0].Facts.Service, meant[0].HostName);
        }
        catch (CannotPlanException)
        {
            // It may have been taken away: then its releases are all that is left of it.
            var name = request.Target.Split(':', 2) is ["service", var named] ? named.Trim() : request.Target.Trim();
            var gone = timelines
                .Where(one =>
                    one.Current is null
                    && string.Equals(one.All[0].Release.Service, name, StringComparison.OrdinalIgnoreCase)
                )
                .ToList();
            if (gone is not [var only])
            {
                throw;
            }
            return (only.All[0].Release.Service, only.All[0].Release.Host);
        }
    }

    private static string NothingToDo(TenantThen then)
    {
        var same = string.Join(
            ", ",
            then.Services.Where(service => service.Found.Chosen is not null)
                .Select(service => $"{service.Service} {service.Found.Chosen!.Release.Tag}")
        );
        return $"What ran at {then.Words} runs now, as far as was chosen: {same}. Nothing is to be brought back.";
    }
}
