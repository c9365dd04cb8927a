using Sevensa.Dashboard.Features.Metrics.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;

namespace Sevensa.Dashboard.Features.Dashboards;

/// <summary>A dashboard to begin with: of the metrics that the pages ask for too, one panel of each kind.</summary>
internal static class StarterBoards
{
    public const string Id = "services";

    public static Board For(Tenant tenant, MetricNames names) =>
        new()
        {
            Title = $"{tenant.Name} services",
            Description = "Requests, latency, memory and CPU of every service.",
            Tags = ["starter"],
            Variables =
            [
                new BoardVariable
                {
                    Name = "service",
                    Label = "Service",
                    Kind = VariableKind.Query,
                    Query = $"label_values({names.WorkingSet}, service)",
                    Multi = true,
                    IncludeAll = true,
                    Sort = 1,
                    Current = ["$__all"],
                },
                new BoardVariable
                {
                    Name = "quantile",
                    Label = "Latency of",
                    Kind = VariableKind.Custom,
                    Query = "p50 : 0.5, p95 : 0.95, p99 : 0.99",
                    Options = [new("p50", "0.5"), new("p95", "0.95"), new("p99", "0.99")],
                    Current = ["0.95"],
                },
            ],
            Sections =
            [
                new BoardSection { Panels = [.. Figures(names)] },
                new BoardSection { Title = "Requests", Panels = [.. Requests(names)] },
                new BoardSection { Title = "Containers", Panels = [.. Containers(names)] },
            ],
        };

    private static IEnumerable<BoardPanel> Figures(MetricNames names)
    {
        // By the routers where there are any: they see too what never reached the service.
        var routed = $"sum by (service) (rate({names.RouterRequests}{{service=~\"$service\"}}[$__rate_interval])) > 0";
        var all = $"({routed}) or sum by (service) (rate({names.Requests}{{service=~\"$service\"}}[$__rate_interval]))";
        var failed =
            $"sum by (service) (rate({names.RouterRequests}{{code=~\"5..\", service=~\"$service\"}}[$__rate_interval]))"
            + $" or (sum by (service) (rate({names.Requests}{{{names.FailedRequests}, service=~\"$service\"}}[$__rate_interval])) unless ({routed}))";
        yield return Panel(
            1,
            PanelKind.Stat,
            "Requests",
            0,
            0,
            6,
            4,
            $"sum(rate({names.Requests}{{service=~\"$service\"}}[$__rate_interval]))",
            "Requests"
        ) with
        {
            Field = new FieldStyle { Unit = "reqps" },
            Look = new PanelLook { Sparkline = true, ColourMode = "none" },
        };
        yield return Panel(
            2,
            PanelKind.Stat,
            "Failed",
            6,
            0,
            6,
            4,
            $"sum({failed}) / sum({all}) or vector(0)",
            "Failed"
        ) with
        {
            Field = new FieldStyle
            {
                Unit = "percentunit",
                Thresholds = [new(null, "ok"), new(0.005, "warn"), new(0.01, "crit")],
            },
            Look = new PanelLook { Sparkline = true },
        };
        yield return Panel(
            3,
            PanelKind.Gauge,
            "Memory, of the limit",
            12,
            0,
            6,
            4,
            $"max({names.WorkingSet}{{service=~\"$service\"}} / ({names.MemoryLimit} > 0))",
            "Fullest"
        ) with
        {
            Field = Share,
        };
        yield return Panel(
            4,
            PanelKind.Stat,
            "Services up",
            18,
            0,
            6,
            4,
            $"sum(max by (service) ({names.Up}{{service=~\"$service\"}}))",
            "Up"
        ) with
        {
            Look = new PanelLook { ColourMode = "none" },
        };
    }

