using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>What the assistant and MCP may know of what was asked for and who decided. Deciding is no tool's.</summary>
internal sealed class ActionTools(IServiceProvider services, ITenantScopes scopes, TimeProvider time) : IToolSource
{
    private const int Most = 30;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "Lists what was proposed for a tenant, newest first: who asked, who approved or rejected it and when, and how it ended."
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Hours to look back, 1 to 720"), Range(1, 720)] int hours = 168
            ) =>
            {
                await scopes.ForAsync(caller, tenant, cancellation);
                var since = time.GetUtcNow().AddHours(-hours);
                var found = (
                    await services
                        .GetRequiredService<IProposals>()
                        .ListAsync(caller, new ProposalFilter(Tenant: tenant), cancellation)
                )
                    .Where(one => one.CreatedAt >= since)
                    .ToList();
                return new ActionsSeen([.. found.Take(Most).Select(Seen)], found.Count, $"/approvals?tenant={tenant}");
            },
            "list_actions"
        );
    }

    private static ActionSeen Seen(Proposal one) =>
        new(
            one.Title,
            one.State,
            one.Risk,
            one.CreatedAt,
            one.RequestedBy.Name,
            [.. one.Approvals.Select(decision => new DecisionSeen(decision.ByName, decision.Verdict, decision.At))],
            one.EndedAt,
            $"/approvals/{one.Id}"
        );

    /// <param name="Count">How many there are; the newest of them are told.</param>
    private sealed record ActionsSeen(IReadOnlyList<ActionSeen> Actions, int Count, string Link);

    private sealed record ActionSeen(
        string Title,
        ProposalState State,
        Risk Risk,
        DateTimeOffset At,
        string AskedBy,
        IReadOnlyList<DecisionSeen> Decisions,
        DateTimeOffset? EndedAt,
        string Link
    );

    private sealed record DecisionSeen(string By, string Verdict, DateTimeOffset At);
}
