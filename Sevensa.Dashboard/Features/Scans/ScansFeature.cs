using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Contracts;
using Sevensa.Dashboard.Features.Scans.Exports;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Features.Scans.Watched;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>What scanners found in images: reports in, findings, decisions about them, and the gate.</summary>
internal static class ScansFeature
{
    public static void AddScans(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ScansOptions>("Scans");
        AddScans(builder.Services);
        builder.Services.AddScoped<GatePolicyDesk>();
        builder.Services.AddSingleton<FindingsExport>();
        builder.Services.AddHostedService<ReportFolder>();
        builder.Services.AddSingleton<IConfigurationPart, ConfiguredGatePolicies>();
        builder.Services.AddSingleton<IActionKind, SaveGatePolicy>();
        builder.Services.AddSingleton<IActionKind, RemoveGatePolicy>();
        foreach (var kind in (string[])[GatePolicyChange.Save, GatePolicyChange.Remove])
        {
            builder.Services.AddSingleton<IDashboardExecutor>(provider =>
                ActivatorUtilities.CreateInstance<GatePolicyExecutor>(provider, kind)
            );
            builder.Services.AddSingleton<IDashboardReconciler>(provider =>
                ActivatorUtilities.CreateInstance<GatePolicyExecutor>(provider, kind)
            );
        }
        builder.Services.AddSingleton<IProblemSource, ScanProblems>();
        builder.Services.AddSingleton<IStartStep, SeededScans>();
    }

    internal static void AddScans(IServiceCollection services)
    {
        services.AddSingleton<IReportReader, TrivyReader>();
        services.AddSingleton<IReportReader, GrypeReader>();
        services.AddSingleton<IReportReader, ClairReader>();
        services.AddSingleton<IReportReader, SarifReader>();
        services.AddSingleton<IReportReader, CycloneDxReader>();
        services.AddSingleton<ReportReaders>();
        services.AddSingleton<ScanStore>();
        services.AddSingleton<FindingStore>();
        services.AddSingleton<ScanRights>();
        services.AddSingleton<Gate>();
        services.AddSingleton<GatePolicyStore>();
        services.AddSingleton<GatePolicies>();
        services.AddSingleton<GatePreview>();
        services.AddSingleton<IImageGate, ScanGate>();
        services.AddSingleton<ScanDesk>();
        services.AddSingleton<FindingDesk>();
        services.AddSingleton<IFindings>(provider => provider.GetRequiredService<FindingDesk>());
        services.AddSingleton<IToolSource, ScanTools>();
    }

    public static void MapScans(this IEndpointRouteBuilder app) => app.MapScansApi();
}
