using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Posture.Exceptions;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Posture;

/// <summary>How containers and engines stand against the CIS Docker Benchmark, and who answers for what fails.</summary>
internal static class PostureFeature
{
    public static void AddPosture(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<PostureExceptionStore>();
        builder.Services.AddSingleton<PostureExceptions>();
        builder.Services.AddSingleton<PostureDesk>();
        builder.Services.AddSingleton<IHardeningFindings, HardeningFindings>();
        builder.Services.AddSingleton<IProblemSource, PostureProblems>();
        builder.Services.AddSingleton<IToolSource, PostureTools>();
    }

    public static void MapPosture(this IEndpointRouteBuilder app) => PostureApi.Map(app);
}
