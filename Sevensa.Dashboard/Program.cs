using System.CommandLine;
using System.Globalization;
using Sevensa.Dashboard;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Audit;
using Sevensa.Dashboard.Features.Automation;
using Sevensa.Dashboard.Features.Configuration;
using Sevensa.Dashboard.Features.Containers;
using Sevensa.Dashboard.Features.Dashboards;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Graphs;
using Sevensa.Dashboard.Features.Hosts;
using Sevensa.Dashboard.Features.Identity;
using Sevensa.Dashboard.Features.Logs;
using Sevensa.Dashboard.Features.Metrics;
using Sevensa.Dashboard.Features.Overview;
using Sevensa.Dashboard.Features.Portal;
using Sevensa.Dashboard.Features.Posture;
using Sevensa.Dashboard.Features.Reachability;
using Sevensa.Dashboard.Features.Receivers;
using Sevensa.Dashboard.Features.Scans;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Tenants;
using Sevensa.Dashboard.Features.Workflows;
using Sevensa.Dashboard.Features.Workloads;
using Sevensa.Dashboard.Platform;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Start;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Sandbox;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Nav;

// The one place for it: figures and dates read the same whatever the host's locale; what a person's browser wants is its own.
CultureInfo.DefaultThreadCurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.DefaultThreadCurrentUICulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
CultureInfo.CurrentUICulture = CultureInfo.InvariantCulture;

if (args is ["runner", ..])
{
    // A runner formats nothing for people: without it the ICU libraries are not loaded at all.
    AppContext.SetSwitch("System.Globalization.Invariant", true);
}

return ProgramCommands.IsToServe(args)
    ? await WebAsync(args)
    : await CommandLines.RunAsync(
        ProgramCommands.Root(command => WebAsync([.. command.UnmatchedTokens], command)),
        PlatformSetup.NamedWords(args)
    );

// A method of its own: whatever it names is loaded when it is entered, and the runner has no use for any of it.
static async Task<int> WebAsync(string[] settings, ParseResult? command = null)
{
    // The program's own folder, not the one it happens to be started in: that is where its settings and pages are.
    var builder = WebApplication.CreateBuilder(
        new WebApplicationOptions { Args = settings, ContentRootPath = AppContext.BaseDirectory }
    );
    if (
        builder.Environment.IsSandbox()
        && (command is null || AssistantFeature.Commands.Contains(command.CommandResult.Command))
    )
    {
        var sandbox = await builder.AddSandboxAsync();
        builder.Services.AddSingleton(
            new SandboxInfo(
                [.. sandbox.Upstreams.Where(upstream => !upstream.Simulated).Select(upstream => upstream.Name)],
                [.. sandbox.Upstreams.Where(upstream => upstream.Simulated).Select(upstream => upstream.Name)]
            )
        );
    }
    builder.AddPlatform();
    builder.AddUi();
    builder.AddAudit();
    builder.AddIdentity();
    builder.AddTenants();
    builder.AddHosts();
    builder.AddActions();
    builder.AddMetrics();
    builder.AddLogs();
    builder.AddDashboards();
    builder.AddAlerts();
    builder.AddContainers();
    builder.AddWorkloads();
    builder.AddDatabases();
    builder.AddSecrets();
    builder.AddScans();
    builder.AddPosture();
    builder.AddReachability();
    builder.AddWorkflows();
    builder.AddReceivers();
    builder.AddAutomation();
    builder.AddGraphs();
    builder.AddConfigurationFile();
    builder.AddAssistant();
    builder.AddOverview();
    builder.AddPortal();
    builder.AddHostedRunners();

    var app = builder.Build();
    if (command is not null)
    {
        return await app.RunCommandAsync(command);
    }
    if (!await app.HasGoodConfigurationAsync(toServe: true))
    {
        return 1;
    }
    var ready = Task.Run(app.ReadyAsync);
    app.UsePlatform();
    app.UseFaultPages();
    app.UseIdentity();
    app.MapUi();
    app.MapLater(endpoints =>
    {
        endpoints.MapAudit();
        endpoints.MapIdentity();
        endpoints.MapTenants();
        endpoints.MapHosts();
        endpoints.MapActions();
        endpoints.MapMetrics();
        endpoints.MapLogs();
        endpoints.MapDashboards();
        endpoints.MapAlerts();
        endpoints.MapContainers();
        endpoints.MapWorkloads();
        endpoints.MapDatabases();
        endpoints.MapSecrets();
        endpoints.MapScans();
        endpoints.MapPosture();
        endpoints.MapReachability();
        endpoints.MapWorkflows();
        endpoints.MapReceivers();
        endpoints.MapAutomation();
        endpoints.MapGraphs();
        endpoints.MapConfigurationFile();
        endpoints.MapAssistant();
        endpoints.MapOverview();
        endpoints.MapPortal();
    });
    app.MakeHostedServices();
    if (!await ready)
    {
        return 1;
    }
    var start = app.Services.GetRequiredService<StartWork>();
    await app.RunAsync();
    return start.ExitCode;
}
