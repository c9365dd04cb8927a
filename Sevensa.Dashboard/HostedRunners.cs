using System.ComponentModel.DataAnnotations;
using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Link;

namespace Sevensa.Dashboard;

/// <summary>Section <c>Runner</c> of the web role: runners inside the dashboard's own process.</summary>
public sealed class HostedRunnerOptions : IValidatableObject
{
    /// <summary>Runs a runner for the engine at <c>Docker:Endpoint</c> in this process.</summary>
    public bool InProcess { get; set; }

    /// <summary>Name of that host.</summary>
    public string? Name { get; set; }

    /// <summary>One runner for each; filled by the sandbox.</summary>
    public List<HostedRunner> Hosts { get; set; } = [];

    /// <summary>Tenant by Compose project, for containers without the label <c>sevensa.tenant</c>.</summary>
    public Dictionary<string, string> Projects { get; set; } = [];

    /// <summary>Address of <c>/metrics</c> of the runner at <c>Docker:Endpoint</c>, or <c>none</c>.</summary>
    [Required]
    public string Metrics { get; set; } = "none";

    public string? MetricsTokenFile { get; set; }

    /// <summary>YAML file that narrows what the host allows.</summary>
    public string? Policy { get; set; }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext) =>
        new RunnerOptions
        {
            Name = Name,
            Metrics = Metrics,
            MetricsTokenFile = MetricsTokenFile,
            Policy = Policy,
        }.Validate(validationContext);
}

/// <param name="Name">The host's name.</param>
/// <param name="Docker">Where its engine listens; of a cluster empty.</param>
public sealed record HostedRunner(string Name, string Docker)
{
    public HostedRunner()
        : this("", "") { }

    /// <summary>Of a cluster: where its API server is (<c>Runner:Kubernetes</c>).</summary>
    public string? Kubernetes { get; set; }

    /// <summary>File with the token to sign in there with.</summary>
    public string? KubernetesTokenFile { get; set; }

    /// <summary>Its namespaces and their tenants.</summary>
    public string? Namespaces { get; set; }
}

/// <summary>Runners inside the web process. They connect over loopback to the same hub as any other runner: one code path.</summary>
public static class HostedRunners
{
    public static void AddHostedRunners(this WebApplicationBuilder builder)
    {
        builder.AddCheckedOptions<HostedRunnerOptions>("Runner");
        // The sandbox's engines are in the configuration by now.
        builder.Services.AddSingleton(
            new OwnHosts([.. All(builder.Configuration, builder.Environment).Select(options => options.HostName)])
        );
        builder.Services.AddHostedService<HostedRunnerService>();
    }

    private static IEnumerable<RunnerOptions> All(IConfiguration configuration, IHostEnvironment environment)
    {
        var hosted = configuration.GetSection("Runner").Get<HostedRunnerOptions>() ?? new HostedRunnerOptions();
        foreach (var host in hosted.Hosts)
        {
            var options = For(configuration, hosted, host.Name, host.Docker, "none");
            if (host.Kubernetes is { Length: > 0 })
            {
                options.Kubernetes = host.Kubernetes;
                options.KubernetesTokenFile = host.KubernetesTokenFile;
                options.Namespaces = host.Namespaces;
            }
            yield return options;
        }
        if (
            hosted.Hosts.Count == 0
            && configuration["Docker:Endpoint"] is { Length: > 0 } endpoint
            && endpoint != "none"
            && (hosted.InProcess || environment.IsSandbox())
        )
        {
            var name = string.IsNullOrWhiteSpace(hosted.Name)
                ? Environment.MachineName.ToLowerInvariant()
                : hosted.Name;
            yield return For(configuration, hosted, name, endpoint, hosted.Metrics);
        }
    }

    private static RunnerOptions For(
        IConfiguration configuration,
        HostedRunnerOptions hosted,
        string name,
        string docker,
        string metrics
    ) =>
        new()
        {
            Name = name,
            Docker = docker,
            State = Path.Combine(configuration["Storage:Folder"] ?? "data", "runner", name),
            Projects = hosted.Projects,
            Metrics = metrics,
            MetricsTokenFile = hosted.MetricsTokenFile,
            Policy = hosted.Policy,
        };

    private sealed class HostedRunnerService(
        IConfiguration configuration,
        IHostEnvironment environment,
        IServiceProvider services,
        IServer server,
        IHostApplicationLifetime lifetime,
        TimeProvider time,
        ILoggerFactory logs
    ) : BackgroundService
    {
        private static readonly TimeSpan Pause = TimeSpan.FromSeconds(10);

        protected override async Task ExecuteAsync(CancellationToken stoppingToken)
        {
            // The sandbox's engines and the server's own address are known only then.
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var whenStarted = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            // Before the server lets go of their connections, which would look like a dashboard that is lost.
            using var ending = CancellationTokenSource.CreateLinkedTokenSource(
                stoppingToken,
                lifetime.ApplicationStopping
            );
            await Task.WhenAll(All(configuration, environment).Select(options => KeepAsync(options, ending.Token)));
        }

        /// <summary>A runner that can't work says why and is tried again; the dashboard goes on without it.</summary>
        private async Task KeepAsync(RunnerOptions options, CancellationToken cancellation)
        {
            while (!cancellation.IsCancellationRequested)
            {
                try
                {
                    await using var agent = RunnerHost.Start(options, time, logs, Address(options.HostName));
                    await agent.RunAsync(cancellation);
                }
                catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }
                catch (Exception exception)
                {
                    logs.CreateLogger<HostedRunnerService>()
                        .HostedRunnerFailed(
                            exception is RunnerException ? null : exception,
                            options.HostName,
                            exception.Message
                        );
                    await Task.Delay(Pause, time, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                }
            }
        }

        private HubAddress Address(string name)
        {
            var addresses = server.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            var own =
                addresses.OrderBy(address => address.StartsWith("https", StringComparison.Ordinal)).FirstOrDefault()
                ?? throw new RunnerException("This server listens nowhere, so its own runner can't connect to it.");
            var parsed = BindingAddress.Parse(own);
            var host = parsed.Host is "+" or "*" or "0.0.0.0" or "[::]" ? IPAddress.Loopback.ToString() : parsed.Host;
            return new HubAddress(
                new Uri($"{parsed.Scheme}://{host}:{parsed.Port}{parsed.PathBase}"),
                cancellation =>
                    services.GetRequiredService<IEnrolmentTokens>().IssueForOwnRunnerAsync(name, cancellation),
                TrustOwnCertificate: true
            );
        }
    }
}
