using System.Collections.Concurrent;
using System.Globalization;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Ui;

namespace Sevensa.Dashboard.Features.Databases.Proof;

/// <summary>Answered as 422: there is nothing that could be proven, and why.</summary>
internal sealed class NothingToProveException(string message) : Exception(message);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownProofException(string instance, string id)
    : Exception($"{instance} has no proof \"{StoreText.Shorten(id, 60)}\" that you can see.");

/// <summary>Starts proofs, one at a time for each instance, and shows what came of them to whom it concerns.</summary>
internal sealed class ProofDesk(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    IsolationProver prover,
    ProofStore store,
    ProofResults results,
    StoreLocks locks,
    IAuditLog audit,
    TimeProvider time,
    ILogger<ProofDesk> log
) : IIsolationEvidence, IHostedService
{
    private readonly ConcurrentDictionary<string, Run> running = new(StringComparer.Ordinal);
    private readonly ChangeSignal changes = new(log);

    /// <summary>Called back, from any thread, when a proof begins, goes on or ends. Dispose to stop.</summary>
    public IDisposable OnChange(Action changed) => changes.OnChange(changed);

    /// <summary>Begins a proof of those tenants that the caller sees; the one that runs already is the answer in place of a second.</summary>
    /// <param name="wanted">Only these tenants; all when null or empty.</param>
    /// <exception cref="ForbiddenException">The caller may not propose.</exception>
    /// <exception cref="NothingToProveException">No tenant's credentials are known.</exception>
    /// <exception cref="UpstreamException">The instance does not answer.</exception>
    public async Task<IsolationProof> StartAsync(
        Caller caller,
        string instance,
        IReadOnlyCollection<string>? wanted,
        CancellationToken cancellation
    )
    {
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("Proving isolation needs the role Operator and the scope propose.");
        }
        var eyes = await databases.EyesOnAsync(caller, instance, cancellation);
        var one = registry.Find(instance);
        var tenants = IsolationProver
            .TenantsOf(one)
            .Where(tenant => eyes.See(tenant) && (wanted is not { Count: > 0 } || wanted.Contains(tenant)))
            .ToList();
        if (tenants.Count == 0)
        {
            throw new NothingToProveException(
                $"There are no credentials of your tenants on {instance} to try it with: set Login and PasswordFile or VaultPath in Databases:Placements."
            );
        }
        var row = NewProof(instance, caller.Name, tenants, nightly: false);
        var run = await BeginAsync(one, row, caller.Actor(), cancellation);
        return ProofView.Of(run.Row, [], run.Progress, eyes);
    }

    /// <summary>Proves with these tenants after a repair, and waits for its end.</summary>
    /// <returns>The attempts of the proof; null when no credentials of theirs are known.</returns>
    /// <exception cref="UpstreamException">The instance does not answer.</exception>
    public async Task<IReadOnlyList<AttemptRow>?> ProveAgainAsync(
        Instance instance,
        IReadOnlyCollection<string> wanted,
        string byName,
        CancellationToken cancellation
    )
    {
        var tenants = IsolationProver.TenantsOf(instance).Where(wanted.Contains).ToList();
        if (tenants.Count == 0)
        {
            return null;
        }
        while (true)
        {
            var row = NewProof(instance.Name, byName, tenants, nightly: false);
            var run = await BeginAsync(instance, row, AuditActor.System, cancellation);
            await run.Work.WaitAsync(cancellation);
            // Another that ran already began before the repair.
            if (run.Row.Id == row.Id)
            {
                return await store.AttemptsAsync([row.Id], cancellation);
            }
        }
    }

    /// <summary>The newest proof of an instance with a tenant that has ended, and its attempts with or against that tenant; null when there is none.</summary>
    public async Task<(ProofRow Proof, IReadOnlyList<AttemptRow> Attempts)?> NewestWithAsync(
        string instance,
        string tenant,
        CancellationToken cancellation
    ) =>
        await store.NewestWithAsync(instance, tenant, cancellation) is { State: ProofState.Ended } newest
            ? (
                newest,
                [
                    .. (await store.AttemptsAsync([newest.Id], cancellation)).Where(one =>
                        one.Tenant == tenant || one.Victim == tenant
                    ),
                ]
            )
            : null;

    /// <summary>The proof of the night, once for all dashboards on one store; nothing when it was made or there is nobody to try.</summary>
    /// <exception cref="UpstreamException">The instance does not answer.</exception>
    public async Task StartNightlyAsync(Instance instance, DateOnly night, CancellationToken cancellation)
    {
        var tenants = IsolationProver.TenantsOf(instance);
        var id = string.Create(CultureInfo.InvariantCulture, $"{instance.Name}-{night:yyyyMMdd}");
        if (tenants.Count == 0)
        {
            return;
        }
        await using var turn = await locks.TakeAsync([$"isolation proof {id}"], cancellation);
        if (await store.FindAsync(instance.Name, id, cancellation) is null)
        {
            await BeginAsync(
                instance,
                NewProof(instance.Name, "nightly", tenants, nightly: true, id),
                AuditActor.System,
                cancellation
            );
        }
    }

    /// <summary>Those with a tenant that the caller sees, newest first.</summary>
    public async Task<Page<IsolationProof>> PageAsync(
        Caller caller,
        string instance,
        PageAsked asked,
        CancellationToken cancellation
    )
    {
        ProofStore.NewestFirst.Check(asked);
        var eyes = await databases.EyesOnAsync(caller, instance, cancellation);
        var page = await store.PageAsync(instance, eyes.Scope?.Tenants, asked, cancellation);
        var attempts = await store.AttemptsAsync([.. page.Items.Select(row => row.Id)], cancellation);
        var byProof = attempts.ToLookup(row => row.ProofId);
        return page.Select(row => ProofView.Of(row, byProof[row.Id], ProgressOf(row), eyes));
    }

    /// <exception cref="UnknownProofException">None of that id where the caller sees a tenant.</exception>
    public async Task<IsolationProof> FindAsync(
        Caller caller,
        string instance,
        string id,
        CancellationToken cancellation
    )
    {
        var eyes = await databases.EyesOnAsync(caller, instance, cancellation);
        return await store.FindAsync(instance, id, cancellation) is { } row && row.TenantList.Any(eyes.See)
            ? ProofView.Of(row, await store.AttemptsAsync([id], cancellation), ProgressOf(row), eyes)
            : throw new UnknownProofException(instance, id);
    }

    /// <summary>Ends a proof that runs here; what was tried until then is kept.</summary>
    public async Task<IsolationProof> CancelAsync(
        Caller caller,
        string instance,
        string id,
        CancellationToken cancellation
    )
    {
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("Cancelling a proof needs the role Operator and the scope propose.");
        }
        await FindAsync(caller, instance, id, cancellation);
        if (running.GetValueOrDefault(instance) is { } run && run.Row.Id == id)
        {
            await audit.AppendAsync(
                new AuditEntry(caller.Actor(), "database.proof.cancelled", Target: $"{instance} {id}"),
                cancellation
            );
            await run.Cancel.CancelAsync();
            await run.Work;
        }
        return await FindAsync(caller, instance, id, cancellation);
    }

    /// <summary>What the newest proofs that ended (else, that there are) say with or against a tenant, on each instance where it was tried.</summary>
    public async Task<IReadOnlyList<IsolationProof>> OfTenantAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var (eyes, found) = (new Eyes(scope.Narrow(tenant)), new List<IsolationProof>());
        foreach (var instance in registry.All.Where(one => IsolationProver.TenantsOf(one).Contains(tenant)))
        {
            if (await store.NewestWithAsync(instance.Name, tenant, cancellation) is { } newest)
            {
                found.Add(
                    ProofView.Of(newest, await store.AttemptsAsync([newest.Id], cancellation), ProgressOf(newest), eyes)
                );
            }
        }
        return found;
    }

    public async Task<IsolationEvidence?> OfAsync(TenantScope scope, string tenant, CancellationToken cancellation)
    {
        var proofs = (await OfTenantAsync(scope, tenant, cancellation))
            .Where(one => one.State == ProofState.Ended)
            .ToList();
        return proofs.Count == 0
            ? null
            : new IsolationEvidence(
                proofs.Min(one => one.EndedAt!.Value),
                proofs.Sum(one => one.Attempts.Count(attempt => attempt.Outcome != AttemptOutcome.NotTried)),
                proofs.Sum(one =>
                    one.Attempts.Count(attempt => attempt.Victim == tenant && attempt.Outcome == AttemptOutcome.Leak)
                )
            );
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Nothing is left on the servers: what is under way is rolled back with its connection.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var run in running.Values)
        {
            await run.Cancel.CancelAsync();
        }
        await Task.WhenAll(running.Values.Select(run => run.Work)).WaitAsync(cancellationToken);
    }

    private ProofRow NewProof(
        string instance,
        string by,
        IReadOnlyList<string> tenants,
        bool nightly,
        string? id = null
    )
    {
        var now = time.GetUtcNow();
        return new ProofRow
        {
            Id = id ?? Guid.CreateVersion7(now).ToString("n"),
            Instance = instance,
            StartedAt = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()),
            ByName = by,
            Nightly = nightly,
            Tenants = $" {string.Join(' ', tenants)} ",
            State = ProofState.Running,
        };
    }

    private async Task<Run> BeginAsync(
        Instance instance,
        ProofRow row,
        AuditActor actor,
        CancellationToken cancellation
    )
    {
        var (facts, fault) = await databases.LookAsync(instance, cancellation);
        if (facts is null || fault is not null)
        {
            throw fault!;
        }
        var run = new Run(row, row.TenantList.Count);
        var there = running.GetOrAdd(instance.Name, run);
        if (there != run)
        {
            return there;
        }
        try
        {
            await audit.AppendAsync(
                new AuditEntry(
                    actor,
                    "database.proof.started",
                    Target: instance.Name,
                    Detail: $"What must fail is tried with the credentials of {row.TenantList.Count} tenants."
                ),
                cancellation
            );
            await store.AddAsync(row, cancellation);
        }
        catch
        {
            running.TryRemove(instance.Name, out _);
            throw;
        }
        run.Work = Task.Run(() => CarryOutAsync(instance, facts, run), CancellationToken.None);
        changes.Raise();
        return run;
    }

    private async Task CarryOutAsync(Instance instance, Survey.InstanceFacts facts, Run run)
    {
        var attempts = new ConcurrentQueue<Attempt>();
        var (state, note) = (ProofState.Ended, (string?)null);
        try
        {
            await prover.ProveAsync(
                instance,
                facts,
                run.Row.TenantList.ToHashSet(StringComparer.Ordinal),
                (_, made) =>
                {
                    foreach (var attempt in made)
                    {
                        attempts.Enqueue(attempt);
                    }
                    run.OneDone();
                    changes.Raise();
                },
                run.Cancel.Token
            );
        }
        catch (OperationCanceledException) when (run.Cancel.IsCancellationRequested)
        {
            (state, note) = (ProofState.Cancelled, "It was cancelled: not all tenants were tried.");
        }
        catch (Exception exception)
        {
            log.LogError(exception, "The isolation proof of {Instance} failed", instance.Name);
            (state, note) = (ProofState.Failed, "It failed for a reason that is written in the program's log.");
        }
        try
        {
            await results.KeepAsync(instance, run.Row, [.. attempts], state, note);
        }
        catch (Exception exception)
        {
            log.LogError(exception, "What came of the isolation proof of {Instance} could not be kept", instance.Name);
        }
        finally
        {
            running.TryRemove(instance.Name, out _);
            changes.Raise();
        }
    }

    private (int Done, int Total)? ProgressOf(ProofRow row) =>
        running.GetValueOrDefault(row.Instance) is { } run && run.Row.Id == row.Id ? run.Progress : null;

    private sealed class Run(ProofRow row, int total)
    {
        private int done;

        public ProofRow Row { get; } = row;

        // Not disposed of: it has no timer, and who cancels just when the proof ends must find it whole.
        public CancellationTokenSource Cancel { get; } = new();

        /// <summary>Ends when the proof has ended and is kept.</summary>
        public Task Work { get; set; } = Task.CompletedTask;

        public (int Done, int Total) Progress => (Math.Min(Volatile.Read(ref done), total), total);

        public void OneDone() => Interlocked.Increment(ref done);
    }
}
