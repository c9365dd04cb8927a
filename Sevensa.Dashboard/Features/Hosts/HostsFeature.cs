using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.SignalR;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Hosts;

internal static class HostsFeature
{
    public static void AddHosts(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton<HostsStore>();
        services.AddSingleton<IRecordWitness>(provider => provider.GetRequiredService<HostsStore>());
        services.AddSingleton<ChangeCallbacks>();
        services.AddSingleton<Fleet>();
        services.AddSingleton<IFleet>(provider => provider.GetRequiredService<Fleet>());
        services.AddSingleton<RunnerConnections>();
        services.AddSingleton<RunnerLogStreams>();
        services.AddSingleton<RunnerNews>();
        services.AddSingleton<RefusedConnections>();
        services.AddSingleton<ShownNonces>();
        services.AddSingleton<IStartStep>(provider => provider.GetRequiredService<ShownNonces>());
        services.AddSingleton<RunnerLink>();
        services.AddSingleton<IStartStep, RunnersForOthers>();
        services.AddSingleton<IRunnerLink>(provider => provider.GetRequiredService<RunnerLink>());
        services.AddSingleton<UsageViewers>();
        services.AddSingleton<IUsageViewers>(provider => provider.GetRequiredService<UsageViewers>());
        services.AddSingleton<KeyRotations>();
        services.AddSingleton<HostClocks>();
        services.AddSingleton<RefusedClaims>();
        services.AddSingleton<ActionSigner>();
        services.AddSingleton<IActionSigner>(provider => provider.GetRequiredService<ActionSigner>());
        services.AddSingleton<Enrolments>();
        services.AddSingleton<IEnrolmentTokens>(provider => provider.GetRequiredService<Enrolments>());
        services.AddSingleton<IProblemSource, HostProblems>();
        services.AddSingleton<KnownHosts>();
        services.AddSingleton<IStartStep>(provider => provider.GetRequiredService<KnownHosts>());
        services.AddSingleton<HeldHosts>();
        services.AddSingleton<HostsElsewhere>();
        services.AddHostedService(provider => provider.GetRequiredService<HostsElsewhere>());
        services.AddSingleton<HeldContainerStore>();
        services.AddHostedService<HeldContainers>();
        services.AddSingleton<IReadiness, HostReadiness>();
        services.AddSingleton<IReadiness, HearingReadiness>();

        services
            .AddAuthentication()
            .AddScheme<AuthenticationSchemeOptions, RunnerAuthentication>(RunnerAuthentication.SchemeName, null);
        services
            .AddAuthorizationBuilder()
            .AddPolicy(
                Policies.Runner,
                policy =>
                    policy
                        .AddAuthenticationSchemes(RunnerAuthentication.SchemeName)
                        .RequireAssertion(context =>
                            context.User.HasClaim(claim =>
                                claim.Type is RunnerAuthentication.HostClaim or RunnerAuthentication.EnrolmentClaim
                            )
                        )
            );
        services
            .AddSignalR()
            .AddMessagePackProtocol()
            .AddJsonProtocol(json => json.PayloadSerializerOptions.TypeInfoResolverChain.Insert(0, HubJson.Default))
            .AddHubOptions<RunnerHub>(hub =>
            {
                hub.MaximumReceiveMessageSize = RunnerProtocol.MaximumMessageBytes;
                // Runners speak JSON; those before they were compiled ahead of time speak MessagePack.
                hub.SupportedProtocols = ["json", "messagepack"];
                hub.KeepAliveInterval = TimeSpan.FromSeconds(10);
                hub.ClientTimeoutInterval = TimeSpan.FromSeconds(30);
            });
    }

    public static void MapHosts(this IEndpointRouteBuilder app)
    {
        app.MapHub<RunnerHub>(
            RunnerHub.Path,
            options =>
            {
                options.Transports = Microsoft.AspNetCore.Http.Connections.HttpTransportType.WebSockets;
                options.ApplicationMaxBufferSize = RunnerProtocol.MaximumMessageBytes;
                options.TransportMaxBufferSize = RunnerProtocol.MaximumMessageBytes;
            }
        );
        HostsApi.Map(app);
    }
}
