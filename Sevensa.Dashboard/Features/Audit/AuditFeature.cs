using System.CommandLine;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Audit;

internal static class AuditFeature
{
    public static IReadOnlyList<Command> Commands { get; } = [VerifyCommand.Command];

    public static void AddAudit(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<AuditHeadFile>();
        builder.Services.AddSingleton<RecordNews>();
        builder.Services.AddSingleton<IRecordFeed, RecordFeed>();
        builder.Services.AddSingleton<AuditStore>();
        builder.Services.AddSingleton<IRecordHistory, HistoryStore>();
        builder.Services.AddSingleton<AuditVerifier>();
        builder.Services.AddSingleton<IProgramCommand, VerifyCommand>();
        builder.Services.AddSingleton<SummedRefusals>();
        builder.Services.AddSingleton<IAuditLog>(provider => provider.GetRequiredService<SummedRefusals>());
        builder.Services.AddHostedService(provider => provider.GetRequiredService<SummedRefusals>());
        builder.Services.AddSingleton<AuditTargets>();
        builder.Services.AddSingleton<IStoreListener, AuditStoreListener>();
        builder.Services.AddSingleton<IProblemSource, AuditProblems>();
    }

    public static void MapAudit(this IEndpointRouteBuilder app) => app.MapAuditApi();
}
