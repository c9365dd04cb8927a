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
                    .AddPrometheusExporter()
            );
        if (!string.IsNullOrEmpty(builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"]))
        {
            // Spans that go nowhere would be written for each request all the same.
            telemetry
                .WithTracing(tracing =>
                    tracing.AddAspNetCoreInstrumentation().AddHttpClientInstrumentation().AddSource(Name)
                )
                .UseOtlpExporter();
        }
    }
}
