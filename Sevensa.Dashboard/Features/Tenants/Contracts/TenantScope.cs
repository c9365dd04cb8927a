using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Tenants.Contracts;

/// <summary>
/// Whose data may be read: one tenant, or several for people who have several. The only way from a PromQL or LogQL text
/// to something an upstream is asked; what can't be scoped is refused. Made by <see cref="ITenantScopes"/> only.
/// </summary>
public sealed partial class TenantScope
{
    /// <summary>The label that carries the tenant in Prometheus, in Loki without tenancy, and on containers (<c>sevensa.tenant</c>).</summary>
    public const string Label = "tenant";

    /// <summary>Label on a container that names its tenant.</summary>
    public const string ContainerLabel = "sevensa.tenant";

    internal TenantScope(IEnumerable<string> tenants)
    {
        Tenants = [.. tenants.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        if (Tenants.Count == 0)
        {
            throw new ArgumentException("A scope holds at least one tenant.", nameof(tenants));
        }
    }

    /// <summary>Ids, ordered; at least one.</summary>
    public IReadOnlyList<string> Tenants { get; }

    /// <summary>Part of every cache key.</summary>
    public string Key => string.Join('|', Tenants);

    /// <summary>Value of <c>X-Scope-OrgID</c>.</summary>
    public string OrgId => Key;

    public bool Holds(string? tenant) => tenant is not null && Tenants.Contains(tenant, StringComparer.Ordinal);

    /// <summary>The path under Vault's KV mount that belongs to a tenant of this scope, with a trailing slash.</summary>
    /// <exception cref="ArgumentException">The tenant is not in the scope.</exception>
    public string VaultPrefix(string tenant) =>
        Holds(tenant) ? $"{tenant}/" : throw new ArgumentException("That tenant is not in this scope.", nameof(tenant));

    public override string ToString() => Key;
}

/// <summary>A query text that was parsed and narrowed to a scope.</summary>
/// <param name="Text">What the upstream is asked.</param>
/// <param name="Infos">What the asker should know, e.g. that a selector can never match.</param>
public sealed record ScopedQuery(string Text, TenantScope Scope, IReadOnlyList<string> Infos)
{
    /// <summary>What the upstream says of the query, with its places counted in the text that the asker wrote.</summary>
    public Func<string, string> InAskersText { get; init; } = words => words;

    /// <summary>What <see cref="Text"/> is made of; null where it is no PromQL.</summary>
    internal Expr? Tree { get; init; }
}

/// <summary>The text could not be read or scoped, and is not sent. Answered as 400 in the upstream's envelope.</summary>
/// <param name="line">One-based; zero when the whole text is meant.</param>
public sealed class QueryRefusedException(string message, int line = 0, int column = 0) : Exception(message)
{
    public int Line { get; } = line;

    public int Column { get; } = column;
}
