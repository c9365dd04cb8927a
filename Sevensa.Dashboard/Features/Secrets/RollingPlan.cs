using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Secrets;

/// <summary>
/// Whom a rotation restarts, one after another, so that they use the new value. Each is waited for before the next one.
/// </summary>
/// <param name="Rolled">In their order, each with those who live in its namespaces and go along.</param>
/// <param name="Rest">What is told of those who are not restarted, a sentence each.</param>
internal sealed record RollingPlan(IReadOnlyList<RolledConsumer> Rolled, IReadOnlyList<string> Rest)
{
    public const string Labelled = "labelled";
    public const string All = "all";
    public const string Nobody = "none";
    private const int GraceSeconds = 10;
    private const int SecondsToComeUp = 60;

    /// <summary>What crashes at its start has done so by then; without a health check nothing else tells.</summary>
    private const int SteadySeconds = 5;

    /// <summary>Which of the three the parameters of a proposal or a plan say.</summary>
    public static string WishOf(JsonElement parameters) =>
        parameters.ValueKind == JsonValueKind.Object && parameters.TryGetProperty("consumers", out var wish)
            ? wish.GetString()!
            : Labelled;

    public IReadOnlyList<PlanContainer> Containers =>
        [
            .. Rolled
                .SelectMany(one => one.Along.Prepend(one.Container))
                .DistinctBy(container => container.Facts.Id)
                .Select(container => World.Planned(container.Facts)),
        ];

    public IReadOnlyList<string> Names => [.. Rolled.Select(one => one.Container.Facts.Name)];

    /// <summary>Who is known to use it and is not restarted: they hold the former value until they read the secret again.</summary>
    public IReadOnlyList<string> Left { get; init; } = [];

    /// <summary>Everybody who is known to use it is restarted with the new value. Where nobody is known, somebody may be there all the same.</summary>
    public bool ReachesAll => Rolled.Count > 0 && Left.Count == 0;

    /// <param name="path">Of the secret as labels name it.</param>
    /// <param name="noted">Services that the secret's metadata says use it.</param>
    /// <param name="wish">One of <see cref="Labelled"/>, <see cref="All"/> (those that the metadata notes too) and <see cref="Nobody"/>.</param>
    /// <exception cref="NotKnownYetException">No container of the tenant is known, and hosts that could have some have not told yet.</exception>
    /// <exception cref="CannotPlanException">One of them can't be restarted from here; says what to do.</exception>
    public static RollingPlan Of(
        SecretConsumers consumers,
        IFleet fleet,
        string tenant,
        string path,
        IReadOnlyList<string> noted,
        string wish
    )
    {
        if (wish != Nobody && fleet.ContainersOf(tenant).Count == 0)
        {
            // "Nobody reads it" is said only where that is known.
            fleet.MustKnow(tenant);
        }
        var labelled = consumers.Of(tenant, path);
        var rest = new List<string>();
        var chosen = new List<HostedContainer>();
        foreach (var (container, reader) in labelled)
        {
            if (SecretConsumers.IsSignalled(reader, out var signal))
            {
                rest.Add(
                    $"{reader.Container} is not restarted: its host's runner hands it the new files within seconds and sends it {signal} ({reader.Label})"
                );
            }
            else if (reader.OnChange == SecretConsumers.None)
            {
                rest.Add($"{reader.Container} is not restarted: it reads the secret again by itself ({reader.Label})");
            }
            else if (wish != Nobody)
            {
                chosen.Add(container);
            }
        }
        if (wish == All)
        {
            var known = labelled.Select(pair => pair.Container.Facts.Id).ToHashSet(StringComparer.Ordinal);
            chosen.AddRange(
                ContainerTargets
                    .Of(fleet, tenant)
                    .Where(one => noted.Contains(one.Facts.Service) && !known.Contains(one.Facts.Id))
                    .OrderBy(one => one.Facts.Service, StringComparer.Ordinal)
                    .ThenBy(one => one.Facts.Name, StringComparer.Ordinal)
            );
        }
        var idle = chosen.Where(one => !one.Runs).ToList();
        rest.AddRange(
            idle.Select(one => $"{one.Facts.Name} does not run, and uses the new value when somebody starts it")
        );
        var running = NamespaceSharers.InOrder(chosen.Except(idle).ToList(), one => one.Facts);
        foreach (var one in running)
        {
            Refuse(one);
        }
        var rolled = new List<RolledConsumer>();
        foreach (var one in running.Where(one => !rolled.Exists(before => before.Along.Contains(one))))
        {
            rolled.Add(new RolledConsumer(one, TakenAlong.With([one], fleet, tenant).Containers));
        }
        var told = chosen.Select(one => one.Facts.Service).Concat(labelled.Select(pair => pair.Reader.Service));
        var untold = noted.Except(told, StringComparer.Ordinal).ToList();
        if (rolled.Count > 0 && untold.Count > 0)
        {
            rest.Add(
                $"{string.Join(", ", untold)} {(untold.Count == 1 ? "is" : "are")} noted as reading it and not restarted: no label of a container says so. They hold the former value until they read the secret again"
            );
        }
        return new RollingPlan(rolled, rest)
        {
            Left = [.. LeftOf(labelled.Select(pair => pair.Reader), wish), .. untold],
        };
    }

