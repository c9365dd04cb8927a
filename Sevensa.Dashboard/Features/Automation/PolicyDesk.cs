using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Automation.Backtests;
using Sevensa.Dashboard.Features.Automation.Drafting;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>What people and programs do with policies: write, try on the past, watch, propose to enforce, set aside.</summary>
internal sealed class PolicyDesk(
    PolicyStore store,
    PolicyAccess access,
    PolicyShown shown,
    PolicyNews news,
    PolicyFiling filing,
    PolicyBacktest backtest,
    ITenants tenants,
    ITenantScopes scopes,
    IActionCatalogue catalogue,
    ILogCounts logs,
    IMetrics metrics,
    IPromQlReading promQl,
    IHouseZone house,
    IAuditLog audit,
    StoreLocks locks,
    TimeProvider time
)
{
    /// <summary>Of a tenant.</summary>
    public const int Most = 200;
    private const int MostDays = 90;

    public async Task<Page<PolicyView>> PageAsync(
        Caller caller,
        string? tenant,
        PolicyStage? stage,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        PolicyStore.Check(asked);
        IReadOnlyCollection<string> whose = string.IsNullOrWhiteSpace(tenant)
            ? [.. (await tenants.VisibleAsync(caller, cancellation)).Select(one => one.Id)]
            : (await scopes.ForAsync(caller, tenant, cancellation)).Tenants.ToList();
        var page = await store.PageAsync(whose, stage, asked, cancellation);
        var views = await shown.OfAsync(caller, page.Items, cancellation);
        return new Page<PolicyView>(views, page.Next);
    }

    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<PolicyView> FindAsync(Caller caller, string id, CancellationToken cancellation) =>
        await shown.OfAsync(caller, await access.RowAsync(caller, id, cancellation), cancellation);

    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="UnfitPolicyException">422</exception>
    public async Task<PolicyView> AddAsync(Caller caller, PolicyWish wish, CancellationToken cancellation)
    {
        PolicyAccess.MustPropose(caller);
        var scope = await ScopeAsync(caller, wish, cancellation);
        if (wish.Stage is { } stage and not PolicyStage.Draft)
        {
            throw new UnfitPolicyException(
                "stage",
                $"is {JsonNamingPolicy.CamelCase.ConvertName(stage.ToString())}. A policy begins as a draft; promote brings it further."
            );
        }
        var definition = Reading(scope).Read(wish);
        return await KeepAsync(
            caller,
            new PolicyRead(scope.Tenants[0], definition, Said(wish.Text), [], []),
            cancellation
        );
    }

    /// <summary>What a wish makes; keeps nothing.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UnfitPolicyException">422, with all that is wrong.</exception>
    public async Task<PolicyDefinition> DefinitionAsync(
        Caller caller,
        PolicyWish wish,
        CancellationToken cancellation
    ) => Reading(await ScopeAsync(caller, wish, cancellation)).Read(wish);

    /// <summary>Puts what a policy says in place of what it said. One that is enforced goes back to shadow: what was approved was the former.</summary>
    /// <exception cref="UnknownPolicyException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="UnfitPolicyException">422</exception>
    /// <exception cref="PolicyConflictException">409</exception>
    /// <param name="unread">What of its sentence is not understood still.</param>
    public async Task<PolicyView> ChangeAsync(
        Caller caller,
        string id,
        PolicyWish wish,
        CancellationToken cancellation,
        IReadOnlyList<string>? unread = null
    )
    {
        var seen = await access.RowAsync(caller, id, cancellation);
        PolicyAccess.MustPropose(caller);
        if (wish.Tenant is { } other && other != seen.Tenant)
        {
            throw new UnfitPolicyException(
                "tenant",
                $"is {StoreText.Shorten(other, 60)}; a policy stays with its tenant ({seen.Tenant})."
            );
        }
        if (wish.Stage is { } stage && stage != seen.Stage)
        {
            throw new UnfitPolicyException(
                "stage",
                $"is another than the policy's ({JsonNamingPolicy.CamelCase.ConvertName(seen.Stage.ToString())}). Promote and demote change it."
            );
        }
        var definition = Reading(scopes.ForSystem(seen.Tenant)).Read(wish);
        await using (await locks.TakeAsync([PolicyStages.LockOf(id)], cancellation))
        {
            var now = await access.RowAsync(caller, id, cancellation);
            if (wish.Version is { } version && version != now.Version)
            {
                throw new PolicyConflictException(
                    $"The policy was changed meanwhile: it is at version {now.Version}, and you looked at {version}. Nothing was changed; look again.",
                    "changedMeanwhile"
                );
            }
            await filing.ChangeAsync(
                now,
                new PolicyRead(now.Tenant, definition, Said(wish.Text), unread ?? [], []),
                caller.Actor(),
                cancellation
            );
        }
        return await FindAsync(caller, id, cancellation);
    }

    /// <summary>Takes a policy away, with what became of its looks.</summary>
    /// <exception cref="UnknownPolicyException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task RemoveAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var row = await access.RowAsync(caller, id, cancellation);
        PolicyAccess.MustPropose(caller);
        await using (await locks.TakeAsync([PolicyStages.LockOf(id)], cancellation))
        {
            await audit.AppendAsync(
                new AuditEntry(
                    caller.Actor(),
                    "policy.removed",
                    row.Tenant,
                    id,
                    Detail: row.Name,
                    Before: JsonElement.Parse(row.DefinitionJson)
                ),
                cancellation
            );
            await store.RemoveAsync(id, cancellation);
        }
        news.Raise();
    }

    /// <summary>Runs it over the past; changes nothing of it. What it came to is kept with it, where who tries it may write policies.</summary>
    /// <param name="days">Null: as the settings say.</param>
    /// <exception cref="UnknownPolicyException">404</exception>
    /// <exception cref="UpstreamException">The upstream did not answer; keeps its words.</exception>
    public async Task<BacktestResult> BacktestAsync(Caller caller, string id, int? days, CancellationToken cancellation)
    {
        var row = await access.RowAsync(caller, id, cancellation);
        var result = await BacktestAsync(caller, row.Tenant, row.Version, row.Definition, days, cancellation);
        if (caller.MayPropose && PolicyHistory.CanBeTried(row.Definition.Trigger))
        {
            await store.TriedAsync(
                id,
                new PolicyTrial(
                    row.Version,
                    time.GetUtcNow(),
                    (int)Math.Round((result.To - result.From).TotalDays),
                    result.Acted,
                    result.Episodes,
                    result.HeldMinutes,
                    result.SameAsPeople,
                    result.PeopleAlone
                ),
                cancellation
            );
            news.Raise();
        }
        return result;
    }

    /// <summary>Runs one over the past that is kept nowhere.</summary>
    /// <inheritdoc cref="BacktestAsync(Caller, string, int?, CancellationToken)"/>
    public Task<BacktestResult> BacktestAsync(
        Caller caller,
        PolicyRead read,
        int? days,
        CancellationToken cancellation
    ) => BacktestAsync(caller, read.Tenant, 1, read.Definition, days, cancellation);

    private async Task<BacktestResult> BacktestAsync(
        Caller caller,
        string tenant,
        int version,
        PolicyDefinition definition,
        int? days,
        CancellationToken cancellation
    ) =>
        days is < 1 or > MostDays
            ? throw new UnfitPolicyException("days", $"is {days}; it is from 1 to {MostDays}.")
            : await backtest.RunAsync(
                caller,
                await scopes.ForAsync(caller, tenant, cancellation),
                tenant,
                version,
                definition,
                days,
                cancellation
            );

    /// <exception cref="UnknownPolicyException">404</exception>
    public async Task<Page<EvaluationView>> EvaluationsAsync(
        Caller caller,
        string id,
        PolicyVerdict? verdict,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        PolicyStore.CheckEvaluations(asked);
        await access.RowAsync(caller, id, cancellation);
        return (await store.EvaluationsAsync(id, verdict, asked, cancellation)).Select(EvaluationView.Of);
    }

    /// <summary>Writes a draft down.</summary>
    /// <exception cref="PolicyConflictException">409: there are as many as are kept.</exception>
    public async Task<PolicyView> KeepAsync(Caller caller, PolicyRead read, CancellationToken cancellation) =>
        await FindAsync(caller, (await filing.KeepAsync(read, caller.Actor(), cancellation)).Id, cancellation);

    public PolicyReading Reading(TenantScope scope) => new(scope, catalogue, logs, metrics, promQl, house.Zone);

    private async Task<TenantScope> ScopeAsync(Caller caller, PolicyWish wish, CancellationToken cancellation) =>
        string.IsNullOrWhiteSpace(wish.Tenant)
            ? throw new UnfitPolicyException("tenant", "is missing: whose services it is about.")
            : await scopes.ForAsync(caller, wish.Tenant, cancellation);

    public static string? Said(string? text)
    {
        TextLimits.Check(text, "The sentence", SentenceReader.LongestText);
        return string.IsNullOrWhiteSpace(text) ? null : text.Trim();
    }
}
