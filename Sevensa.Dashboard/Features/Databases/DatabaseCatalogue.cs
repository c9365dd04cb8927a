using System.Collections.Concurrent;
using Sevensa.Dashboard.Features.Databases.Backups;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases;

/// <summary>Instances as callers may see them. One look serves everybody for some seconds; what is away keeps its last picture.</summary>
internal sealed class DatabaseCatalogue(
    InstanceRegistry registry,
    InstanceSurvey survey,
    BackupFiles backups,
    Upstreams upstreams,
    ITenantScopes scopes,
    TimeProvider time
)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(15);
    private readonly NamedTurns turns = new();
    private readonly ConcurrentDictionary<string, Known> known = new(StringComparer.Ordinal);

    public bool IsConfigured => registry.All.Count > 0;

    /// <summary>Those where the caller's tenants have something; all of them, whole, for whoever sees every tenant.</summary>
    public async Task<IReadOnlyList<DatabaseInstance>> ListAsync(Caller caller, CancellationToken cancellation) =>
        await ListAsync(await EyesOfAsync(caller, cancellation), cancellation);

    /// <summary>What a tenant has, and nothing of anybody else's, whoever asks.</summary>
    public Task<IReadOnlyList<DatabaseInstance>> OfTenantAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    ) => ListAsync(new Eyes(scope.Narrow(tenant)), cancellation);

    /// <exception cref="UnknownInstanceException">None of that name where the caller sees something.</exception>
    public async Task<DatabaseInstance> FindAsync(Caller caller, string name, CancellationToken cancellation)
    {
        var instance = registry.Find(name);
        var (facts, fault) = await LookAsync(instance, cancellation);
        return View(name, facts, fault, await EyesOfAsync(caller, cancellation))
            ?? throw new UnknownInstanceException(name);
    }

    /// <summary>Whose eyes the caller sees an instance with.</summary>
    /// <exception cref="UnknownInstanceException">None of that name where the caller sees something.</exception>
    public async Task<Eyes> EyesOnAsync(Caller caller, string name, CancellationToken cancellation)
    {
        await FindAsync(caller, name, cancellation);
        return await EyesOfAsync(caller, cancellation);
    }

    private async ValueTask<Eyes> EyesOfAsync(Caller caller, CancellationToken cancellation) =>
        caller.Tenants.IsAll ? new Eyes(null) : new Eyes(await scopes.ForAllAsync(caller, cancellation));

    /// <summary>The next look is a new one: something was changed there.</summary>
    public async Task ForgetAsync(string instance, CancellationToken cancellation)
    {
        using var turn = await turns.TakeAsync(instance, cancellation);
        if (known.TryGetValue(instance, out var one))
        {
            one.At = null;
        }
    }

    /// <summary>The newest picture, and why it is not newer: one of both at least.</summary>
    public async Task<(InstanceFacts? Facts, UpstreamException? Fault)> LookAsync(
        Instance instance,
        CancellationToken cancellation
    )
    {
        var one = known.GetOrAdd(instance.Name, _ => new Known());
        using var turn = await turns.TakeAsync(instance.Name, cancellation);
        if (one.At is { } at && time.GetUtcNow() - at < Fresh)
        {
            return (one.Facts, one.Fault);
        }
        try
        {
            (one.Facts, one.Fault) = (await survey.LookAsync(instance, cancellation), null);
            registry.Learn(instance.Name, MadePlaces.In(registry.Configured(instance.Name), one.Facts, scopes));
            upstreams.Good(instance.Upstream);
        }
        catch (UpstreamException exception)
        {
            one.Fault = exception;
            upstreams.Bad(exception);
        }
        one.At = time.GetUtcNow();
        return (one.Facts, one.Fault);
    }

    private async Task<IReadOnlyList<DatabaseInstance>> ListAsync(Eyes eyes, CancellationToken cancellation)
    {
        var seen = await Task.WhenAll(
            registry.All.Select(async instance =>
            {
                var (facts, fault) = await LookAsync(instance, cancellation);
                return View(instance.Name, facts, fault, eyes);
            })
        );
        return [.. seen.OfType<DatabaseInstance>()];
    }

    /// <summary>With the places that the look found to have been made, and the backups on disk.</summary>
    private DatabaseInstance? View(string name, InstanceFacts? facts, UpstreamException? fault, Eyes eyes)
    {
        var instance = registry.Find(name);
        var owners = facts is null ? null : new Ownership(instance, facts);
        return InstanceView.Of(instance, facts, fault, eyes) is { } shown
            ? shown with
            {
                Backups =
                [
                    .. backups
                        .Of(name)
                        .Select(one => (File: one, Tenant: owners?.OfDatabase(one.Setting.Database)))
                        .Where(one => eyes.See(one.Tenant))
                        .Select(one => new DatabaseBackup(
                            one.File.Setting.Name,
                            one.File.Setting.Database,
                            one.Tenant,
                            one.File.At,
                            one.File.SizeBytes,
                            one.File.Trouble
                        )),
                ],
            }
            : null;
    }

    private sealed class Known
    {
        public DateTimeOffset? At { get; set; }
        public InstanceFacts? Facts { get; set; }
        public UpstreamException? Fault { get; set; }
    }
}
