using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Graph;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Reachability.Declared;

/// <param name="Text">One flow a line; empty when nothing was declared yet.</param>
internal sealed record FlowPolicyView(string Tenant, string Text, int Flows, string? SavedBy, DateTimeOffset? SavedAt);

/// <summary>What all tenants declare. A flow is declared by whose service is reached: nobody declares a way into another's.</summary>
internal sealed class DeclaredFlows(IReadOnlyList<FlowPolicyRow> rows)
{
    private readonly Dictionary<string, IReadOnlyList<DeclaredFlow>> byTenant = rows.ToDictionary(
        row => row.Tenant,
        row => FlowPolicy.Read(row.Text)
    );

    private readonly Dictionary<string, ILookup<string, DeclaredFlow>> byTarget = [];

    public IReadOnlyList<DeclaredFlow> Of(string tenant) => byTenant.GetValueOrDefault(tenant) ?? [];

    public string? TextOf(string tenant) =>
        rows.FirstOrDefault(row => row.Tenant == tenant)?.Text is { Length: > 0 } text ? text : null;

    public bool Covers(FlowEnd from, FlowEnd to, string? port) =>
        to is { Kind: EndKind.Service, Tenant: { } tenant }
        && byTenant.ContainsKey(tenant)
        && (
            Covers(to.Name, tenant, from, to, port)
            || Covers(to.Dashed, tenant, from, to, port)
            || Covers(to.Whole, tenant, from, to, port)
        );

    // A policy may have a thousand lines, and a tenant a hundred thousand ways.
    private bool Covers(string target, string tenant, FlowEnd from, FlowEnd to, string? port)
    {
        if (!byTarget.TryGetValue(tenant, out var lines))
        {
            byTarget[tenant] = lines = Of(tenant).ToLookup(line => line.To, StringComparer.Ordinal);
        }
        foreach (var line in lines[target])
        {
            if (line.Covers(tenant, from, to, port))
            {
                return true;
            }
        }
        return false;
    }
}

/// <summary>Flows that tenants declare; operators and administrators write them.</summary>
internal sealed class FlowPolicies(
    FlowPolicyStore store,
    ITenantScopes scopes,
    IStepUp stepUp,
    IAuditLog audit,
    TimeProvider time
)
{
    public static bool MayChange(Caller caller) => caller.MayPropose;

    public async Task<DeclaredFlows> AllAsync(CancellationToken cancellation) =>
        new(await store.AllAsync(cancellation));

    /// <exception cref="UnknownTenantException">404</exception>
    public async Task<FlowPolicyView> OfTenantAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        return (await store.AllAsync(cancellation)).FirstOrDefault(row => row.Tenant == tenant) is { } row
            ? Of(row)
            : new FlowPolicyView(tenant, "", 0, null, null);
    }

    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="ForbiddenException">403</exception>
    /// <exception cref="UnreadablePolicyException">422: with the line.</exception>
    public async Task<FlowPolicyView> SaveAsync(
        Caller caller,
        string tenant,
        string? text,
        CancellationToken cancellation
    )
    {
        await scopes.ForAsync(caller, tenant, cancellation);
        if (!MayChange(caller))
        {
            throw new ForbiddenException("Flows are declared by operators and administrators.");
        }
        var wanted = TextLimits.Check((text ?? "").ReplaceLineEndings("\n"), "The policy", FlowPolicy.LongestText);
        var flows = FlowPolicy.ReadFor(tenant, wanted);
        if (await WidensAsync(tenant, flows, cancellation))
        {
            await stepUp.RequireClearAsync(caller, "reachability.declare", cancellation);
        }
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                "reachability.declared",
                tenant,
                tenant,
                Detail: $"Declared {flows.Count} flow{(flows.Count == 1 ? "" : "s")}"
            ),
            cancellation
        );
        return Of(
            await store.PutAsync(
                new FlowPolicyRow
                {
                    Tenant = tenant,
                    Text = wanted,
                    SavedBy = caller.Name,
                    SavedAt = time.GetUtcNow(),
                },
                cancellation
            )
        );
    }

    /// <summary>Whether a way is declared that was not: taking lines out, and writing them otherwise, is none.</summary>
    private async Task<bool> WidensAsync(
        string tenant,
        IReadOnlyList<DeclaredFlow> flows,
        CancellationToken cancellation
    )
    {
        var before = (await AllAsync(cancellation)).Of(tenant);
        return flows.Any(flow => !before.Any(one => (one with { Line = flow.Line }) == flow));
    }

    private static FlowPolicyView Of(FlowPolicyRow row) =>
        new(row.Tenant, row.Text, FlowPolicy.Read(row.Text).Count, row.SavedBy, row.SavedAt);
}
