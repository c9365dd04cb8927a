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
        var ofTenant = ContainerTargets.Of(fleet, request.Tenant);
        var meant = ContainerTargets.Resolve(fleet, request.Tenant, request.Target);
        Refuse(meant, deed);
        RefusePods(meant);
        var touched = NamespaceSharers.InOrder(
            meant.Where(container => deed.Takes(container.Facts.State)).ToList(),
            container => container.Facts
        );
        if (touched.Count == 0)
        {
            throw new CannotPlanException(
                $"{string.Join(", ", meant.Select(container => $"{container.Facts.Name} is {container.Facts.State}"))}. {deed.Verb} needs {deed.TakesWhat}."
            );
        }
        RefuseWithoutProvider(touched, deed);
        var along = TakenAlong.With(touched, fleet, request.Tenant);
        var all = touched.Concat(along.Containers).ToList();
        var host = touched[0];
        var grace = Grace(request.Parameters, deed);
        var containers = all.Select(container => World.Planned(container.Facts)).ToList();
        // Removed by Docker itself, with what nobody named.
        var lost = deed.Verb == StepVerbs.ContainerStop ? all.Where(RemovesItself).ToList() : [];
        var plan = new ActionPlan(
            request.ProposalId,
            deed.Verb,
            request.Tenant,
            meant.Count == 1 ? meant[0].Facts.Name : meant[0].Facts.Service,
            request.Parameters,
            new PlanExecutor(PlanExecutor.Runner, host.HostId, host.HostName),
            containers,
            [
                .. touched.Select(container => Change(container.Facts, deed, null)),
                .. along.Running.Select(sharer => Change(sharer.Container.Facts, deed, TakenAlong.Words(sharer))),
                .. lost.Where(container => container.Facts.Settings!.AnonymousVolumes.Count > 0)
                    .Select(container => new PlanChange(
                        $"volumes of {container.Facts.Name} that nobody named",
                        string.Join(", ", container.Facts.Settings!.AnonymousVolumes),
                        "gone, with all that is in them"
                    )),
            ],
            Steps(touched, along, deed, grace),
            Untouched(ofTenant, touched, all, lost),
            lost.Count > 0
                ? new PlanVerification(VerificationKinds.Gone, grace + 30, "stopped, and gone where Docker removes it")
                : deed.Verify(all, grace),
            UndoOf(deed, along, lost),
            World.Fingerprint(containers)
        );
        var notes = Notes(touched, along, deed).ToList();
        return new PlanDraft(
            plan,
            new PlanEstimate(null, [], null, time.GetUtcNow(), Notes: notes.Count > 0 ? notes : null),
            lost.Count > 0 ? Risk.High : Risk.Low
        );
    }

    /// <summary>Whoever made a pod makes another in its place.</summary>
    private void RefusePods(IReadOnlyList<HostedContainer> meant)
    {
        var clusters = fleet
            .Hosts.Where(host => host.Facts?.IsCluster == true)
            .Select(host => host.Id)
            .ToHashSet(StringComparer.Ordinal);
        if (meant.FirstOrDefault(one => clusters.Contains(one.HostId)) is { } pod)
        {
            throw new CannotPlanException(
                $"{pod.Facts.Name} is a pod of {pod.HostName}: its workload would make another in its place. Act on the workload of {pod.Facts.Service} instead (workload.restart, workload.scale)."
            );
        }
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
        differences.AddRange(TakenAlong.Since(plan, fleet));
        if (plan.Containers.Count(container => container.Service == plan.Containers[0].Service) > 1)
        {
            var known = plan.Containers.Select(container => container.Id).ToHashSet(StringComparer.Ordinal);
            differences.AddRange(
                ContainerTargets
                    .Of(fleet, plan.Tenant)
                    .Where(container =>
                        container.Facts.Service == plan.Containers[0].Service
                        && (
                            container.Facts.State == plan.Containers[0].State
                            || (World.IsUp(container.Facts.State) && World.IsUp(plan.Containers[0].State))
                        )
                        && !known.Contains(container.Facts.Id)
                    )
                    .Select(container => $"{container.Facts.Name} has come to {container.Facts.Service} since")
            );
        }
        return differences;
    }

    /// <summary>
    /// Whose namespace others live in is started before them and stopped after them. Who runs already while it is started lives
    /// in one that is gone, and is started anew.
    /// </summary>
    private static IReadOnlyList<PlanStep> Steps(
        IReadOnlyList<HostedContainer> touched,
        TakenAlong along,
        ContainerDeed deed,
        int grace
    )
    {
        var steps = touched
            .Select(container => Step(deed.Verb, container, deed.StepTitle(container.Facts.Name, grace)))
            .Concat(
                along.Running.Select(sharer =>
                {
                    var name = $"{sharer.Container.Facts.Name}, which {TakenAlong.Words(sharer)}";
                    return deed.Verb == StepVerbs.ContainerStart
                        ? Step(StepVerbs.ContainerRestart, sharer.Container, $"Restart {name} ({grace} s grace)")
                        : Step(deed.Verb, sharer.Container, deed.StepTitle(name, grace));
                })
            );
        if (
            deed.Verb == StepVerbs.ContainerStop
            && (
                along.Running.Count > 0
                || touched.Any(one => touched.Any(other => NamespaceSharers.Shared(one.Facts, other.Facts) is not null))
            )
        )
        {
            steps = steps.Reverse();
        }
        return [.. steps.Select((step, index) => step with { Number = index + 1 })];

        PlanStep Step(string verb, HostedContainer container, string title) =>
            new(
                0,
                verb,
                container.Facts.Id,
                title,
                verb == StepVerbs.ContainerStart
                    ? null
                    : JsonSerializer.SerializeToElement(new JsonObject { [StepVerbs.GraceSeconds] = grace })
            );
    }

    private static PlanUndo UndoOf(ContainerDeed deed, TakenAlong along, IReadOnlyList<HostedContainer> lost) =>
        lost.Count > 0
            ? PlanUndo.None(
                $"It can't be undone: {string.Join(", ", lost.Select(container => container.Facts.Name))} is gone then. What it was made from is recorded; what was in it is not."
            )
        : deed.Verb == StepVerbs.ContainerStart && along.Running.Count > 0 ? deed.Undo with { Kind = UndoKinds.Reverse }
        : deed.Undo;

    private static IEnumerable<string> Notes(
        IReadOnlyList<HostedContainer> touched,
        TakenAlong along,
        ContainerDeed deed
    )
    {
        if (TakenAlong.Untold(touched) is { } untold)
        {
            yield return untold;
        }
        foreach (var idle in along.Idle)
        {
            yield return $"{idle.Container.Facts.Name}, which {TakenAlong.Words(idle)}, does not run and is left as it is.";
        }
        foreach (var container in touched.Select(container => container.Facts))
        {
            if (deed.Verb == StepVerbs.ContainerStop && container.RestartPolicy == "always")
            {
                yield return $"{container.Name} has the restart policy always: it stays stopped until somebody starts it, or Docker itself is started anew.";
            }
            if (
                deed.Verb == StepVerbs.ContainerStart
                && container is { RestartPolicy: "no" or "", State: "exited", ExitCode: 0 }
            )
            {
                yield return $"{container.Name} ended by itself and well the last time, and nothing starts it again: if it is a job that does its work and ends, this will count as failed.";
            }
        }
    }

    private static int Grace(JsonElement parameters, ContainerDeed deed)
    {
        const int usual = 10;
        return parameters.TryGetProperty(StepVerbs.GraceSeconds, out var seconds) ? seconds.GetInt32()
            : deed.HasGrace ? 0
            : usual;
    }

    private static bool RemovesItself(HostedContainer container) => container.Facts.Settings is { AutoRemove: true };

    /// <summary>Docker starts nothing in a namespace that is not there.</summary>
    private void RefuseWithoutProvider(IReadOnlyList<HostedContainer> touched, ContainerDeed deed)
    {
        if (deed.StateAfter != "running")
        {
            return;
        }
        var ids = touched.Select(container => container.Facts.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var container in touched)
        {
            foreach (
                var provider in fleet.Containers.Where(other =>
                    other.HostId == container.HostId
                    && other.Facts.State is not ("running" or "restarting")
                    && !ids.Contains(other.Facts.Id)
                )
            )
            {
                if (NamespaceSharers.Shared(container.Facts, provider.Facts) is { } what)
                {
                    throw new CannotPlanException(
                        provider.Facts.Tenant == container.Facts.Tenant
                            ? $"{container.Facts.Name} shares the {what} of {provider.Facts.Name}, which is {provider.Facts.State}: Docker would not start it. Start {provider.Facts.Name} first."
                            : $"{container.Facts.Name} shares the {what} of another container that does not run: Docker would not start it."
                    );
                }
            }
        }
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
        if (meant.FirstOrDefault(container => container.Facts.Unread is not null) is { } unread)
        {
            throw new CannotPlanException($"{unread.Facts.Name}: {unread.Facts.Unread}");
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

    private static PlanChange Change(ContainerFacts container, ContainerDeed deed, string? why)
    {
        var because = why is null ? "" : $": it {why}";
        return container.State == "running" && deed.StateAfter == "running"
                ? new PlanChange($"process of {container.Name}", "running", $"a new one, running{because}")
            : deed.Verb == StepVerbs.ContainerStop && container.Settings is { AutoRemove: true }
                ? new PlanChange(
                    container.Name,
                    container.State,
                    $"gone: it was made to be removed when it ends (--rm){because}"
                )
            : new PlanChange($"state of {container.Name}", container.State, deed.StateAfter + because);
    }

    private static IReadOnlyList<string> Untouched(
        IReadOnlyList<HostedContainer> ofTenant,
        IReadOnlyList<HostedContainer> touched,
        IReadOnlyList<HostedContainer> all,
        IReadOnlyList<HostedContainer> lost
    )
    {
        var ids = all.Select(container => container.Facts.Id).ToHashSet(StringComparer.Ordinal);
        var others = ofTenant
            .Where(container => !ids.Contains(container.Facts.Id))
            .Select(container =>
                all.Any(one => one.Facts.Service == container.Facts.Service)
                    ? container.Facts.Name
                    : container.Facts.Service
            )
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var gone = lost.SelectMany(container =>
            container.Facts.Mounts.Where(mount =>
                container.Facts.Settings!.AnonymousVolumes.Any(place =>
                    mount.EndsWith($":{place}", StringComparison.Ordinal)
                    || mount.EndsWith($":{place}:ro", StringComparison.Ordinal)
                )
            )
        );
        // What has no source is in memory alone (tmpfs), and ends with the container.
        var mounts = all.SelectMany(container => container.Facts.Mounts)
            .Except(gone, StringComparer.Ordinal)
            .Where(mount => !mount.StartsWith(':'))
            .ToList();
        var networks = all.SelectMany(container => container.Facts.Networks).Distinct(StringComparer.Ordinal).ToList();
        return
        [
            others.Count == 0 ? "other tenants" : $"other services: {string.Join(", ", others)}",
            mounts.Count > 0 ? $"volumes: {string.Join(", ", mounts)}"
            : lost.Count > 0 ? "volumes that have a name (it has none)"
            : "volumes (it has none)",
            networks.Count == 0 ? "networks" : $"networks: {string.Join(", ", networks)}",
            "secrets and environment",
            $"image {touched[0].Facts.Image}",
        ];
    }
}
