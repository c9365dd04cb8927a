using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>Keeps the releases that runners tell of, with who asked for them and why.</summary>
internal sealed class ReleaseIntake(
    ReleaseStore store,
    ReleaseNews news,
    IFleet fleet,
    IProposals proposals,
    TimeProvider time
) : IReleaseListener
{
    private const int LongestText = 1000;

    public async Task OnReleasesAsync(
        string hostId,
        IReadOnlyList<ReleaseFacts> releases,
        CancellationToken cancellation
    )
    {
        var host = fleet.Hosts.FirstOrDefault(known => known.Id == hostId)?.Name ?? hostId;
        var rows = new List<ReleaseRow>();
        foreach (var told in releases)
        {
            var (by, why) = await CauseAsync(told, cancellation);
            var first = told.Containers is [var one, ..] ? one : null;
            rows.Add(
                new ReleaseRow
                {
                    Id = told.Id,
                    Tenant = told.Tenant,
                    Service = told.Service,
                    HostId = hostId,
                    Host = host,
                    Sequence = told.Sequence,
                    At = DateTimeOffset.FromUnixTimeMilliseconds(told.SinceUnixMs),
                    ToldAt = time.GetUtcNow(),
                    Fingerprint = told.Fingerprint,
                    ImageDigest = first?.ImageDigest ?? "",
                    ConfigHash = first?.ConfigHash ?? "",
                    By = Cut(by),
                    Cause = told.Cause.By,
                    Why = why is null ? null : Cut(why),
                    ActionId = told.Cause.ActionId,
                    Recorded = told.Containers.Count > 0,
                    Containers = ReleaseStore.ToJson(told.Containers),
                }
            );
        }
        if (await store.AddAsync(rows, cancellation))
        {
            news.Raise();
        }
    }

    private async Task<(string By, string? Why)> CauseAsync(ReleaseFacts told, CancellationToken cancellation)
    {
        switch (told.Cause.By)
        {
            case ReleaseCauses.Action when told.Cause.ActionId is { } id && told.Tenant is { } tenant:
                var proposal = await proposals.FindAsync(Itself(tenant), id, cancellation);
                return proposal is null
                    ? ("an action of before", told.Cause.Detail)
                    : (proposal.RequestedBy.Name, $"{proposal.Title}. {proposal.Reason}".Trim());
            case ReleaseCauses.Compose:
                return ("Docker Compose", told.Cause.Detail);
            default:
                return ("unknown", told.Cause.Detail);
        }
    }

    /// <summary>The program, reading what belongs to one tenant.</summary>
    internal static Caller Itself(string tenant) =>
        new("dashboard", "Dashboard", Role.Viewer, false, TenantSet.Of([tenant]), ApiScopes.Read);

    private static string Cut(string text) => StoreText.Cut(text, LongestText);
}

/// <summary>Tells that a release was added.</summary>
internal sealed class ReleaseNews(ILogger<ReleaseNews> log) : Ui.ChangeSignal(log);