    /// <summary>Who has come to use it since, and would be left holding the former value, in words.</summary>
    /// <param name="noted">Services that the secret's metadata says use it now.</param>
    public static IEnumerable<string> LeftSince(ActionPlan plan, SecretConsumers consumers, IReadOnlyList<string> noted)
    {
        var readers = consumers.Of(plan.Tenant, plan.Target).Select(pair => pair.Reader).ToList();
        var told = readers
            .Select(reader => reader.Service)
            .Concat(plan.Containers.Select(container => container.Service));
        return LeftOf(readers, WishOf(plan.Parameters))
            .Concat(noted.Except(told, StringComparer.Ordinal))
            .Select(name => $"{name} has come to use it since, without being restarted, and would lose what it holds");
    }

    private static IEnumerable<string> LeftOf(IEnumerable<SecretReader> labelled, string wish) =>
        labelled
            .Where(reader =>
                SecretConsumers.Holds(reader) && (reader.OnChange != SecretConsumers.Restart || wish == Nobody)
            )
            .Select(reader => reader.Container);

    public IEnumerable<PlanStep> Steps(int first) =>
        Rolled.Select(
            (one, index) =>
            {
                var facts = one.Container.Facts;
                var verification = facts.Health is not ("none" or "")
                    ? new PlanVerification(VerificationKinds.Healthy, SecondsToComeUp, "")
                    : new PlanVerification(VerificationKinds.Running, SecondsToComeUp, "", SteadySeconds);
                var along =
                    one.Along.Count == 0
                        ? ""
                        : $" with {string.Join(", ", one.Along.Select(other => other.Facts.Name))}";
                return ErrandSteps.Restart(
                    first + index,
                    facts.Id,
                    verification.Kind == VerificationKinds.Healthy
                        ? $"Restart {facts.Name}{along} on {one.Container.HostName} ({GraceSeconds} s grace), and wait until it is healthy"
                        : $"Restart {facts.Name}{along} on {one.Container.HostName} ({GraceSeconds} s grace), and wait until it has run for {SteadySeconds} s",
                    one.Container.HostId,
                    one.Container.HostName,
                    GraceSeconds,
                    [.. one.Along.Select(other => other.Facts.Id)],
                    verification
                );
            }
        );

    /// <summary>What of the restarted containers is another than it was planned with, in words.</summary>
    public static IEnumerable<string> Differences(ActionPlan plan, IFleet fleet) =>
        plan.Containers.SelectMany(planned =>
            World.Differences(
                planned,
                fleet.Find(planned.Id) is { } now && now.Facts.Tenant == plan.Tenant ? World.Planned(now.Facts) : null
            )
        );

    private static void Refuse(HostedContainer one)
    {
        var name = one.Facts.Name;
        if (one.Facts.SelfOf is { } self)
        {
            throw new CannotPlanException(
                $"{name}, this product's own {self}, reads this secret and can't be restarted by it. Propose it with consumers: none, and restart {name} on {one.HostName} by hand."
            );
        }
        if (!one.HostConnected)
        {
            throw new CannotPlanException(
                $"{one.HostName}, where {name} reads this secret, is not connected. Bring its runner back, or propose it with consumers: none."
            );
        }
        if (one.Facts.Unread is { } unread)
        {
            throw new CannotPlanException($"{name}: {unread}");
        }
        if (one.Facts.State == "paused")
        {
            throw new CannotPlanException(
                $"{name} reads this secret and is paused. Unpause it on {one.HostName} first: docker unpause {name}"
            );
        }
    }
}

/// <param name="Along">Who lives in its namespaces, and is restarted after it.</param>
internal sealed record RolledConsumer(HostedContainer Container, IReadOnlyList<HostedContainer> Along);
