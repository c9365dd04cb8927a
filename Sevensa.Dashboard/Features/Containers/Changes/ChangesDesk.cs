using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Containers.Releases;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers.Changes;

/// <summary>One line of a tenant's timeline: a release, an action, or something that Docker told.</summary>
/// <param name="Before">What ran until a release; null when nothing is known of it.</param>
public sealed record ChangeItem(
    DateTimeOffset At,
    LiveRelease? Release,
    LiveRelease? Before,
    Proposal? Action,
    EngineEvent? Event = null,
    string? Host = null
)
{
    public string Service => Release?.Release.Service ?? Action?.Target ?? Event?.Service ?? "";
}

/// <param name="Items">Newest first.</param>
/// <param name="Services">Those that have releases.</param>
internal sealed record TenantTimeline(IReadOnlyList<ChangeItem> Items, IReadOnlyList<string> Services)
{
    public IEnumerable<LiveRelease> Releases => Items.Select(item => item.Release).OfType<LiveRelease>();
}

/// <summary>A snapshot that a rollback could bring back.</summary>
internal sealed record OfferedSnapshot(string Host, VolumeSnapshot Snapshot, IReadOnlyList<string> UsedBy);

/// <summary>What the Changes page asks.</summary>
internal sealed class ChangesDesk(
    ReleaseBook book,
    ReleaseNews news,
    IProposals proposals,
    IRunnerLink runners,
    PlanBench bench,
    IFleet fleet
)
{
    private const int MostActions = 200;
    private const int MostEvents = 200;

    private static readonly string[] Told = ["start", "die", "oom", "create", "destroy"];

    /// <exception cref="UnknownTenantException">No such tenant, or not the caller's.</exception>
    public async Task<TenantTimeline> TimelineAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        var timelines = await book.TimelinesAsync(caller, tenant, cancellation);
        var releases = timelines.SelectMany(timeline =>
            timeline.All.Select(
                (live, index) => new ChangeItem(live.From, live, index > 0 ? timeline.All[index - 1] : null, null)
            )
        );
        var actions = (
            await proposals.ListAsync(caller, new ProposalFilter(Tenant: tenant, Most: MostActions), cancellation)
        ).Select(action => new ChangeItem(action.EndedAt ?? action.CreatedAt, null, null, action));
        var events = fleet
            .RecentEvents(tenant, MostEvents)
            .Where(found => found.Event.Type == "container" && Told.Contains(found.Event.Action))
            .Select(found => new ChangeItem(
                DateTimeOffset.FromUnixTimeMilliseconds(found.Event.TimeUnixMs),
                null,
                null,
                null,
                found.Event,
                found.HostName
            ));
        return new TenantTimeline(
            [
                .. releases
                    .Concat(actions)
                    .Concat(events)
                    .OrderByDescending(item => item.At)
                    .ThenBy(item => item.Service, StringComparer.Ordinal),
            ],
            [
                .. timelines
                    .Select(timeline => timeline.All[0].Release.Service)
                    .Distinct(StringComparer.Ordinal)
                    .Order(StringComparer.Ordinal),
            ]
        );
    }

    /// <exception cref="UnclearMomentException">The words can't be read.</exception>
    public Task<TenantThen> ThenAsync(
        Caller caller,
        string tenant,
        string? service,
        string words,
        TimeZoneInfo zone,
        CancellationToken cancellation
    ) => book.ThenAsync(caller, tenant, service, words, zone, cancellation);

    /// <summary>Of the tenant's volumes, newest first. Hosts that don't answer are left out; the plan says so again.</summary>
    public async Task<IReadOnlyList<OfferedSnapshot>> SnapshotsAsync(string tenant, CancellationToken cancellation)
    {
        var offered = new List<OfferedSnapshot>();
        foreach (var host in bench.OfTenant(tenant).Select(container => container.HostId).Distinct().Select(bench.Host))
        {
            try
            {
                var resources = await runners.ResourcesAsync(host.Id, cancellation);
                var own = VolumeTarget.Own(bench, resources, tenant).ToDictionary(volume => volume.Name);
                offered.AddRange(
                    resources
                        .Snapshots.Where(snapshot => own.ContainsKey(snapshot.Volume))
                        .Select(snapshot => new OfferedSnapshot(host.Name, snapshot, own[snapshot.Volume].UsedBy))
                );
            }
            catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
            {
                // What can't be read can't be offered.
            }
        }
        return [.. offered.OrderByDescending(one => one.Snapshot.TakenAtUnixMs)];
    }

    public Task<Proposal> ProposeAsync(Caller caller, ProposalRequest request, CancellationToken cancellation) =>
        proposals.ProposeAsync(caller, request, cancellation);

    /// <summary>Called back when a release or an action came; dispose to stop.</summary>
    public IReadOnlyList<IDisposable> OnChange(Action callback) =>
        [
            news.OnChange(callback),
            fleet.OnChange(() =>
            {
                callback();
                return Task.CompletedTask;
            }),
            proposals.OnChange(() =>
            {
                callback();
                return Task.CompletedTask;
            }),
        ];

    public bool AnyRunner => fleet.Hosts.Any(host => host.Presence == HostPresence.Connected);
}
