using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Containers.Kinds;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Hardening;

/// <summary><c>service.harden</c></summary>
internal sealed class ServiceHarden(PlanBench bench, IEnumerable<IHardeningFindings> findings) : IActionKind
{
    public string Name => HardeningItems.Kind;

    public string Title(string target) => $"Harden {target}";

    public string TitleOf(ActionPlan plan) =>
        $"{Title(plan.Place())}: {string.Join(", ", HardenChoices.ItemsOf(plan.Parameters))}";

    public IReadOnlyCollection<string> ToldInTitle => ["items"];

    public string Description =>
        "Puts failing items of the posture right (items: their numbers) by making a service's containers anew with less allowed. Image, environment and data stay.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } = Schemas.Of(HardenChoices.Schema, "\"items\"");

    public string Undo =>
        "The former containers are put back under their names when it fails; later service.rollback with configuration brings the former specification back.";

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(bench.Differences(plan));

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var choices = HardenChoices.Of(request.Parameters);
        var replicas = bench.Service(request);
        var (service, host) = (replicas[0].Facts.Service, bench.Host(replicas[0].HostId));
        var running = NamespaceSharers.InOrder(
            [.. replicas.Where(container => container.Runs)],
            container => container.Facts
        );
        if (running.Count == 0)
        {
            throw new CannotPlanException(
                $"No container of {service} runs, and of what does not run it can't be told whether it is well with less. Start it with container.start."
            );
        }
        bench.Refuse(
            running,
            [StepVerbs.ContainerHarden],
            own => $"docker compose -f compose.yaml -f patch.yaml up -d {own.Service}, with the posture page's patch"
        );
        if (running.FirstOrDefault(container => container.Facts.State == "paused") is { } paused)
        {
            throw new CannotPlanException(
                $"{paused.Facts.Name} is paused. Unpause it on {paused.HostName} first: docker unpause {paused.Facts.Name}"
            );
        }
        var found = await FoundAsync(request.Tenant, running, cancellation);
        RefuseWhatDoesNotFail(service, choices, found);
        var hardened = running
            .Select(container =>
                (
                    Container: container,
                    Failing: (IReadOnlyList<HardeningFinding>)
                        [
                            .. choices.Items.SelectMany(item =>
                                found.Where(one =>
                                    one.Fails && one.Check == item && one.ContainerId == container.Facts.Id
                                )
                            ),
                        ]
                )
            )
            .Where(one => one.Failing.Count > 0)
            .Select(one => HardenedContainer.Of(one.Container, host, choices, one.Failing))
            .ToList();
        return Draft(request, choices, service, host, replicas, running, hardened);
    }

    private PlanDraft Draft(
        PlanRequest request,
        HardenChoices choices,
        string service,
        DockerHost host,
        IReadOnlyList<HostedContainer> replicas,
        IReadOnlyList<HostedContainer> running,
        IReadOnlyList<HardenedContainer> hardened
    )
    {
        List<HostedContainer> anew = [.. hardened.Select(one => one.Container)];
        var along = bench.Along(request, anew);
        // Replicas that have nothing to be put right are looked at too, and stay as they are.
        List<HostedContainer> touched =
        [
            .. running.Where(container => along.All.All(other => other.Facts.Id != container.Facts.Id)),
        ];
        return bench.Draft(
            request,
            Name,
            service,
            host,
            new PlanParts(touched)
            {
                Along = along,
                AtLeast = HardenNotes.RiskOf(choices, anew),
                Changes = [.. hardened.SelectMany(one => one.Changes), .. PlanBench.ChangesOf(along)],
                Steps = [.. hardened.Select(one => one.Step), .. PlanBench.StepsOf(along, choices.Grace)],
                Untouched =
                [
                    .. bench
                        .Untouched(
                            request.Tenant,
                            [.. touched, .. along.All],
                            PlanBench.Volumes(touched),
                            "images, environment, secrets and labels",
                            "the Compose file: its next \"up\" that makes the containers anew brings back what is written there"
                        )
                        .Where(line =>
                            !choices.Wants(HardeningItems.Ports) || !line.StartsWith("ports", StringComparison.Ordinal)
                        ),
                ],
                Undo = new PlanUndo(
                    UndoKinds.Reverse,
                    "The former containers, which are kept until then, are put back under their names, and you are told."
                ),
                Notes = [.. HardenNotes.Of(choices, replicas, touched, hardened), .. bench.NotesOf(anew, along)],
            }
        );
    }

    private async Task<IReadOnlyList<HardeningFinding>> FoundAsync(
        string tenant,
        IReadOnlyList<HostedContainer> running,
        CancellationToken cancellation
    )
    {
        var ids = running.Select(container => container.Facts.Id).ToHashSet(StringComparer.Ordinal);
        return findings.FirstOrDefault() is { } posture
            ? [.. (await posture.OfAsync(tenant, cancellation)).Where(one => ids.Contains(one.ContainerId))]
            : throw new CannotPlanException("Nothing here holds containers against a benchmark.");
    }

    private static void RefuseWhatDoesNotFail(
        string service,
        HardenChoices choices,
        IReadOnlyList<HardeningFinding> found
    )
    {
        foreach (var item in choices.Items)
        {
            var own = found.Where(one => one.Check == item).ToList();
            if (own.TrueForAll(one => !one.Fails))
            {
                throw new CannotPlanException(
                    $"{item} fails on no container of {service}, so nothing is to be put right. {string.Join(" ", own.Select(one => one.Reason).Distinct())}".TrimEnd()
                );
            }
        }
    }
}