    private static IEnumerable<BoardPanel> Requests(MetricNames names)
    {
        yield return Panel(
            5,
            PanelKind.TimeSeries,
            "Requests",
            0,
            0,
            12,
            8,
            $"sum by (service) (rate({names.Requests}{{service=~\"$service\"}}[$__rate_interval]))",
            "{{service}}"
        ) with
        {
            Field = new FieldStyle { Unit = "reqps" },
        };
        yield return Panel(
            6,
            PanelKind.TimeSeries,
            "Latency",
            12,
            0,
            12,
            8,
            $"histogram_quantile($quantile, sum by (service, le) (rate({names.RequestDuration}_bucket{{service=~\"$service\", {MetricNames.Answers}}}[$__rate_interval])))",
            "{{service}}"
        ) with
        {
            Field = new FieldStyle { Unit = "s" },
        };
        yield return Panel(
            7,
            PanelKind.Heatmap,
            "How long requests take",
            0,
            8,
            12,
            8,
            $"sum by (le) (increase({names.RequestDuration}_bucket{{service=~\"$service\", {MetricNames.Answers}}}[$__rate_interval]))",
            "{{le}}",
            buckets: true
        ) with
        {
            Field = new FieldStyle { Unit = "s" },
        };
        yield return Panel(
            8,
            PanelKind.Table,
            "By service",
            12,
            8,
            12,
            8,
            $"(sum by (service, code) (rate({names.RouterRequests}{{service=~\"$service\"}}[5m])) or (sum by (service, code) (rate({names.Requests}{{service=~\"$service\"}}[5m])) unless on (service) {names.RouterRequests})) > 0",
            "",
            instant: true
        ) with
        {
            Field = new FieldStyle { Unit = "reqps" },
            Transformations =
            [
                new("organize")
                {
                    Exclude = ["Time"],
                    Rename = new Dictionary<string, string>
                    {
                        ["service"] = "Service",
                        ["code"] = "Code",
                        ["Value"] = "Requests",
                    },
                },
                new("sortBy") { Field = "Requests", Descending = true },
            ],
        };
    }

    private static IEnumerable<BoardPanel> Containers(MetricNames names)
    {
        yield return Panel(
            9,
            PanelKind.TimeSeries,
            "Memory, working set",
            0,
            0,
            12,
            8,
            $"sum by (service) ({names.WorkingSet}{{service=~\"$service\"}})",
            "{{service}}"
        ) with
        {
            Field = new FieldStyle { Unit = "bytes" },
        };
        yield return Panel(
            10,
            PanelKind.BarGauge,
            "Memory, of the limit",
            12,
            0,
            6,
            8,
            $"max by (service) ({names.WorkingSet}{{service=~\"$service\"}} / ({names.MemoryLimit} > 0))",
            "{{service}}",
            instant: true
        ) with
        {
            Field = Share,
        };
        yield return new BoardPanel
        {
            Id = 11,
            Kind = PanelKind.Text,
            Title = "About this dashboard",
            Place = new PanelPlace(18, 0, 6, 8),
            Text =
                "Everybody who sees this tenant sees this dashboard; operators change it under **Edit**.\n\nDashboards of Grafana's can be imported: *Dashboards → Import*. What can't be shown is listed with the reason.",
        };
    }

    private static FieldStyle Share =>
        new()
        {
            Unit = "percentunit",
            Min = 0,
            Max = 1,
            Thresholds = [new(null, "ok"), new(0.75, "warn"), new(0.9, "crit")],
        };

    private static BoardPanel Panel(
        int id,
        PanelKind kind,
        string title,
        int x,
        int y,
        int w,
        int h,
        string expr,
        string legend,
        bool instant = false,
        bool buckets = false
    ) =>
        new()
        {
            Id = id,
            Kind = kind,
            Title = title,
            Place = new PanelPlace(x, y, w, h),
            Queries = [new PanelQuery("A", expr, legend, instant, Buckets: buckets)],
        };
}

/// <summary>In the Sandbox every tenant begins with a dashboard; nobody else is given any.</summary>
internal sealed class BoardSeed(
    BoardStore store,
    ITenants tenants,
    MetricNames names,
    IHostEnvironment environment,
    TimeProvider time
) : IStartStep
{
    public async Task RunAsync(CancellationToken cancellation)
    {
        if (!environment.IsSandbox())
        {
            return;
        }
        var all = await tenants.AllAsync(cancellation);
        foreach (var tenant in all)
        {
            if (await store.CountAsync(tenant.Id, cancellation) > 0)
            {
                return;
            }
        }
        foreach (var tenant in all)
        {
            await store.PutAsync(
                tenant.Id,
                StarterBoards.Id,
                0,
                BoardFile.Check(StarterBoards.For(tenant, names)),
                "Sandbox",
                time.GetUtcNow(),
                cancellation
            );
        }
    }
}
