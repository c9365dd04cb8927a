using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Kinds;

/// <summary>What one kind does to a container, for <see cref="ContainerPlanner"/>.</summary>
/// <param name="Verb">The step's verb; also the name of the kind.</param>
/// <param name="Takes">Whether a container in this state is acted on when its service was named.</param>
/// <param name="TakesWhat">The states meant, in words.</param>
/// <param name="StateAfter">Docker's word for the state afterwards.</param>
internal sealed record ContainerDeed(
    string Verb,
    Func<string, bool> Takes,
    string TakesWhat,
    string StateAfter,
    bool HasGrace,
    Func<string, int, string> StepTitle,
    Func<IReadOnlyList<HostedContainer>, int, PlanVerification> Verify,
    PlanUndo Undo
);

/// <summary>Plans what is done to containers as they are now. The same for all verbs, so that a plan always says the same things.</summary>
internal sealed class ContainerPlanner(IFleet fleet, TimeProvider time)
{
    /// <exception cref="CannotPlanException">It cannot be planned; says why and what to do.</exception>
    public PlanDraft Plan(PlanRequest request, ContainerDeed deed)
    {
        var ofTenant = fleet.ContainersOf(request.Tenant);
        var meant = ContainerTargets.Resolve(fleet, ofTenant, request.Tenant, request.Target);
        Refuse(meant, deed);
        var touched = meant.Where(container => deed.Takes(container.Facts.State)).ToList();
        if (touched.Count == 0)
        {
            throw new CannotPlanException(
                $"{string.Join(", ", meant.Select(container => $"{container.Facts.Name} is {container.Facts.State}"))}. {deed.Verb} needs {deed.TakesWhat}."
            );
        }
        var host = touched[0];
        var grace = request.Parameters.TryGetProperty(StepVerbs.GraceSeconds, out var seconds) ? seconds.GetInt32() : 0;
        var containers = touched.Select(container => World.Planned(container.Facts)).ToList();
        var plan = new ActionPlan(
            request.ProposalId,
            deed.Verb,
            request.Tenant,
            meant.Count == 1 ? meant[0].Facts.Name : meant[0].Facts.Service,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Runner, host.HostId, host.HostName),
            containers,
            [.. touched.Select(container => Change(container.Facts, deed))],
            [
                .. containers.Select(
                    (container, index) =>
                        new PlanStep(
                            index + 1,
                            deed.Verb,
                            container.Id,
                            deed.StepTitle(container.Name, grace),
                            deed.HasGrace
                                ? JsonSerializer.SerializeToElement(new JsonObject { [StepVerbs.GraceSeconds] = grace })
                                : null
                        )
                ),
            ],
            Untouched(ofTenant, touched),
            deed.Verify(touched, grace),
            deed.Undo,
            World.Fingerprint(containers)
        );
        return new PlanDraft(plan, new PlanEstimate(null, [], null, time.GetUtcNow()));
    }

    public IReadOnlyList<string> Differences(ActionPlan plan)
    {
        var differences = new List<string>();
        foreach (var planned in plan.Containers)
        {
            var now = fleet.Find(plan.Executor.HostId ?? "", planned.Id);
            if (now is not null && now.Facts.Tenant != plan.Tenant)
            {
                now = null;
            }
            differences.AddRange(World.Differences(planned, now is null ? null : World.Planned(now.Facts)));
        }
        if (plan.Containers.Count > 1)
        {
            var known = plan.Containers.Select(container => container.Id).ToHashSet(StringComparer.Ordinal);
            differences.AddRange(
                fleet
                    .ContainersOf(plan.Tenant)
                    .Where(container =>
                        container.Facts.Service == plan.Containers[0].Service
                        && container.Facts.State == plan.Containers[0].State
                        && !known.Contains(container.Facts.Id)
                    )
                    .Select(container => $"{container.Facts.Name} has come to {container.Facts.Service} since")
            );
        }
        return differences;
    }

    private static void Refuse(IReadOnlyList<HostedContainer> meant, ContainerDeed deed)
    {
        if (meant.FirstOrDefault(container => container.Facts.SelfOf is not null) is { } self)
        {
            throw new CannotPlanException(
                $"{self.Facts.Name} is this product's own {self.Facts.SelfOf}: it would cut off the one who watches over it. "
                    + $"Do it on {self.HostName} by hand: docker {deed.Verb.Split('.')[1]} {self.Facts.Name}"
            );
        }
        var hosts = meant.DistinctBy(container => container.HostId).ToList();
        if (hosts.Count > 1)
        {
            throw new CannotPlanException(
                $"{meant[0].Facts.Service} runs on {string.Join(" and ", hosts.Select(host => host.HostName))}. One action runs on one host: name the containers of one of them."
            );
        }
        if (!meant[0].HostConnected)
        {
            throw new CannotPlanException(
                $"{meant[0].HostName} is not connected, so what runs there now is not known. Bring its runner back, then propose again."
            );
        }
        if (meant.FirstOrDefault(container => container.Facts.State is "paused" or "removing" or "dead") is { } stuck)
        {
            throw new CannotPlanException(
                stuck.Facts.State == "paused"
                    ? $"{stuck.Facts.Name} is paused. Unpause it on {stuck.HostName} first: docker unpause {stuck.Facts.Name}"
                    : $"{stuck.Facts.Name} is {stuck.Facts.State}: Docker can't bring it back. Create it anew."
            );
        }
    }

    private static PlanChange Change(ContainerFacts container, ContainerDeed deed) =>
        container.State == deed.StateAfter
            ? new PlanChange($"process of {container.Name}", "running", "a new one, running")
            : new PlanChange($"state of {container.Name}", container.State, deed.StateAfter);

    private static IReadOnlyList<string> Untouched(
        IReadOnlyList<HostedContainer> ofTenant,
        IReadOnlyList<HostedContainer> touched
    )
    {
        var ids = touched.Select(container => container.Facts.Id).ToHashSet(StringComparer.Ordinal);
        var others = ofTenant
            .Where(container => !ids.Contains(container.Facts.Id))
            .Select(container =>
                container.Facts.Service == touched[0].Facts.Service ? container.Facts.Name : container.Facts.Service
            )
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var mounts = touched.SelectMany(container => container.Facts.Mounts).Distinct(StringComparer.Ordinal).ToList();
        var networks = touched
            .SelectMany(container => container.Facts.Networks)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return
        [
            others.Count == 0 ? "other tenants" : $"other services: {string.Join(", ", others)}",
            mounts.Count == 0 ? "volumes (it has none)" : $"volumes: {string.Join(", ", mounts)}",
            networks.Count == 0 ? "networks" : $"networks: {string.Join(", ", networks)}",
            "secrets and environment",
            $"image {touched[0].Facts.Image}",
        ];
    }
}
