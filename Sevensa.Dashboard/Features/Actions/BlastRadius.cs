using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>
/// Whose requests pass through what a plan touches: its own services', and, when it touches something that others stand behind
/// (a proxy, a database, what is labelled <c>sevensa.shared=true</c>), those of the other tenants on its networks.
/// Figures beside the plan: they may be missing, and hold up nobody.
/// </summary>
internal sealed class BlastRadius(
    IFleet fleet,
    IEnumerable<ITrafficGauge> gauges,
    ITenantScopes scopes,
    TimeProvider time,
    ILogger<BlastRadius> log
)
{
    private const string Shared = "sevensa.shared";
    private const int MostServices = 40;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    /// <summary>Networks that everything may be on, or on which nothing meets.</summary>
    private static readonly string[] Nowhere = ["bridge", "host", "none"];

    /// <summary>Images that serve whoever shares a network with them.</summary>
    private static readonly HashSet<string> Servers =
    [
        "traefik",
        "nginx",
        "haproxy",
        "caddy",
        "envoy",
        "postgres",
        "pgbouncer",
        "mariadb",
        "mysql",
        "mongo",
        "redis",
        "valkey",
        "memcached",
        "rabbitmq",
        "nats",
    ];

    /// <summary>Other tenants' services that stand behind what the plan touches, with their requests a minute.</summary>
    public async Task<IReadOnlyList<PlanBlast>> OthersAsync(ActionPlan plan, CancellationToken cancellation)
    {
        var behind = Behind(plan);
        if (behind.Count == 0)
        {
            return [];
        }
        var rates = await Task.WhenAll(
            behind.Select(other => RateAsync(scopes.ForSystem(other.Tenant), other.Service, cancellation))
        );
        return [.. behind.Zip(rates, (other, rate) => new PlanBlast(other.Tenant, other.Service, rate))];
    }

    /// <summary>Null when it can't be told.</summary>
    public async Task<double?> RateAsync(TenantScope scope, string service, CancellationToken cancellation)
    {
        if (gauges.FirstOrDefault() is not { } gauge)
        {
            return null;
        }
        using var patience = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            return await gauge.RequestsPerMinuteAsync(scope, service, both.Token).WaitAsync(both.Token);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            log.LogWarning(exception, "The requests that pass through {Service} can't be told", service);
            return null;
        }
    }

    /// <summary>What a caller may know of it: others' names are not theirs to read, that there are others is.</summary>
    public static Proposal Shown(Proposal proposal, Caller caller)
    {
        var others = proposal.Estimate.Blast?.Where(one => !caller.MaySee(one.Tenant)).ToList() ?? [];
        if (others.Count == 0)
        {
            return proposal;
        }
        var known = others.Where(one => one.RequestsPerMinute is not null).ToList();
        return proposal with
        {
            Estimate = proposal.Estimate with
            {
                Blast =
                [
                    .. proposal.Estimate.Blast!.Where(one => caller.MaySee(one.Tenant)),
                    new PlanBlast(
                        PlanBlast.OtherTenants,
                        others.Count == 1 ? "1 service" : $"{others.Count} services",
                        known.Count == 0 ? null : known.Sum(one => one.RequestsPerMinute)
                    ),
                ],
            },
        };
    }

    private List<(string Tenant, string Service)> Behind(ActionPlan plan)
    {
        var touched = plan
            .Containers.Select(container => fleet.Find(plan.Executor.HostId ?? "", container.Id))
            .OfType<HostedContainer>()
            .Where(container => Serves(container.Facts))
            .ToList();
        // One network only is left or joined.
        var only =
            plan.Kind.StartsWith("network.", StringComparison.Ordinal)
            && plan.Parameters.TryGetProperty("network", out var network)
                ? network.GetString()
                : null;
        return
        [
            .. touched
                .SelectMany(server =>
                    fleet.Containers.Where(other =>
                        other.HostId == server.HostId
                        && other.Facts is { Tenant: { } tenant, State: "running" }
                        && tenant != plan.Tenant
                        && other.Facts.Networks.Any(name =>
                            server.Facts.Networks.Contains(name)
                            && !Nowhere.Contains(name)
                            && (only is null || only == name)
                        )
                    )
                )
                .Select(other => (other.Facts.Tenant!, other.Facts.Service))
                .Distinct()
                .Order()
                .Take(MostServices),
        ];
    }

    private static bool Serves(ContainerFacts facts) =>
        facts.Labels.TryGetValue(Shared, out var word)
            ? word.Equals("true", StringComparison.OrdinalIgnoreCase)
            : Servers.Contains(Repository(facts.Image));

    /// <summary>The last word of <c>registry/team/postgres:17@sha256:…</c>.</summary>
    private static string Repository(string image)
    {
        var name = image.Split('@')[0];
        return name[(name.LastIndexOf('/') + 1)..].Split(':')[0];
    }
}
