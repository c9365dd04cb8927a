using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>
/// A tenant scope as Loki is told of it: the tenants of the <c>X-Scope-OrgID</c> header, or a matcher in every stream
/// selector. Every text that reaches Loki passes here, is read, and goes out as it was understood.
/// </summary>
internal sealed class LokiScope
{
    // A selector of everything that Loki accepts: it gives every stream this label.
    private const string AnyStream = "{service_name=~\".+\"}";

    private readonly LabelMatcher? _matcher;

    private LokiScope(IReadOnlyList<string> orgIds, LabelMatcher? matcher)
    {
        OrgIds = orgIds;
        _matcher = matcher;
    }

    /// <summary>Empty when the tenant is a label.</summary>
    public IReadOnlyList<string> OrgIds { get; }

    public string? OrgId => OrgIds.Count == 0 ? null : string.Join('|', OrgIds);

    /// <summary>One scope for each tenant of the header, for what Loki does only for one at a time.</summary>
    public IEnumerable<LokiScope> Each => OrgIds.Count < 2 ? [this] : OrgIds.Select(org => new LokiScope([org], null));

    public static LokiScope For(TenantScope scope, LogsOptions options) =>
        options.Tenancy == LokiTenancy.Header
            ? new LokiScope(scope.Tenants, null)
            : new LokiScope([], LogQlScoper.Tenants(options.TenantLabel, scope.Tenants));

    /// <summary>The caller's query narrowed to the scope; null asks for everything in it.</summary>
    /// <exception cref="QueryRefusedException">The text cannot be read, or names what no query may.</exception>
    public string Query(string? text) =>
        Read(() =>
        {
            if (text is null)
            {
                return _matcher is null ? AnyStream : new StreamSelector([_matcher]).ToString();
            }

            return (_matcher is null ? LogQlScoper.Read(text) : LogQlScoper.Scope(text, _matcher)).ToString();
        });

    /// <summary>The caller's stream selector narrowed to the scope. Null when there is nothing to say: no selector, and the header holds the tenant.</summary>
    /// <exception cref="QueryRefusedException">The text is no selector, or names what none may.</exception>
    public string? Selector(string? text) =>
        Read(() =>
        {
            if (_matcher is null)
            {
                return text is null
                    ? null
                    : LogQlParser.ParseSelector(text, allowAll: true, LogQlScoper.Limits).ToString();
            }

            return LogQlScoper.ScopeSelector(text ?? "{}", _matcher).ToString();
        });

    private static T Read<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (LogQlException refused)
        {
            throw new QueryRefusedException(refused.LokiMessage, refused.Line, refused.Column);
        }
    }
}
