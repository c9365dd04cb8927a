using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Metrics.Dashboards.Drawing;
using Sevensa.Dashboard.Features.Metrics.Dashboards.Variables;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Metrics.Dashboards;

internal static class BoardSetup
{
    public static void AddBoards(this IServiceCollection services)
    {
        services.AddSingleton<BoardStore>();
        services.AddSingleton(provider => new BoardDesk(
            provider.GetRequiredService<BoardStore>(),
            provider.GetRequiredService<ITenantScopes>(),
            provider.GetRequiredService<IAuditLog>(),
            provider.GetRequiredService<TimeProvider>()
        ));
        services.AddTransient<VariableResolver>();
        services.AddSingleton<BoardFeeds>();
        services.AddSingleton<IProblemSource, BoardProblems>();
        services.AddSingleton<IStartStep, BoardSeed>();
    }
}
