using Microsoft.AspNetCore.Http.HttpResults;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Alerts.Rules;

internal static class RulesApi
{
    public static void MapRulesApi(this IEndpointRouteBuilder routes) =>
        routes
            .MapPost("/api/v1/tenants/{tenant}/rules/draft", DraftAsync)
            .WithTags("Alerts")
            .RequireAuthorization(Policies.Read)
            .WithSummary(
                "When a draft rule would have fired in the last 30 days. Saving it is a proposal of kind alert-rule.save"
            )
            .ProducesProblem(400)
            .ProducesProblem(404)
            .ProducesProblem(422);

    private static async Task<Ok<DraftHistory>> DraftAsync(
        string tenant,
        RuleDraft draft,
        DraftReplay replay,
        IPromQlReading reading,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        var scope = await scopes.ForAsync(await callers.GetAsync(cancellation), tenant, cancellation);
        // A name may still be missing while it is tried out.
        var rule = CheckedRule.Of(
            string.IsNullOrWhiteSpace(draft.Name) ? draft with { Name = "Draft" } : draft,
            scope,
            tenant,
            reading.Options
        );
        return TypedResults.Ok(await replay.RunAsync(scope.Narrow(tenant), rule, null, cancellation));
    }
}
