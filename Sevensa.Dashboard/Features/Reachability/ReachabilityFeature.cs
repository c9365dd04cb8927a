using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>Who could reach whom over Docker's networks, and what of it is meant.</summary>
internal static class ReachabilityFeature
{
    public static void AddReachability(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<FlowPolicyStore>();
        builder.Services.AddSingleton<FlowPolicies>();
        builder.Services.AddSingleton<IConfigurationPart, ConfiguredFlows>();
        builder.Services.AddSingleton<ReachabilityDesk>();
        builder.Services.AddSingleton<IProblemSource, ReachabilityProblems>();
        builder.Services.AddSingleton<IToolSource, ReachabilityTools>();
    }

    public static void MapReachability(this IEndpointRouteBuilder app) => ReachabilityApi.Map(app);
}
