using System.Text.Json;
using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Automation.Drafting;

/// <summary>A policy that is ready to be drafted for a tenant.</summary>
/// <param name="Id">By which it is asked for.</param>
internal sealed record ReadyPolicy(string Id, string Name, string Why, PolicyWish Wish);

/// <summary>Common troubles, each with what usually helps, once or twice, before a person is called.</summary>
internal sealed class ReadyPolicies(MetricNames names)
{
    public IReadOnlyList<ReadyPolicy> All { get; } =
    [
        new(
            "unhealthy",
            "Restart what is unhealthy",
            "A program that hangs fails its health check and goes on running: Docker leaves it so.",
            Restart(
                new TriggerWish(TriggerKind.Container, State: ContainerTrouble.Unhealthy),
                "3m",
                new BudgetWish(2, 4)
            )
        ),
        new(
            "crash-loop",
            "Roll back what crashes again and again",
            "Five ends within ten minutes are no chance: what was deployed last goes back.",
            new PolicyWish(
                null,
                Trigger: new TriggerWish(
                    TriggerKind.Container,
                    State: ContainerTrouble.CrashLoop,
                    Count: 5,
                    Within: "10m"
                ),
                Action: new ActionWish("service.rollback"),
                Budget: new BudgetWish(1, 1)
            )
        ),
        new(
            "out-of-memory",
            "Restart what was out of memory",
            "One process of it may be gone and the rest go on half: a clean start is whole.",
            Restart(
                new TriggerWish(TriggerKind.Container, State: ContainerTrouble.OutOfMemory, Within: "10m"),
                "0s",
                new BudgetWish(1, 2)
            )
        ),
        new(
            "stopped",
            "Start what ended with an error",
            "A container without a restart policy that ended with an error stays down.",
            new PolicyWish(
                null,
                Trigger: new TriggerWish(TriggerKind.Container, State: ContainerTrouble.Stopped),
                Action: new ActionWish("container.start"),
                For: "1m",
                Budget: new BudgetWish(1, 2)
            )
        ),
        new(
            "memory-leak",
            "Restart what leaks memory, at night",
            "Above nine tenths of its limit it will be killed at some time; a restart at night is a better one.",
            Restart(
                new TriggerWish(
                    TriggerKind.Metric,
                    Query: $"max by (service) ({names.WorkingSet} / ({names.MemoryLimit} > 0)) > 0.9",
                    Words: "more than 90 % of its memory limit is used"
                ),
                "15m",
                new BudgetWish(1, 1)
            ) with
            {
                Windows = new WindowsWish(Allowed: [new WindowWish([], "01:00", "05:00")]),
            }
        ),
        new(
            "stuck-queue",
            "Restart a worker whose queue is stuck",
            "Something waits, and for a quarter of an hour no less than before.",
            Restart(
                new TriggerWish(
                    TriggerKind.Metric,
                    Query: "sum by (service) ({__name__=~\".*queue.*(length|size|depth|waiting|pending|messages|jobs)\"}) > 0 and sum by (service) ({__name__=~\".*queue.*(length|size|depth|waiting|pending|messages|jobs)\"}) >= sum by (service) ({__name__=~\".*queue.*(length|size|depth|waiting|pending|messages|jobs)\"} offset 15m)",
                    Words: "its queue is stuck (something waits, and no less than before)"
                ),
                "15m",
                new BudgetWish(1, 2)
            )
        ),
        new(
            "disk-filling",
            "Remove unused images when a disk fills",
            "Images that no container uses and no release needs are the first that can go. Name the host, where there are several.",
            new PolicyWish(
                null,
                Trigger: new TriggerWish(
                    TriggerKind.Metric,
                    Query: $"max without (instance) (1 - {names.DiskAvailable} / ({names.DiskSize} > 0)) > 0.85",
                    Words: "a disk is more than 85 % full"
                ),
                Action: new ActionWish("image.prune", PolicyReading.AllUnused),
                For: "15m",
                Cooldown: "6h",
                Budget: new BudgetWish(1, 1)
            )
        ),
        new(
            "certificate",
            "Restart the proxy when a certificate nears its end",
            "A proxy that renews by itself and did not, often does at its start. Name the proxy's service.",
            Restart(
                new TriggerWish(
                    TriggerKind.Metric,
                    Query: "probe_ssl_earliest_cert_expiry - time() < 604800",
                    Words: "a certificate ends within 7 days"
                ),
                "1h",
                new BudgetWish(1, 1)
            )
        ),
        new(
            "disk-forecast",
            "Remove unused images before a disk is full",
            "A disk that fills at this pace is full within a day: what nobody needs goes first. Name the host, where there are several.",
            new PolicyWish(
                null,
                Trigger: new TriggerWish(TriggerKind.Disk, Within: "1d"),
                Action: new ActionWish("image.prune", PolicyReading.AllUnused),
                For: "30m",
                Cooldown: "6h",
                Budget: new BudgetWish(1, 1)
            )
        ),
        new(
            "host-away",
            "Run more elsewhere while a host is away",
            "What ran on a host that is away is missing from the rest: a service that runs on another too gets one more there. Name the service, and the host that is left.",
            new PolicyWish(
                null,
                Trigger: new TriggerWish(TriggerKind.Host),
                Action: new ActionWish(
                    "service.scale",
                    Parameters: JsonSerializer.SerializeToElement(new { replicas = 2 })
                ),
                For: "5m",
                Cooldown: "1h",
                Rearm: "10m",
                Budget: new BudgetWish(1, 2)
            )
        ),
        new(
            "bad-deploy",
            "Take a deploy back that made it worse",
            "The watch after a deploy found more errors, slower answers or restarts: what ran before comes back, once per deploy.",
            new PolicyWish(
                null,
                Trigger: new TriggerWish(TriggerKind.Watch, Within: "2h"),
                Action: new ActionWish("service.rollback"),
                Budget: new BudgetWish(1, 2)
            )
        ),
    ];

    public ReadyPolicy? Find(string id) => All.FirstOrDefault(one => one.Id == id);

    private static PolicyWish Restart(TriggerWish trigger, string lasting, BudgetWish budget) =>
        new(
            null,
            Trigger: trigger,
            Action: new ActionWish(
                "container.restart",
                Parameters: JsonSerializer.SerializeToElement(new { graceSeconds = 10 })
            ),
            For: lasting,
            Cooldown: "15m",
            Budget: budget
        );
}
