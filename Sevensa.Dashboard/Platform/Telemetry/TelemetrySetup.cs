using System.Diagnostics.Metrics;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Sevensa.Dashboard.Platform.Telemetry;

/// <summary>Traces and metrics of the dashboard itself; sent by OTLP when <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> is set, and served at <c>/metrics</c>.</summary>
public static class TelemetrySetup
{
    /// <summary>Name of the product's own meter and activity source.</summary>
    public const string Name = "Sevensa.Dashboard";

    /// <summary>Whether traces leave the program.</summary>
    public static bool SendsTraces(IConfiguration? configuration) =>
        !string.IsNullOrEmpty(configuration?["OTEL_EXPORTER_OTLP_ENDPOINT"]);

    public static void AddTelemetry(this WebApplicationBuilder builder)
    {
        var telemetry = builder
            .Services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(Name))
            .WithMetrics(metrics =>
                metrics
                    .AddAspNetCoreInstrumentation()
                    .AddHttpClientInstrumentation()
                    .AddMeter(Name, "System.Runtime")
                    .AddView(instrument => IsOfNoUse(instrument) ? MetricStreamConfiguration.Drop : null)
                    .AddPrometheusExporter()
            );
        if (SendsTraces(builder.Configuration))
        {
            // Spans that go nowhere would be written for each request all the same.
            telemetry
                .WithTracing(tracing =>
                    tracing.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddSource(Name)
                )
                .UseOtlpExporter();
        }
    }

    /// <summary>
    /// Counted anew with each request, and said by the durations of requests as well: each costs a look-up among its labels.
    /// </summary>
    private static bool IsOfNoUse(Instrument instrument) =>
        instrument.Meter.Name
            is "Microsoft.AspNetCore.Authentication"
                or "Microsoft.AspNetCore.Authorization"
                or "Microsoft.AspNetCore.Routing"
        || instrument.Name
            is "http.client.active_requests"
                or "http.client.open_connections"
                or "http.client.request.time_in_queue";
}
