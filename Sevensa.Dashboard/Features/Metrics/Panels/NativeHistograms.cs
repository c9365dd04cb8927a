using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Metrics.Prometheus;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Query.PromQl;
using ZiggyCreatures.Caching.Fusion;

namespace Sevensa.Dashboard.Features.Metrics.Panels;

/// <param name="PromQl">What is asked, before scoping.</param>
/// <param name="Note">What whoever reads the panel must know of it; null when it is what was written.</param>
internal sealed record PanelReading(string PromQl, string? Note);

/// <summary>
/// Panels that were written for classic histograms, drawn of native ones: a target whose histograms are scraped natively has
/// no <c>x_bucket</c>, <c>x_count</c> and <c>x_sum</c>. Which are native is asked of the server within the scope.
/// </summary>
internal sealed class NativeHistograms(PromQlDialect dialect, IFusionCache cache, TimeProvider time)
{
    /// <summary>Names that are looked for with one question; a panel that asks for more is asked as it is written.</summary>
    private const int MostNames = 20;

    private static readonly TimeSpan Known = TimeSpan.FromMinutes(10);

    // Until a first scrape there is nothing to be found.
    private static readonly TimeSpan NotYet = TimeSpan.FromMinutes(1);

    /// <summary>How a panel's query is asked. Never fails: what can't be found out leaves it as it is.</summary>
    public async Task<PanelReading> OfAsync(
        IMetrics metrics,
        TenantScope scope,
        string promQl,
        CancellationToken cancellation
    )
    {
        if (
            !PromQlParser.TryParse(promQl, out var expr, out _, dialect.Options)
            || NativeHistogramForm.Names(expr) is not { Count: > 0 and <= MostNames } names
        )
        {
            return new PanelReading(promQl, null);
        }
        var natives = await cache.GetOrSetAsync<string[]>(
            $"natives|{scope.Key}|{string.Join('|', names)}",
            async (context, token) =>
            {
                var found = await AskAsync(metrics, scope, names, token);
                context.Options.SetDuration(found.Length > 0 ? Known : NotYet);
                return found;
            },
            entry => entry.SetDuration(NotYet).SetSize(1),
            cancellation
        );
        return natives.Length > 0 && NativeHistogramForm.Either(expr, natives) is { } either
            ? new PanelReading(
                PromQlPrinter.Print(either),
                $"{string.Join(", ", natives)} {(natives.Length == 1 ? "is a native histogram" : "are native histograms")} here, without _bucket, _count and _sum: where these give nothing, this shows the same of {(natives.Length == 1 ? "it" : "them")}."
            )
            : new PanelReading(promQl, null);
    }

    private async Task<string[]> AskAsync(
        IMetrics metrics,
        TenantScope scope,
        IReadOnlyList<string> names,
        CancellationToken cancellation
    )
    {
        // Of numbers histogram_count() gives nothing, so that what comes back is native.
        var question = string.Join(
            " or ",
            names
                .Select(GoText.Quote)
                .Select(name =>
                    $"label_replace(group(histogram_count({{__name__={name}}})), \"found\", {name}, \"\", \"\")"
                )
        );
        try
        {
            var found = await metrics.QueryAsync(scope, question, time.GetUtcNow(), cancellation);
            return
            [
                .. found
                    .Select(sample => sample.Labels.GetValueOrDefault("found"))
                    .OfType<string>()
                    .Intersect(names)
                    .Order(StringComparer.Ordinal),
            ];
        }
        catch (UpstreamException)
        {
            // A server that knows no native histograms, or one that does not answer, which the panel's own question meets too.
            return [];
        }
    }
}
