using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Actions.Decisions;
using Sevensa.Dashboard.Features.Actions.Kinds;
using Sevensa.Dashboard.Features.Actions.Notices;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>What may be done: catalogue, proposal, approval, dispatch, outcome.</summary>
internal static class ActionsFeature
{
    public static void AddActions(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<ActionsOptions>("Actions");
        builder.AddCheckedOptions<NoticesOptions>("Notifications");
        AddActions(builder.Services);
        AddNotices(builder.Services);
        builder.Services.AddSingleton<IStartStep, ProposalsElsewhere>();
    }

    internal static void AddNotices(IServiceCollection services)
    {
        services
            .AddHttpClient(WebhookChannel.Client)
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler { AllowAutoRedirect = false })
            .AddUpstreamResilience(provider =>
                TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<NoticesOptions>>().Value.TimeoutSeconds)
            );
        services.AddSingleton<IMailServer, MailServer>();
        services.AddSingleton<INoticeChannel, MailChannel>();
        services.AddSingleton<INoticeChannel, WebhookChannel>();
        services.AddSingleton<NoticePost>();
        services.AddHostedService(provider => provider.GetRequiredService<NoticePost>());
    }

    internal static void AddActions(IServiceCollection services)
    {
        services.AddSingleton<IProblemSource, ActionProblems>();
        services.AddSingleton<ContainerPlanner>();
        services.AddSingleton<IActionKind, RestartContainer>();
        services.AddSingleton<IActionKind, StopContainer>();
        services.AddSingleton<IActionKind, StartContainer>();
        services.AddSingleton<ActionKinds>();
        services.AddSingleton<IActionCatalogue>(provider => provider.GetRequiredService<ActionKinds>());

        services.AddSingleton<NoticeChannels>();
        services.AddSingleton<NoticeStore>();
        services.AddSingleton<IConnections, NoticeConnections>();
        services.AddSingleton<ProposalStore>();
        services.AddSingleton<ISealedRows, ProposalSealStore>();
        services.AddSingleton<IChainedRecord, ProposalEventChain>();
        services.AddSingleton<IAuditNames, ProposalNames>();
        services.AddSingleton<ProposalChanges>();
        services.AddSingleton<SweepSignal>();
        services.AddSingleton<EmergencyStop>();
        services.AddSingleton<IEmergencyStop>(provider => provider.GetRequiredService<EmergencyStop>());
        services.AddSingleton<ActionRecord>();
        services.AddSingleton<BlastRadius>();
        services.AddSingleton<Dispatcher>();
        services.AddSingleton<HostErrands>();
        services.AddSingleton<IHostErrands>(provider => provider.GetRequiredService<HostErrands>());
        services.AddSingleton<Reconciliation>();
        services.AddSingleton<ApprovalPolicy>();
        services.AddSingleton<IApprovalRules>(provider => provider.GetRequiredService<ApprovalPolicy>());
        services.AddSingleton<IRoleUse>(provider => provider.GetRequiredService<ApprovalPolicy>());
        services.AddSingleton<StandingApprovals>();
        services.AddSingleton<IEndedActions, EndedActionStore>();
        services.AddSingleton<IApprovalsToday>(provider => provider.GetRequiredService<StandingApprovals>());
        services.AddSingleton<DecisionDoor>();
        services.AddSingleton<Approving>();
        services.AddSingleton<Declining>();
        services.AddSingleton<IProposals, ProposalService>();
        services.AddSingleton<IApprovedUndo, ApprovedUndo>();
        services.AddSingleton<IRunnerListener, RunnerNews>();
        services.AddSingleton<IHostBacklog, HostBacklog>();
        services.AddSingleton<IProposalCards, ProposalCards>();
        services.AddSingleton<IToolSource, ActionTools>();

        services.AddSingleton<DashboardExecution>();
        services.AddSingleton<ActionSweep>();
        services.AddHostedService(provider => provider.GetRequiredService<DashboardExecution>());
        services.AddHostedService(provider => provider.GetRequiredService<ActionSweep>());
    }

    public static void MapActions(this IEndpointRouteBuilder app) => ProposalEndpoints.Map(app);
}
