using System.Globalization;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Logs.Kinds;

/// <summary>The new ones among the kinds of a service's lines.</summary>
internal sealed class NewLogKinds(LogKinds kinds, ILogs logs) : INewLogKinds
{
    public async Task<IReadOnlyList<NewLogKind>> SinceAsync(
        TenantScope scope,
        string tenant,
        string service,
        DateTimeOffset since,
        DateTimeOffset to,
        CancellationToken cancellation
    )
    {
        var query = logs.QueryFor(service, null);
        var found = await kinds.OfAsync(scope, query, since, to, cancellation, since);
        return
        [
            .. found
                .Kinds.Where(kind => kind.IsNew == true)
                .Select(kind => new NewLogKind(
                    kind.Pattern,
                    kind.Level,
                    kind.Count,
                    kind.Example,
                    LogLinks.Page(
                        tenant,
                        LogFilters.Pattern(query, kind.Pattern, include: true),
                        Milliseconds(since),
                        Milliseconds(to)
                    )
                )),
        ];
    }

    private static string Milliseconds(DateTimeOffset at) =>
        at.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
}
