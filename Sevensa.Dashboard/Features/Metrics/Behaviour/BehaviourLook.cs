using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Behaviour;

/// <summary>
/// Compares figures of services with what is usual of them, tenant by tenant, each in its own scope. Where a figure is missing, or its
/// past, nothing is found.
/// </summary>
internal sealed class BehaviourLook(
    IMetrics metrics,
    ITenants tenants,
    ITenantScopes scopes,
    ServiceQueries queries,
    BehaviourBook book,
    IOptions<MetricsOptions> names,
    IOptions<BehaviourOptions> options,
    TimeProvider time
)
{
    private const int MostServices = 200;
    private const int MostYoung = 50;

    private static readonly TimeSpan step = TimeSpan.FromHours(1);

    /// <summary>What a measure can find, so that it is over when it finds it no more.</summary>
    private static readonly Dictionary<string, string[]> found = new(StringComparer.Ordinal)
    {
        ["requests"] = ["Many requests", "Few requests"],
        [Measure.Errors] = ["Many errors"],
        ["restarts"] = ["Many restarts"],
    };

    /// <summary>One look at all of them. Ends at the first question that Prometheus does not answer.</summary>
    public async Task TakeAsync(CancellationToken cancellation)
    {
        var young = new List<string>();
        try
        {
            foreach (var tenant in await tenants.AllAsync(cancellation))
            {
                await TakeAsync(tenant.Id, young, cancellation);
            }
            book.Show(null, [.. young.Order(StringComparer.Ordinal).Take(MostYoung)]);
        }
        catch (UpstreamException exception)
        {
            book.Show(exception.Told, []);
        }
        catch (QueryRefusedException exception)
        {
            book.Show($"{exception.Message} Look at the names under Metrics in the settings.", []);
        }
    }

    private async Task TakeAsync(string tenant, List<string> young, CancellationToken cancellation)
    {
        var scope = scopes.ForSystem(tenant);
        var now = time.GetUtcNow();
        var rates = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var measure in Measure.All(queries, names.Value))
        {
            var present = await metrics.QueryAsync(scope, measure.PromQl, now, cancellation);
            var past = await book.PastAsync(
                tenant,
                measure.Name,
                () =>
                    metrics.RangeAsync(
                        scope,
                        measure.PromQl,
                        now.AddDays(-options.Value.HistoryDays),
                        now,
                        step,
                        cancellation
                    )
            );
            foreach (var sample in present.Take(MostServices))
            {
                var service = sample.Labels.GetValueOrDefault("service", "");
                if (service.Length == 0 || !double.IsFinite(sample.Value))
                {
                    continue;
                }
                if (measure.Name == "requests")
                {
                    rates[service] = sample.Value;
                }
                if (
                    measure.Name == Measure.Errors
                    && (!rates.TryGetValue(service, out var rate) || rate < Measure.LeastForErrors)
                )
                {
                    if (rates.ContainsKey(service))
                    {
                        // Too few requests for a share to say anything: what was found before is over.
                        book.Judged(tenant, service, found[measure.Name], unusual: null);
                    }
                    continue;
                }
                if (past.GetValueOrDefault(service) is not { } series || UsualBand.Of(series, now) is not { } usual)
                {
                    young.Add($"{tenant}/{service}: {measure.Name}");
                    continue;
                }
                book.Judged(tenant, service, found[measure.Name], measure.Judge(sample.Value, usual));
            }
        }
    }
}
