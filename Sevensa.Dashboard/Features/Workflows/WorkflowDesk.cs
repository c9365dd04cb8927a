using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>What pages, the API and the assistant ask of n8n's workflows: whatever is not in the caller's scope is not there.</summary>
internal sealed class WorkflowDesk(
    WorkflowBook book,
    Func<N8nClient> client,
    WorkflowOwners owners,
    WorkflowReading reading,
    RunWays ways,
    ITenants tenants,
    ITenantScopes scopes,
    IOptions<N8nOptions> options
)
{
    /// <summary>Of one workflow.</summary>
    internal const int MostRuns = 100;

    public bool IsConfigured => options.Value.IsConfigured;

    /// <summary>The tenant in which a run of a workflow is proposed.</summary>
    public string TenantOf(WorkflowView workflow) => workflow.Tenant ?? options.Value.PlatformTenant;

    /// <summary>All that the caller sees, in order of name.</summary>
    public async Task<IReadOnlyList<WorkflowView>> ListAsync(Caller caller, CancellationToken cancellation) =>
        [.. (await AllAsync(cancellation)).Where(workflow => Sees(caller, workflow))];

    /// <summary>The tenant's; for the platform those too that are nobody's, where the caller is over all tenants.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<IReadOnlyList<WorkflowView>> OfTenantAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return
        [
            .. (await AllAsync(cancellation)).Where(workflow => Sees(caller, workflow) && TenantOf(workflow) == tenant),
        ];
    }

    /// <summary>A workflow's newest runs, first those that wait to begin, then those that go on.</summary>
    /// <exception cref="UnknownWorkflowException">404: there is none, or not for the caller.</exception>
    public async Task<IReadOnlyList<WorkflowRun>> RunsAsync(Caller caller, string id, CancellationToken cancellation)
    {
        if (!(await ListAsync(caller, cancellation)).Any(workflow => workflow.Id == id))
        {
            throw new UnknownWorkflowException(StoreText.Shorten(id, 100));
        }
        var runs = await client().RunsAsync(id, MostRuns, cancellation);
        return
        [
            .. runs
                .Newest.Where(run => run.WorkflowId == id)
                .Select(run => reading.Run(run, id))
                .DistinctBy(run => run.Id)
                .OrderBy(run =>
                    run.State == RunState.New ? 0
                    : run.State == RunState.Running ? 1
                    : 2
                ),
        ];
    }

    private async Task<IEnumerable<WorkflowView>> AllAsync(CancellationToken cancellation)
    {
        var picture = await book.ReadAsync(cancellation);
        var known = (await tenants.AllAsync(cancellation))
            .Select(tenant => tenant.Id)
            .ToHashSet(StringComparer.Ordinal);
        return picture
            .Workflows.Select(workflow => View(workflow, picture, known))
            .OrderBy(workflow => workflow.Name, StringComparer.Ordinal)
            .ThenBy(workflow => workflow.Id, StringComparer.Ordinal);
    }

    private WorkflowView View(N8nWorkflow workflow, WorkflowPicture picture, IReadOnlySet<string> known)
    {
        var (tenant, unowned) = owners.Of(workflow, known);
        var (state, behind) = WorkflowReading.State(workflow);
        var runs = picture
            .Runs[workflow.Id]
            .Select(run => reading.Run(run, workflow.Id))
            .DistinctBy(run => run.Id)
            .OrderByDescending(run => run.StartedAt ?? DateTimeOffset.MaxValue)
            .ToList();
        return new WorkflowView(
            workflow.Id,
            workflow.Name,
            tenant,
            [.. (workflow.Tags ?? []).Select(tag => tag.Name)],
            state,
            string.Join(". ", new[] { behind, unowned }.OfType<string>()) is { Length: > 0 } note ? note : null,
            WorkflowReading.Triggers(workflow),
            workflow.UpdatedAt,
            runs.Count(run => run.State == RunState.Running),
            runs.FirstOrDefault(),
            runs.Count > 0 ? null
                : picture.IsWhole ? "n8n keeps no run of it"
                : $"none among the newest {WorkflowBook.NewestRuns} runs",
            ways.Block(workflow),
            options.Value.LinkTo(workflow.Id)
        );
    }

    private static bool Sees(Caller caller, WorkflowView workflow) =>
        workflow.Tenant is { } tenant ? caller.MaySee(tenant) : caller.Tenants.IsAll;
}
