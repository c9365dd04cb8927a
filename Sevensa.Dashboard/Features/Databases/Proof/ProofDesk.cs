using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Alerts.Contracts;
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

/// <summary>Starts proofs, one at a time for each instance, keeps what came of them, and raises alerts for what leaks.</summary>
internal sealed class ProofDesk(
    InstanceRegistry registry,
    DatabaseCatalogue databases,
    IsolationProver prover,
    ProofStore store,
    IOwnAlerts alerts,
    IAuditLog audit,
    IOptions<ProofOptions> options,
    TimeProvider time,
    ILogger<ProofDesk> log
) : IIsolationEvidence, IHostedService
{
    public const string AlertName = "DatabaseIsolationBroken";
    private const int LongestText = 2000;
    private readonly ConcurrentDictionary<string, Run> running = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Action, byte> listeners = new();

    /// <summary>Called back, from any thread, when a proof begins, goes on or ends. Dispose to stop.</summary>
    public IDisposable OnChange(Action changed)
    {
        listeners.TryAdd(changed, 0);
        return new Subscription(() => listeners.TryRemove(changed, out _));
    }

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
        await databases.FindAsync(caller, instance, cancellation);
        var eyes = await databases.EyesOfAsync(caller, cancellation);
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

    /// <summary>The proof of the night, once for all dashboards on one store.</summary>
    public async Task StartNightlyAsync(Instance instance, DateOnly night, CancellationToken cancellation)
    {
        var tenants = IsolationProver.TenantsOf(instance);
        if (tenants.Count == 0)
        {
            return;
        }
        var row = NewProof(
            instance.Name,
            "nightly",
            tenants,
            nightly: true,
            $"{instance.Name}-{night.ToString("yyyyMMdd", CultureInfo.InvariantCulture)}"
        );
        await BeginAsync(instance, row, AuditActor.System, cancellation);
    }

    public async Task<(IReadOnlyList<IsolationProof> Items, DateTimeOffset? Next)> ListAsync(
        Caller caller,
        string instance,
        DateTimeOffset? before,
        int most,
        CancellationToken cancellation
    )
    {
        await databases.FindAsync(caller, instance, cancellation);
        var eyes = await databases.EyesOfAsync(caller, cancellation);
        var rows = await store.OfAsync(instance, before, most + 1, cancellation);
        var shown = rows.Take(most).ToList();
        var attempts = (await store.AttemptsAsync([.. shown.Select(row => row.Id)], cancellation)).ToLookup(row =>
            row.ProofId
        );
        return (
            [
                .. shown
                    .Where(row => row.TenantList.Any(eyes.See))
                    .Select(row => ProofView.Of(row, attempts[row.Id], ProgressOf(row), eyes)),
            ],
            rows.Count > most ? shown[^1].StartedAt : null
        );
    }

    /// <exception cref="UnknownProofException">None of that id where the caller sees a tenant.</exception>
    public async Task<IsolationProof> FindAsync(
        Caller caller,
        string instance,
        string id,
        CancellationToken cancellation
    )
    {
        await databases.FindAsync(caller, instance, cancellation);
        var eyes = await databases.EyesOfAsync(caller, cancellation);
        var row = (await store.OfAsync(instance, null, options.Value.Kept + 1, cancellation)).FirstOrDefault(one =>
            one.Id == id && one.TenantList.Any(eyes.See)
        );
        return row is null
            ? throw new UnknownProofException(instance, id)
            : ProofView.Of(row, await store.AttemptsAsync([id], cancellation), ProgressOf(row), eyes);
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

    /// <summary>What the newest proofs say with or against a tenant, on each instance where it was tried.</summary>
    public async Task<IReadOnlyList<IsolationProof>> OfTenantAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var (eyes, found) = (new Eyes(scope.Narrow(tenant)), new List<IsolationProof>());
        foreach (var instance in registry.All.Where(one => IsolationProver.TenantsOf(one).Contains(tenant)))
        {
            var rows = await store.OfAsync(instance.Name, null, options.Value.Kept + 1, cancellation);
            var with = rows.Where(row => row.TenantList.Contains(tenant)).ToList();
            if ((with.FirstOrDefault(row => row.State == ProofState.Ended) ?? with.FirstOrDefault()) is { } newest)
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
            throw fault ?? throw new InvalidOperationException("An instance that was looked at has facts or a fault.");
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
        Tell();
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
                    Tell();
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
            await KeepAsync(instance, run.Row, [.. attempts], state, note);
        }
        catch (Exception exception)
        {
            log.LogError(exception, "What came of the isolation proof of {Instance} could not be kept", instance.Name);
        }
        finally
        {
            running.TryRemove(instance.Name, out _);
            run.Cancel.Dispose();
            Tell();
        }
    }

    private async Task KeepAsync(
        Instance instance,
        ProofRow row,
        IReadOnlyList<Attempt> attempts,
        ProofState state,
        string? note
    )
    {
        var since = await SinceAsync(row);
        var now = time.GetUtcNow();
        (row.State, row.EndedAt, row.Note) = (state, now, note);
        var rows = attempts
            .Select(
                (one, number) =>
                    new AttemptRow
                    {
                        ProofId = row.Id,
                        Number = number,
                        Tenant = one.Tenant,
                        Victim = one.Victim,
                        Kind = one.Kind,
                        Database = Short(one.Database),
                        Object = Short(one.Object),
                        Statement = Short(one.Statement),
                        Outcome = one.Outcome,
                        Words = Short(one.Words),
                        Since = since.GetValueOrDefault(
                            (one.Tenant, one.Kind, Short(one.Database), Short(one.Object), one.Outcome),
                            row.StartedAt
                        ),
                    }
            )
            .ToList();
        var leaks = rows.Where(one => one.Outcome == AttemptOutcome.Leak).ToList();
        if (state == ProofState.Ended)
        {
            // Before the proof counts as ended: whoever waits for that finds the alerts as they are now.
            await TryRaiseAsync(instance, row, leaks);
        }
        await store.EndAsync(row, rows, options.Value.Kept, CancellationToken.None);
        await audit.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "database.proof.ended",
                Target: instance.Name,
                Outcome: state == ProofState.Failed ? AuditOutcome.Failed : AuditOutcome.Ok,
                Detail: string.Create(
                        CultureInfo.InvariantCulture,
                        $"{rows.Count} attempts, {leaks.Count} of them worked. {note}"
                    )
                    .TrimEnd()
            )
        );
    }

    /// <summary>Alerts that could not be kept cost nobody the proof itself; the next one raises them.</summary>
    private async Task TryRaiseAsync(Instance instance, ProofRow row, List<AttemptRow> leaks)
    {
        try
        {
            await RaiseAsync(instance, row, leaks);
        }
        catch (Exception exception)
        {
            log.LogError(exception, "The alerts about isolation on {Instance} could not be kept", instance.Name);
        }
    }

    /// <summary>Since when each attempt has had its outcome, from the last proof that each tenant was in.</summary>
    private async Task<
        Dictionary<(string Tenant, string Kind, string Database, string Object, AttemptOutcome), DateTimeOffset>
    > SinceAsync(ProofRow row)
    {
        var earlier = (await store.OfAsync(row.Instance, row.StartedAt, options.Value.Kept + 1, CancellationToken.None))
            .Where(one => one.State == ProofState.Ended)
            .ToList();
        var last = row
            .TenantList.Select(tenant =>
                (tenant, Proof: earlier.FirstOrDefault(one => one.TenantList.Contains(tenant))?.Id)
            )
            .Where(one => one.Proof is not null)
            .ToDictionary(one => one.tenant, one => one.Proof!);
        var found = new Dictionary<(string, string, string, string, AttemptOutcome), DateTimeOffset>();
        foreach (var one in await store.AttemptsAsync([.. last.Values.Distinct()], CancellationToken.None))
        {
            if (last.GetValueOrDefault(one.Tenant) == one.ProofId)
            {
                found[(one.Tenant, one.Kind, one.Database, one.Object, one.Outcome)] = one.Since;
            }
        }
        return found;
    }

    private async Task RaiseAsync(Instance instance, ProofRow row, List<AttemptRow> leaks)
    {
        // Who can be reached is told as well as who reaches, also when it was not tried itself.
        var tenants = row.TenantList.Union(leaks.Select(leak => leak.Victim).OfType<string>()).ToList();
        var firing = new List<OwnAlert>();
        foreach (var tenant in tenants)
        {
            var (out_, in_) = (leaks.Count(leak => leak.Tenant == tenant), leaks.Count(leak => leak.Victim == tenant));
            if (out_ + in_ > 0)
            {
                firing.Add(
                    new OwnAlert(
                        tenant,
                        "critical",
                        $"{instance.Name} does not keep {tenant} apart: {Ways(out_, "from its login beyond its own")}{(out_ > 0 && in_ > 0 ? ", " : "")}{Ways(in_, "from others to its data")}.",
                        $"The page Database of {tenant} lists each with its statement. Revoke what was granted, and prove again."
                    )
                );
            }
        }
        await alerts.TellAsync(AlertName, "database", instance.Name, tenants, firing, CancellationToken.None);
    }

    private static string Ways(int count, string whither) =>
        count == 0 ? "" : $"{count} {(count == 1 ? "way leads" : "ways lead")} {whither}";

    private (int Done, int Total)? ProgressOf(ProofRow row) =>
        running.GetValueOrDefault(row.Instance) is { } run && run.Row.Id == row.Id ? run.Progress : null;

    private void Tell()
    {
        foreach (var listener in listeners.Keys)
        {
            listener();
        }
    }

    private static string Short(string text) => StoreText.Shorten(text, LongestText);

    private sealed class Run(ProofRow row, int total)
    {
        private int done;

        public ProofRow Row { get; } = row;
        public CancellationTokenSource Cancel { get; } = new();
        public Task Work { get; set; } = Task.CompletedTask;
        public (int Done, int Total) Progress => (Math.Min(Volatile.Read(ref done), total), total);

        public void OneDone() => Interlocked.Increment(ref done);
    }
}
