using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Reachability.Declared;
using Sevensa.Dashboard.Features.Reachability.Observed;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Reachability;

/// <summary>Who could reach whom over Docker's networks, and what of it is meant.</summary>
internal static class ReachabilityFeature
{
    public static void AddReachability(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<FlowPolicyStore>();
        builder.Services.AddSingleton<FlowPolicies>();
        builder.Services.AddSingleton<IConfigurationPart, ConfiguredFlows>();
        builder.Services.AddSingleton<ObservedFlowStore>();
        builder.Services.AddSingleton<IOutlivedRows>(services => services.GetRequiredService<ObservedFlowStore>());
        builder.Services.AddSingleton<ObservedFlows>();
        builder.Services.AddSingleton<IFlowListener>(services => services.GetRequiredService<ObservedFlows>());
        builder.Services.AddSingleton<IServiceBehaviour, EgressBehaviour>();
        builder.Services.AddSingleton<FlowDrafts>();
        builder.Services.AddSingleton<ReachabilityDesk>();
        builder.Services.AddSingleton<IProblemSource, ReachabilityProblems>();
        builder.Services.AddSingleton<IToolSource, ReachabilityTools>();
    }

    public static void MapReachability(this IEndpointRouteBuilder app) => ReachabilityApi.Map(app);
}
