using Sevensa.Dashboard.Platform.Query.LogQl;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Tenants.Contracts;

public sealed partial class TenantScope
{
    private SelectorScope? selectors;

    private SelectorScope Selectors => selectors ??= SelectorScope.For(Label, Tenants);

    /// <summary>The part of this scope that is one tenant.</summary>
    /// <exception cref="UnknownTenantException">The tenant is not in this scope.</exception>
    public TenantScope Narrow(string tenant) =>
        Holds(tenant) ? new TenantScope([tenant]) : throw new UnknownTenantException(tenant);

    /// <summary>PromQL with the tenant's matcher added to every vector selector.</summary>
    /// <exception cref="QueryRefusedException">It can't be read, or selects in a way that can't be scoped.</exception>
    /// <param name="options">What of the language is read; everything that servers read without asking when null.</param>
    public ScopedQuery PromQl(string text, PromQlOptions? options = null) =>
        Prometheus(text, () => Selectors.Apply(text, options));

    /// <summary>Whether a query asks for nothing outside the scope as it stands: every selector names one of its tenants.</summary>
    public bool Encloses(string promQl) =>
        PromQlParser.TryParse(promQl, out var expr, out _, PromQlOptions.Any) && Selectors.Encloses(expr);

    /// <summary>A series selector (<c>match[]</c>) with the tenant's matcher added; <c>{}</c> is everything in the scope.</summary>
    /// <exception cref="QueryRefusedException">It is no selector.</exception>
    public ScopedQuery PromQlSelector(string text) =>
        text.Trim() == "{}"
            ? new ScopedQuery(PromQlPrinter.Print(Selectors.Everything), this, [])
            : Prometheus(text, () => Selectors.ApplyToSelector(text));

    /// <summary>Selects scrape targets: those of the scope's tenants, and those that carry no tenant at all.</summary>
    public string TargetSelector =>
        $"{{{Label}=~\"{string.Join('|', Tenants.Select(tenant => Re2Pattern.Escape(tenant).Replace("\\", "\\\\", StringComparison.Ordinal)))}|\"}}";

    /// <summary>Whether a target with these labels is the scope's, or nobody's.</summary>
    public bool Sees(IReadOnlyDictionary<string, string>? target) =>
        target?.GetValueOrDefault(Label) is not { Length: > 0 } tenant || Holds(tenant);

    /// <summary>All <c>match[]</c> of a request; when there are none, everything in the scope.</summary>
    /// <exception cref="QueryRefusedException">One of them is no selector.</exception>
    public IReadOnlyList<ScopedQuery> PromQlSelectors(IEnumerable<string> matches)
    {
        var scoped = matches.Select(PromQlSelector).ToList();
        return scoped.Count > 0 ? scoped : [PromQlSelector("{}")];
    }

    /// <summary>
    /// LogQL as it was read, written anew from its tree. The tenant itself goes in <see cref="OrgId"/>: Loki keeps tenants
    /// apart, and a text can't reach beyond the header.
    /// </summary>
    /// <exception cref="QueryRefusedException">It can't be read, or names what only the header may say.</exception>
    public ScopedQuery LogQl(string text) => Loki(() => LogQlScoper.Read(text).ToString()!);

    /// <summary>The same for a stream selector alone (<c>match[]</c>, <c>index/stats</c>, <c>index/volume</c>); <c>{}</c> is everything.</summary>
    /// <exception cref="QueryRefusedException">It is no selector.</exception>
    public ScopedQuery LogQlSelector(string text) =>
        Loki(() => LogQlParser.ParseSelector(text, allowAll: true, LogQlScoper.Limits).ToString()!);

    private ScopedQuery Prometheus(string written, Func<ScopedExpr> scope)
    {
        try
        {
            var scoped = scope();
            var sent = scoped.Text;
            return new ScopedQuery(sent, this, [.. scoped.NeverMatching.Select(never => never.Message)])
            {
                InAskersText = new ScopedPositions(scoped.Expr, sent, written).In,
                Tree = scoped.Expr,
            };
        }
        catch (PromQlException exception)
        {
            // Prometheus' own words, which its clients look for; what only we refuse is said in ours.
            var message =
                exception.Detail == PromQlParser.SelectsNothing ? exception.Detail
                : exception.Kind == PromQlErrorKind.Invalid && exception.Line > 0
                    ? $"{exception.Line}:{exception.Column}: parse error: {exception.Detail}"
                : exception.Message;
            throw new QueryRefusedException(message, exception.Line, exception.Column);
        }
    }

    private ScopedQuery Loki(Func<string> read)
    {
        try
        {
            return new ScopedQuery(read(), this, []);
        }
        catch (LogQlException exception)
        {
            throw new QueryRefusedException(exception.LokiMessage, exception.Line, exception.Column);
        }
    }
}
