using Microsoft.AspNetCore.Routing.Template;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>
/// The Prometheus HTTP API in a tenant's scope: any Prometheus client can point here. Default-deny: what is not listed does not exist,
/// parameters are read once and rebuilt, no header of the caller's goes on, answers stream through unchanged.
/// </summary>
internal static class PrometheusApi
{
    private const string Name = "Prometheus";

    private static readonly string[] Verbs = [HttpMethods.Get, HttpMethods.Post];

    public static void MapPrometheusApi(this IEndpointRouteBuilder app)
    {
        var prometheus = app.MapGroup("/api/v1/tenants/{tenant}/prometheus")
            .RequireAuthorization(Policies.Read)
            .WithMetadata(new PrometheusRefusalShape())
            .ReadsAnothersFormat()
            .DisableAntiforgery()
            .WithTags("Metrics");
        var api = prometheus.MapGroup("/api/v1");
        var served = new List<(TemplateMatcher Path, string[] Verbs)>();
        string[] read = [HttpMethods.Get];
        Map("/query", (passage, _) => passage.QueryAsync())
            .Speaks(Name, "query* time timeout limit lookback_delta stats")
            .WithSummary("Instant query in the tenant's scope");
        Map("/query_range", (passage, _) => passage.RangeAsync())
            .Speaks(Name, "query* start* end* step* timeout limit lookback_delta stats")
            .WithSummary("Range query in the tenant's scope");
        Map("/query_exemplars", (passage, _) => passage.ExemplarsAsync())
            .Speaks(Name, "query* start end")
            .WithSummary("Exemplars in the tenant's scope");
        Map("/series", (passage, _) => passage.SelectedAsync("series", required: true))
            .Speaks(Name, "match[]* start end limit")
            .WithSummary("Series in the tenant's scope");
        Map("/labels", (passage, _) => passage.SelectedAsync("labels"))
            .Speaks(Name, "match[] start end limit")
            .WithSummary("Label names in the tenant's scope");
        api.MapMethods(
                Served("/label/{name}/values", Verbs),
                Verbs,
                (HttpContext context, string tenant, string name) => Passage(context).ValuesAsync(name)
            )
            .Speaks(Name, "match[] start end limit")
            .WithSummary("Values of a label in the tenant's scope");
        Map("/metadata", (passage, _) => passage.MetadataAsync())
            .Speaks(Name, "metric limit limit_per_metric")
            .WithSummary("Metadata of the metrics that the tenant's series have");
        Other("/rules", passage => passage.RulesAsync())
            .Speaks(Name, "type rule_name[] rule_group[] file[] match[] exclude_alerts group_limit group_next_token")
            .WithSummary("Rules that concern the tenant, with its own alerts");
        Other("/alerts", passage => passage.AlertsAsync()).Speaks(Name, "").WithSummary("The tenant's alerts");
        Other("/status/buildinfo", passage => passage.BuildAsync()).Speaks(Name, "").WithSummary("Prometheus' version");
        // Said in Prometheus' shape, so that its clients can show it.
        prometheus
            .Map("{**path}", context => Passage(context).UnknownAsync(VerbsOf(context)))
            .ExcludeFromDescription();

        string Served(string path, string[] verbs)
        {
            served.Add((new TemplateMatcher(TemplateParser.Parse($"api/v1{path}"), new()), verbs));
            return path;
        }

        // Only a path that was asked by another verb comes here and is found.
        string[]? VerbsOf(HttpContext context) =>
            served.Find(one => one.Path.TryMatch($"/{context.GetRouteValue("path")}", new())).Verbs;

        IEndpointConventionBuilder Map(string path, Func<PrometheusPassage, HttpContext, Task> answer) =>
            api.MapMethods(
                Served(path, Verbs),
                Verbs,
                (HttpContext context, string tenant) => answer(Passage(context), context)
            );

        IEndpointConventionBuilder Other(string path, Func<PrometheusRulesPassage, Task> answer) =>
            api.MapMethods(
                Served(path, read),
                read,
                (HttpContext context, string tenant) =>
                    answer(ActivatorUtilities.CreateInstance<PrometheusRulesPassage>(context.RequestServices, context))
            );
    }

    private static readonly ObjectFactory<PrometheusPassage> NewPassage =
        ActivatorUtilities.CreateFactory<PrometheusPassage>([typeof(HttpContext)]);

    private static PrometheusPassage Passage(HttpContext context) => NewPassage(context.RequestServices, [context]);
}
