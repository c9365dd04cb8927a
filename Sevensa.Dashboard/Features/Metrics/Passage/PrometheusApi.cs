using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>
/// The Prometheus HTTP API in a tenant's scope: any Prometheus client can point here. Default-deny: what is not listed does not exist,
/// parameters are read once and rebuilt, no header of the caller's goes on, answers stream through unchanged.
/// </summary>
internal static class PrometheusApi
{
    private static readonly string[] Verbs = [HttpMethods.Get, HttpMethods.Post];

    public static void MapPrometheusApi(this IEndpointRouteBuilder app)
    {
        var prometheus = app.MapGroup("/api/v1/tenants/{tenant}/prometheus")
            .RequireAuthorization(Policies.Read)
            .WithMetadata(new PrometheusRefusalShape())
            .ReadsAnothersFormat()
            .DisableAntiforgery();
        var api = prometheus.MapGroup("/api/v1");
        Map("/query", (passage, _) => passage.QueryAsync()).WithSummary("Instant query in the tenant's scope");
        Map("/query_range", (passage, _) => passage.RangeAsync()).WithSummary("Range query in the tenant's scope");
        Map("/query_exemplars", (passage, _) => passage.ExemplarsAsync())
            .WithSummary("Exemplars in the tenant's scope");
        Map("/series", (passage, _) => passage.SelectedAsync("series", required: true))
            .WithSummary("Series in the tenant's scope");
        Map("/labels", (passage, _) => passage.SelectedAsync("labels"))
            .WithSummary("Label names in the tenant's scope");
        Map("/label/{name}/values", (passage, context) => passage.ValuesAsync((string)context.GetRouteValue("name")!))
            .WithSummary("Values of a label in the tenant's scope");
        Map("/metadata", (passage, _) => passage.MetadataAsync())
            .WithSummary("Metadata of the metrics that the tenant's series have");
        Other("/rules", passage => passage.RulesAsync())
            .WithSummary("Rules that concern the tenant, with its own alerts");
        Other("/alerts", passage => passage.AlertsAsync()).WithSummary("The tenant's alerts");
        Other("/status/buildinfo", passage => passage.BuildAsync()).WithSummary("Prometheus' version");
        // Said in Prometheus' shape, so that its clients can show it.
        prometheus.Map("{**path}", context => Passage(context).UnknownAsync()).ExcludeFromDescription();

        IEndpointConventionBuilder Map(string path, Func<PrometheusPassage, HttpContext, Task> answer) =>
            api.MapMethods(path, Verbs, context => answer(Passage(context), context));

        IEndpointConventionBuilder Other(string path, Func<PrometheusRulesPassage, Task> answer) =>
            api.MapMethods(
                path,
                [HttpMethods.Get],
                context =>
                    answer(ActivatorUtilities.CreateInstance<PrometheusRulesPassage>(context.RequestServices, context))
            );
    }

    private static PrometheusPassage Passage(HttpContext context) =>
        ActivatorUtilities.CreateInstance<PrometheusPassage>(context.RequestServices, context);
}
