using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Contracts;
using Sevensa.Dashboard.Features.Scans.Due;
using Sevensa.Dashboard.Features.Scans.Duty;
using Sevensa.Dashboard.Features.Scans.Exports;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Scans.Images;
using Sevensa.Dashboard.Features.Scans.Originals;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Features.Scans.Saved;
using Sevensa.Dashboard.Features.Scans.Scanning;
using Sevensa.Dashboard.Features.Scans.Statements;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Features.Scans.Vulnerabilities;
using Sevensa.Dashboard.Features.Scans.Watched;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

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
        builder.Services.AddHostedService(provider => provider.GetRequiredService<FindingDuty>());
        builder.Services.AddSingleton<IConfigurationPart, ConfiguredGatePolicies>();
        builder.Services.AddSingleton<IActionKind, SaveGatePolicy>();
        builder.Services.AddSingleton<IActionKind, RemoveGatePolicy>();
        builder.Services.AddSingleton<IActionKind, ScanImageKind>();
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
        services.AddSingleton<IReportReader, SpdxReader>();
        services.AddSingleton<IReportReader, OpenVexReader>();
        services.AddSingleton<IReportReader, CsafReader>();
        services.AddSingleton<ReportReaders>();
        services.AddSingleton<ImageStore>();
        services.AddSingleton<ScanStore>();
        services.AddSingleton<StatementStore>();
        services.AddSingleton<StatementIntake>();
        services.AddSingleton<StatementReach>();
        services.AddSingleton<OriginalStore>();
        services.AddSingleton<IOutlivedRows>(provider => provider.GetRequiredService<OriginalStore>());
        services.AddSingleton<ReportStore>();
        services.AddSingleton<PartsStore>();
        services.AddSingleton<KeptLists>();
        services.AddSingleton<HostScanners>();
        services.AddSingleton<ArrivingReports>();
        services.AddSingleton<HostReports>();
        services.AddSingleton<IScanListener>(provider => provider.GetRequiredService<HostReports>());
        services.AddSingleton<ReportDesk>();
        services.AddSingleton<FindingStore>();
        services.AddSingleton<FindingPageStore>();
        services.AddSingleton<FindingDueStore>();
        services.AddSingleton<FindingQuestions>();
        services.AddSingleton<VulnerabilityStore>();
        services.AddSingleton<VulnerabilityDesk>();
        services.AddSingleton<ImageListStore>();
        services.AddSingleton<ImageDesk>();
        services.AddSingleton<RunningImages>();
        services.AddSingleton<ScanRights>();
        services.AddSingleton<Gate>();
        services.AddSingleton<GatePolicyStore>();
        services.AddSingleton<GatePolicies>();
        services.AddSingleton<GatePreview>();
        services.AddSingleton<IImageGate, ScanGate>();
        services.AddSingleton<ReportIntake>();
        services.AddSingleton<ScanDesk>();
        services.AddSingleton<FindingDesk>();
        services.AddSingleton<DuePolicyStore>();
        services.AddSingleton<DuePolicies>();
        services.AddSingleton<DueDesk>();
        services.AddSingleton<FindingChangeStore>();
        services.AddSingleton<FindingDeeds>();
        services.AddSingleton<SavedFilterStore>();
        services.AddSingleton<SavedFilters>();
        services.AddSingleton<ReportNews>();
        services.AddSingleton<TrendStore>();
        services.AddSingleton<FixedFindingStore>();
        services.AddSingleton<TrendDesk>();
        services.AddSingleton<DayCounts>();
        services.AddSingleton<FixWatch>();
        services.AddSingleton<EndedAcceptances>();
        services.AddSingleton<LostOwners>();
        services.AddSingleton<FindingDuty>();
        services.AddSingleton<IFindings>(provider => provider.GetRequiredService<FindingDesk>());
        services.AddSingleton<IToolSource, ScanTools>();
    }

    public static void MapScans(this IEndpointRouteBuilder app) => app.MapScansApi();
}
