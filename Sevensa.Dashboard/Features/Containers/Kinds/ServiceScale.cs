using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary><c>service.scale</c></summary>
internal sealed class ServiceScale(PlanBench bench) : IActionKind
{
    public const string Kind = "service.scale";
    private const string ReplicaLabel = "com.docker.compose.container-number";

    public string Name => Kind;

    public string Title(string target) => $"Scale {target}";

    public string TitleOf(ActionPlan plan) =>
        $"{Title(plan.Place())} {plan.Changes[0].Before} → {plan.Changes[0].After}";

    public IReadOnlyCollection<string> ToldInTitle => ["replicas"];

    public string Description =>
        "Sets how many containers of a service run on its host (replicas). New ones are made like the first; the highest numbers go first.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        Schemas.Of(
            $$"""
            "replicas": { "type": "integer", "minimum": 1, "maximum": 50, "description": "How many shall run." },
            "shareVolumes": { "type": "boolean", "default": false,
              "description": "Let new containers write to the same volumes as the first. A database is destroyed by that." },
            {{Schemas.Grace}},
            {{Schemas.Host}},
            {{Schemas.OnBreach}}
            """,
            "\"replicas\""
        );

    public string Undo => "What was created is removed, what was removed is started again.";

    public Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation) =>
        Task.FromResult(Plan(request));

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(bench.Differences(plan));

    private PlanDraft Plan(PlanRequest request)
    {
        var wanted = request.Parameters.GetProperty("replicas").GetInt32();
        var all = bench.Service(request);
        var service = all[0].Facts.Service;
        var running = all.Where(container => container.Facts.State is "running" or "restarting").ToList();
        if (running.Count == 0)
        {
            throw new CannotPlanException(
                $"No container of {service} runs, so there is none to make others like. Start it with container.start."
            );
        }
        if (running.Count == wanted)
        {
            throw new CannotPlanException($"{service} runs {wanted} container{(wanted == 1 ? "" : "s")} already.");
        }
        var up = wanted > running.Count;
        bench.Refuse(
            running,
            [up ? StepVerbs.ContainerCreate : StepVerbs.ContainerRemove],
            own => $"docker compose up -d --scale {own.Service}={wanted}"
        );
        if (up)
        {
            RefuseTwins(running[0].Facts, PlanBench.Yes(request.Parameters, "shareVolumes"));
        }
        var grace = request.Parameters.GetProperty(StepVerbs.GraceSeconds).GetInt32();
        var names = up ? NewNames(all, wanted - running.Count) : [];
        var leaving = up ? [] : running.Skip(wanted).Reverse().ToList();
        RefuseSharedWith(request, leaving);
        var lost = leaving.Where(container =>
            container.Facts.Settings is { AutoRemove: true, AnonymousVolumes.Count: > 0 }
        );
        return bench.Draft(
            request,
            Kind,
            service,
            bench.Host(all[0].HostId),
            new PlanParts(running)
            {
                AtLeast = lost.Any() ? Risk.High : Risk.Low,
                Changes =
                [
                    new PlanChange($"containers of {service}", Count(running.Count), Count(wanted)),
                    .. names.Select(name => new PlanChange(name.Name, null, $"like {running[0].Facts.Name}")),
                    .. leaving.Select(container => new PlanChange(container.Facts.Name, "running", "removed")),
                    .. lost.Select(container => new PlanChange(
                        $"volumes of {container.Facts.Name} that nobody named",
                        string.Join(", ", container.Facts.Settings!.AnonymousVolumes),
                        "gone with it, which was made to be removed when it ends (--rm)"
                    )),
                ],
                Steps =
                [
                    .. names.Select(name =>
                        PlanBench.Step(
                            StepVerbs.ContainerCreate,
                            running[0].Facts.Id,
                            $"Create and start {name.Name}",
                            StepJson.Of(
                                new CreateArguments(
                                    name.Name,
                                    Labels: running[0].Facts.Labels.ContainsKey(ReplicaLabel)
                                        ? new Dictionary<string, string?> { [ReplicaLabel] = Count(name.Number) }
                                        : null
                                )
                            )
                        )
                    ),
                    .. leaving.Select(container =>
                        PlanBench.Step(
                            StepVerbs.ContainerRemove,
                            container.Facts.Id,
                            $"Stop and remove {container.Facts.Name} ({grace} s grace)",
                            StepJson.Of(new GraceArguments(grace))
                        )
                    ),
                ],
                Untouched = bench.Untouched(
                    request.Tenant,
                    running,
                    up
                        ? $"{string.Join(", ", running.Select(container => container.Facts.Name))}, which go on running"
                        : $"{string.Join(", ", running.Take(wanted).Select(container => container.Facts.Name))}",
                    PlanBench.Volumes(running),
                    $"image {running[0].Facts.Image}"
                ),
                Undo = new PlanUndo(
                    UndoKinds.Reverse,
                    up ? "What was created is removed, and you are told."
                        : lost.Any()
                            ? "What was removed is made again from its record, without what was in its unnamed volumes, and you are told."
                        : "What was stopped is started again, and you are told."
                ),
                Notes = [.. up ? NotesOf(running[0].Facts, running) : []],
            }
        );
    }

    /// <summary>Who lives in the network of one that is taken away has nowhere to go.</summary>
    private void RefuseSharedWith(PlanRequest request, IReadOnlyList<HostedContainer> leaving)
    {
        if (bench.Along(request, leaving).Running is [var sharer, ..])
        {
            throw new CannotPlanException(
                $"{sharer.Container.Facts.Name} {TakenAlong.Words(sharer)}, which would be removed. Stop {sharer.Container.Facts.Name} first (container.stop), then scale."
            );
        }
    }

    /// <summary>What is different for each new one, though nothing says so.</summary>
    private static IEnumerable<string> NotesOf(ContainerFacts sibling, IReadOnlyList<HostedContainer> running)
    {
        if (sibling.Settings is not { } settings)
        {
            if (TakenAlong.Untold(running) is { } untold)
            {
                yield return untold;
            }
            yield break;
        }
        if (settings.PortBindings.Count > 0)
        {
            yield return $"For {string.Join(", ", settings.PortBindings)} Docker chooses a port of the host for each container: look at them afterwards.";
        }
        if (settings.SharedNamespaces().FirstOrDefault(shared => shared.What == "network").Container is not null)
        {
            yield return $"{sibling.Name} lives in another container's network, and so will the new ones: two that listen on one port there can't both run.";
        }
        else if (settings.NetworkMode == "host")
        {
            yield return $"{sibling.Name} lives in the host's network, and so will the new ones: two that listen on one port there can't both run.";
        }
    }

    /// <summary>What two of a kind can't share. A port that Docker chose is not one that was asked for.</summary>
    private static void RefuseTwins(ContainerFacts sibling, bool shareVolumes)
    {
        var fixedPort = sibling.Settings is { } settings
            ? settings.FixedPorts.FirstOrDefault()
            : sibling.Ports.FirstOrDefault(port => port.Contains("->", StringComparison.Ordinal));
        if (fixedPort is { } port)
        {
            throw new CannotPlanException(
                $"{sibling.Name} publishes {port} on its host, which a second container can't have too. Publish no fixed port, or put a proxy in front of it."
            );
        }
        var written = sibling
            .Mounts.Where(mount => !mount.EndsWith(":ro", StringComparison.Ordinal) && !mount.StartsWith('/'))
            .ToList();
        if (written.Count > 0 && !shareVolumes)
        {
            throw new CannotPlanException(
                $"{sibling.Name} writes to {string.Join(", ", written)}, and so would every other. If it is made for that, say shareVolumes: true."
            );
        }
    }

    /// <summary>The lowest free numbers, named as Compose names them.</summary>
    private static IReadOnlyList<(string Name, int Number)> NewNames(IReadOnlyList<HostedContainer> all, int count)
    {
        var first = all[0].Facts;
        var cut = first.Name.LastIndexOfAny(['-', '_']);
        var stem =
            cut > 0 && int.TryParse(first.Name[(cut + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out _)
                ? first.Name[..(cut + 1)]
                : first.Name + "-";
        var taken = all.Select(container => container.Facts.Name).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. Enumerable
                .Range(1, 1000)
                .Select(number => (Name: stem + Count(number), Number: number))
                .Where(name => !taken.Contains(name.Name))
                .Take(count),
        ];
    }

    private static string Count(int number) => number.ToString(CultureInfo.InvariantCulture);
}
