namespace Sevensa.Dashboard.Platform.Query.LogQl;

/// <summary>
/// Narrows a LogQL text to tenants by adding one matcher to every stream selector of its tree. Matchers are
/// conjunctive, so what the text itself says about the tenant label can only narrow further; nothing is replaced or
/// removed. What cannot be read is refused, so no text reaches Loki that this parser and Loki's might read differently.
/// </summary>
public static class LogQlScoper
{
    /// <summary>
    /// Loki's label of multi-tenant answers. In a selector it picks among the tenants of the <c>X-Scope-OrgID</c>
    /// header, so a query may not name it.
    /// </summary>
    public const string TenantIdLabel = "__tenant_id__";

    /// <summary>The limits for text that comes from a caller.</summary>
    public static readonly LogQlLimits Limits = LogQlLimits.Default with { RefusedLabels = [TenantIdLabel] };

    /// <summary>Reads a caller's query and refuses what no scope allows; adds nothing. For a Loki with tenants of its own.</summary>
    /// <exception cref="LogQlException">The query is refused.</exception>
    public static LogQlExpr Read(string query) => LogQlParser.Parse(query, Limits);

    /// <summary>Reads a caller's query and adds the matcher to every stream selector in it.</summary>
    /// <exception cref="LogQlException">The query is refused.</exception>
    public static LogQlExpr Scope(string query, LabelMatcher tenant) => Scope(Read(query), tenant);

    public static LogQlExpr Scope(LogQlExpr query, LabelMatcher tenant)
    {
        RefuseOpen(tenant);
        return query.WithSelectors(selector => selector.With(tenant));
    }

    /// <summary>
    /// The same for a selector alone, as <c>match[]</c> of the series endpoint takes it. A selector of everything is
    /// accepted: with the tenant's matcher it means everything of the tenant.
    /// </summary>
    /// <exception cref="LogQlException">The selector is refused.</exception>
    public static StreamSelector ScopeSelector(string selector, LabelMatcher tenant)
    {
        RefuseOpen(tenant);
        return LogQlParser.ParseSelector(selector, allowAll: true, Limits).With(tenant);
    }

    /// <summary>The matcher for some tenants: <c>tenant="a"</c>, or <c>tenant=~"a|b"</c> with their names escaped.</summary>
    /// <param name="label">The label that says whose a stream is.</param>
    /// <exception cref="ArgumentException">No tenant, an empty tenant, or no label name.</exception>
    public static LabelMatcher Tenants(string label, IEnumerable<string> tenants) => LabelMatcher.AnyOf(label, tenants);

    private static void RefuseOpen(LabelMatcher tenant)
    {
        if (tenant.Operator is not (MatchOperator.Equal or MatchOperator.Matches) || tenant.MatchesEmpty)
        {
            throw new ArgumentException($"{tenant} does not hold a query to a tenant.", nameof(tenant));
        }
    }
}
