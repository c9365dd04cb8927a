using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Features.Workflows.N8n;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Workflows;

/// <summary>What pages, the API and the assistant ask of n8n's workflows: whatever is not in the caller's scope is not there.</summary>
internal sealed class WorkflowDesk(N8nInstances instances, ITenants tenants, ITenantScopes scopes)
{
    /// <summary>Of one workflow.</summary>
    internal const int MostRuns = 100;

    public bool IsConfigured => instances.All.Any(one => one.Set.IsConfigured);

    /// <summary>Several are told apart by their names.</summary>
    public bool HasSeveral => instances.All.Count > 1;

    /// <summary>All that the caller sees, in order of name.</summary>
    /// <exception cref="UpstreamException">One of the n8n can't tell: what there is without it would look like all.</exception>
    public async Task<IReadOnlyList<WorkflowView>> ListAsync(
        Caller caller,
        CancellationToken cancellation,
        string? instance = null
    ) => Whole(await LookAsync(caller, cancellation, instance));

    /// <summary>All that the caller sees of those that can be asked, and which can't.</summary>
    /// <exception cref="UpstreamException">None can.</exception>
    public async Task<WorkflowsSeen> LookAsync(Caller caller, CancellationToken cancellation, string? instance = null)
    {
        var asked = instances.All.Where(one => instance is null || one.Name == instance).ToList();
        if (instances.All.Count == 0)
        {
            throw NotConfigured();
        }
        return await AskAsync(asked, workflow => Sees(caller, workflow), cancellation);
    }

    /// <summary>The tenant's; for the platform those too that are nobody's, where the caller is over all tenants.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UpstreamException">One of the n8n can't tell.</exception>
    public async Task<IReadOnlyList<WorkflowView>> OfTenantAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation,
        string? instance = null
    ) => Whole(await LookAtTenantAsync(caller, tenant, cancellation, instance));

    /// <summary>The tenant's of those n8n that can be asked, and which can't; one that is for others is not asked.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="UpstreamException">None can.</exception>
    public async Task<WorkflowsSeen> LookAtTenantAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation,
        string? instance = null
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (instances.All.Count == 0)
        {
            throw NotConfigured();
        }
        var asked = instances
            .All.Where(one =>
                (instance is null || one.Name == instance)
                && (one.Owners.Serves(tenant) || one.Set.PlatformTenant == tenant)
            )
            .ToList();
        return await AskAsync(asked, workflow => Sees(caller, workflow) && workflow.ProposedIn == tenant, cancellation);
    }

    /// <summary>A workflow's newest runs, first those that wait to begin, then those that go on.</summary>
    /// <exception cref="UnknownWorkflowException">404: there is none, or not for the caller.</exception>
    public async Task<IReadOnlyList<WorkflowRun>> RunsAsync(Caller caller, string id, CancellationToken cancellation)
    {
        var (name, own) = Parted(id);
        if (
            instances.Find(name) is not { } instance
            || !(await ListAsync(caller, cancellation, instance.Name)).Any(workflow =>
                workflow.Id == instance.IdOf(own)
            )
        )
        {
            throw instances.All.Count == 0 ? NotConfigured() : new UnknownWorkflowException(StoreText.Shorten(id, 100));
        }
        var runs = await instance.Client().RunsAsync(own, MostRuns, cancellation);
        return
        [
            .. runs
                .Newest.Where(run => run.WorkflowId == own)
                .Select(run => instance.Reading.Run(run, own))
                .DistinctBy(run => run.Id)
                .OrderBy(run =>
                    run.State == RunState.New ? 0
                    : run.State == RunState.Running ? 1
                    : 2
                ),
        ];
    }

    /// <summary>Ids of n8n's own have no colon.</summary>
    private static (string? Instance, string Id) Parted(string id) =>
        id.IndexOf(':', StringComparison.Ordinal) is var at and > 0 ? (id[..at], id[(at + 1)..]) : (null, id);

    private static UpstreamException NotConfigured() =>
        new("n8n", UpstreamFault.NotConfigured, "n8n has no address.", remedy: "Set N8n:Url.");

    private static IReadOnlyList<WorkflowView> Whole(WorkflowsSeen seen) =>
        seen.Away.Count == 0 ? seen.Workflows : throw seen.Away[0].Why;

    private async Task<WorkflowsSeen> AskAsync(
        IReadOnlyList<N8nInstance> asked,
        Func<WorkflowView, bool> isMeant,
        CancellationToken cancellation
    )
    {
        var known = (await tenants.AllAsync(cancellation))
            .Select(tenant => tenant.Id)
            .ToHashSet(StringComparer.Ordinal);
        var told = await Task.WhenAll(asked.Select(one => OneAsync(one, known, cancellation)));
        var away = told.Where(one => one.Why is not null).Select(one => (one.Instance, one.Why!)).ToList();
        return away.Count > 0 && away.Count == asked.Count
            ? throw away[0].Item2
            : new WorkflowsSeen(
                [
                    .. told.SelectMany(one => one.Workflows)
                        .Where(isMeant)
                        .OrderBy(workflow => workflow.Name, StringComparer.Ordinal)
                        .ThenBy(workflow => workflow.Id, StringComparer.Ordinal),
                ],
                away
            );
    }

    private static async Task<(
        string Instance,
        IReadOnlyList<WorkflowView> Workflows,
        UpstreamException? Why
    )> OneAsync(N8nInstance instance, IReadOnlySet<string> known, CancellationToken cancellation)
    {
        try
        {
            var picture = await instance.Book.ReadAsync(cancellation);
            return (
                instance.Name,
                [.. picture.Workflows.Select(workflow => View(instance, workflow, picture, known))],
                null
            );
        }
        catch (UpstreamException exception)
        {
            return (instance.Name, [], exception);
        }
    }

    private static WorkflowView View(
        N8nInstance instance,
        N8nWorkflow workflow,
        WorkflowPicture picture,
        IReadOnlySet<string> known
    )
    {
        var (tenant, unowned) = instance.Owners.Of(workflow, known);
        var (state, behind) = WorkflowReading.State(workflow);
        var runs = picture
            .Runs[workflow.Id]
            .Select(run => instance.Reading.Run(run, workflow.Id))
            .DistinctBy(run => run.Id)
            .OrderByDescending(run => run.StartedAt ?? DateTimeOffset.MaxValue)
            .ToList();
        return new WorkflowView(
            instance.IdOf(workflow.Id),
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
            instance.Ways.Block(workflow),
            instance.Set.LinkTo(workflow.Id)
        )
        {
            Instance = instance.Name,
            ProposedIn = tenant ?? instance.Set.PlatformTenant,
        };
    }

    private static bool Sees(Caller caller, WorkflowView workflow) =>
        workflow.Tenant is { } tenant ? caller.MaySee(tenant) : caller.Tenants.IsAll;
}
