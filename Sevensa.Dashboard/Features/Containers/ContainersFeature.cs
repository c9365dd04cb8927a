using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers;

public static class ContainersFeature
{
    public static void AddContainers(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<ContainerDirectory>();
        builder.Services.AddSingleton<IToolSource, ContainerTools>();
        builder.Services.AddSingleton<IProblemSource, ContainerProblems>();
    }

    public static void MapContainers(this WebApplication app) => ContainersApi.Map(app);
}
