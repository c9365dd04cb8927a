using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Tenants;

/// <summary>The registry from memory, read anew from the store every few seconds because several dashboards may share it.</summary>
internal sealed class TenantRegistry(TenantStore store, IStrangers strangers, TimeProvider time)
    : ITenants,
        ITenantScopes,
        ITenantNames,
        ITenantDoor
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(10);

    private sealed record Snapshot(IReadOnlyList<Tenant> Tenants, DateTimeOffset At)
    {
        /// <summary>The scope of each tenant by itself, which nearly every question is asked in.</summary>
        public IReadOnlyDictionary<string, TenantScope> Scopes { get; } =
            Tenants.ToDictionary(tenant => tenant.Id, tenant => new TenantScope([tenant.Id]), StringComparer.Ordinal);
    }

    private volatile Snapshot? snapshot;

    public async ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) =>
        (await KnownAsync(cancellation)).Tenants;

    private async ValueTask<Snapshot> KnownAsync(CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        if (snapshot is { } known && now - known.At < Fresh)
        {
            return known;
        }
        var read = new Snapshot(await store.ListAsync(cancellation), now);
        snapshot = read;
        return read;
    }

    public async ValueTask<IReadOnlyList<TenantName>> NamesAsync(CancellationToken cancellation) =>
        [.. (await AllAsync(cancellation)).Select(tenant => new TenantName(tenant.Id, tenant.Name))];

    public async ValueTask<IReadOnlyList<Tenant>> VisibleAsync(
        Caller caller,
        CancellationToken cancellation = default
    ) => [.. (await AllAsync(cancellation)).Where(tenant => caller.MaySee(tenant.Id))];

    public async ValueTask<TenantScope> ForAsync(Caller caller, string tenant, CancellationToken cancellation = default)
    {
        var exists = (await KnownAsync(cancellation)).Scopes.TryGetValue(tenant, out var scope);
        if (exists && caller.MaySee(tenant))
        {
            return scope!;
        }
        if (exists)
        {
            await strangers.RecordAsync(caller, $"the tenant {tenant}", cancellation);
        }
        throw new UnknownTenantException(tenant);
    }

    public async ValueTask<TenantScope> ForAllAsync(Caller caller, CancellationToken cancellation = default)
    {
        var visible = await VisibleAsync(caller, cancellation);
        return visible.Count > 0
            ? new TenantScope(visible.Select(tenant => tenant.Id))
            : throw new UnknownTenantException("*");
    }

    public async ValueTask PassAsync(Caller caller, string tenants, CancellationToken cancellation)
    {
        if (!tenants.Contains('|'))
        {
            await ForAsync(caller, tenants, cancellation);
            return;
        }
        foreach (var tenant in tenants.Split('|', StringSplitOptions.RemoveEmptyEntries))
        {
            await ForAsync(caller, tenant, cancellation);
        }
    }

    public TenantScope ForSystem(string tenant) => new([tenant]);

    public void Forget() => snapshot = null;
}

/// <summary>Brings the configured tenants into the registry at start; in the Sandbox, where none are, those of its fleet.</summary>
internal sealed class TenantSeed(
    TenantStore store,
    TenantRegistry registry,
    IOptions<List<TenantOptions>> configured,
    IHostEnvironment environment
) : IStartStep
{
    private const double Availability = 0.999;

    public async Task RunAsync(CancellationToken cancellation)
    {
        IReadOnlyList<Tenant> tenants = [.. configured.Value.Select(options => options.ToTenant())];
        if (tenants.Count == 0 && environment.IsSandbox())
        {
            tenants = Sandbox;
        }
        await store.PutAsync(tenants, cancellation);
        registry.Forget();
    }

    private static readonly IReadOnlyList<Tenant> Sandbox =
    [
        new("rentguy", "RentGuy", "#2f6fed", ["api", "web", "worker", "db"], ["rentguy"], 500, Availability),
        new(
            "psra-ltsd",
            "PSRA-LTSD",
            "#0f9d8a",
            ["api", "certificate-worker", "web"],
            ["psra-ltsd"],
            2000,
            Availability
        ),
        new("witcom", "Witcom", "#c2410c", ["psra-api", "psra-db"], ["witcom"], 500, Availability),
        new(
            "platform",
            "Platform",
            "#6d5bd0",
            ["traefik", "ai", "claude-chat", "langgraph", "n8n", "postgres"],
            ["platform"],
            3000,
            0.995
        ),
    ];
}
