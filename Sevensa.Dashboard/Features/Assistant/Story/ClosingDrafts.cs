using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>Answered as 404: there is nothing that a closing text could tell of.</summary>
internal sealed class NothingDoneException(string tenant, string service, int hours)
    : Exception(
        $"No action on {tenant} {service} has succeeded in the last {hours} hours, so there is nothing to tell the client of."
    );

/// <summary>Drafts what the client is told after an action: from its record and the figures around it.</summary>
internal sealed class ClosingDrafts(
    StoryTeller teller,
    IProposals proposals,
    IIncidents incidents,
    ITenantScopes scopes
)
{
    private const int MostProposals = 100;

    /// <exception cref="UnknownTenantException"/>
    /// <exception cref="UnknownServiceException"/>
    /// <exception cref="NothingDoneException"/>
    public async Task<StoryClosing> OfAsync(
        Caller caller,
        string tenant,
        string? service,
        int hours,
        CancellationToken cancellation
    ) => await OfAsync(caller, await teller.OfAsync(caller, tenant, service, hours, cancellation), hours, cancellation);

    /// <inheritdoc cref="OfAsync(Caller, string, string?, int, CancellationToken)"/>
    public async Task<StoryClosing> OfAsync(
        Caller caller,
        ServiceStory story,
        int hours,
        CancellationToken cancellation
    )
    {
        var filter = new ProposalFilter(ProposalState.Succeeded, story.Tenant, Most: MostProposals);
        var done =
            (await proposals.ListAsync(caller, filter, cancellation))
                .Where(one => one.EndedAt >= story.From && Touches(one, story))
                .MaxBy(one => one.EndedAt)
            ?? throw new NothingDoneException(story.Tenant, story.Service, hours);
        var ended = done.EndedAt!.Value;
        var (text, isOver, note, since) = ClosingText.Of(
            story.Name,
            story.Service,
            done.Kind,
            ended,
            story.Figures,
            [.. story.Alerts.Select(one => one.Name).Distinct()],
            StoryTeller.SmallestOf
        );
        var scope = await scopes.ForAsync(caller, story.Tenant, cancellation);
        var open = (
            await incidents.BetweenAsync(scope, story.Tenant, story.From, story.To, false, cancellation)
        ).FirstOrDefault(one =>
            one is { Kind: IncidentKind.Incident, IsOpen: true }
            && (
                one.Services.Count == 0
                || one.Services.Any(named => StoryTeller.IsSame(named, story.Service, story.Tenant))
            )
        );
        return new StoryClosing(
            story.Tenant,
            story.Service,
            text,
            isOver,
            note,
            since,
            ended,
            done.Id,
            open?.Id,
            open is null ? null : $"/tenants/{story.Tenant}/incidents/{open.Id}"
        );
    }

    private static bool Touches(Proposal done, ServiceStory story) =>
        done.Plan.Containers.Any(one => StoryTeller.IsSame(one.Service, story.Service, story.Tenant));
}
