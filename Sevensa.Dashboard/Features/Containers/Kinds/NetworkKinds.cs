using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary><c>network.connect</c></summary>
internal sealed class NetworkConnect(PlanBench bench) : IActionKind
{
    public string Name => StepVerbs.NetworkConnect;

    public string Title(string target) => $"Connect {target} to a network";

    public string TitleOf(ActionPlan plan) => $"Connect {plan.Place()} to {PlanBench.Text(plan.Parameters, "network")}";

    public IReadOnlyCollection<string> ToldInTitle => ["network"];

    public string Description =>
        "Connects a container, or all containers of a service, to a network (network) of the tenant's or of everybody's, optionally under further names (aliases).";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        Schemas.Of(
            $$"""
            "network": { "type": "string", "minLength": 1, "maxLength": 255, "description": "Name of the network." },
            "aliases": { "type": "array", "items": { "type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[A-Za-z0-9][A-Za-z0-9_.-]*$" },
              "description": "Names under which it is found there; the service's name when left out." },
            {{Schemas.Host}}
            """,
            "\"network\""
        );

    public string Undo => "It is disconnected again.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var (meant, network) = await NetworkTarget.FindAsync(bench, request, Name, cancellation);
        var touched = meant.Where(container => !container.Facts.Networks.Contains(network.Name)).ToList();
        if (touched.Count == 0)
        {
            throw new CannotPlanException($"{request.Target} is connected to {network.Name} already.");
        }
        if (
            touched
                .Select(container => NetworkTarget.Hindrance(container.Facts))
                .FirstOrDefault(why => why is not null) is
            { } why
        )
        {
            throw new CannotPlanException(why);
        }
        var aliases = PlanBench.Texts(request.Parameters, "aliases");
        return NetworkTarget.Draft(
            bench,
            request,
            Name,
            touched,
            network,
            container => new PlanChange($"networks of {container.Name}", null, network.Name),
            container => $"Connect {container.Name} to {network.Name}",
            container => new NetworkArguments(network.Name, aliases.Count > 0 ? aliases : [container.Service]),
            "It is disconnected from it again, and you are told."
        );
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(bench.Differences(plan));
}

/// <summary><c>network.disconnect</c></summary>
internal sealed class NetworkDisconnect(PlanBench bench) : IActionKind
{
    public string Name => StepVerbs.NetworkDisconnect;

    public string Title(string target) => $"Disconnect {target} from a network";

    public string TitleOf(ActionPlan plan) =>
        $"Disconnect {plan.Place()} from {PlanBench.Text(plan.Parameters, "network")}";

    public IReadOnlyCollection<string> ToldInTitle => ["network"];

    public string Description =>
        "Takes a container, or all containers of a service, off a network (network). What reaches it by that network does so no more.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema { get; } =
        Schemas.Of(
            $$"""
            "network": { "type": "string", "minLength": 1, "maxLength": 255, "description": "Name of the network." },
            {{Schemas.Host}}
            """,
            "\"network\""
        );

    public string Undo => "It is connected again with its former names and addresses.";

    public async Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation)
    {
        var (meant, network) = await NetworkTarget.FindAsync(bench, request, Name, cancellation);
        var touched = meant.Where(container => container.Facts.Networks.Contains(network.Name)).ToList();
        if (touched.Count == 0)
        {
            if (
                meant
                    .Select(container => NetworkTarget.Hindrance(container.Facts))
                    .FirstOrDefault(why => why is not null) is
                { } why
            )
            {
                throw new CannotPlanException(why);
            }
            throw new CannotPlanException(
                $"{request.Target} is not connected to {network.Name}. It is on {string.Join(", ", meant[0].Facts.Networks)}."
            );
        }
        return NetworkTarget.Draft(
            bench,
            request,
            Name,
            touched,
            network,
            container => new PlanChange($"networks of {container.Name}", network.Name, null),
            container => $"Disconnect {container.Name} from {network.Name}",
            _ => new NetworkArguments(network.Name),
            "It is connected again with its former names and addresses, and you are told.",
            touched.Any(container => container.Facts.Networks.Count == 1)
                ? [$"{network.Name} is its only network: nothing reaches it afterwards."]
                : []
        );
    }

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(bench.Differences(plan));
}

/// <summary>What connecting and disconnecting have in common.</summary>
internal static class NetworkTarget
{
    public static async Task<(IReadOnlyList<HostedContainer> Meant, NetworkFacts Network)> FindAsync(
        PlanBench bench,
        PlanRequest request,
        string verb,
        CancellationToken cancellation
    )
    {
        var meant = bench.Meant(request);
        var name = PlanBench.Text(request.Parameters, "network")!;
        bench.Refuse(meant, [verb], own => $"docker network {verb.Split('.')[1]} {name} {own.Name}");
        var networks = (await bench.ResourcesAsync(meant[0].HostId, cancellation)).Networks;
        // Another tenant's network is not told apart from one that does not exist.
        var open = networks.Where(network => network.Tenant is null || network.Tenant == request.Tenant).ToList();
        string[] others =
        [
            .. open.Select(network => network.Name).Except(["host", "none"]).Order(StringComparer.Ordinal),
        ];
        var found =
            open.FirstOrDefault(network => network.Name == name)
            ?? throw new CannotPlanException(
                $"{meant[0].HostName} has no network \"{name}\" for {request.Tenant}. {(others.Length == 0 ? "There is none that it could join" : $"There are {string.Join(", ", others)}")}."
            );
        return found.Name is "host" or "none" || found.Driver is "host" or "null"
            ? throw new CannotPlanException($"{found.Name} is no network that a container can join or leave.")
            : (meant, found);
    }

    /// <summary>Why Docker would not connect it to a network; null when it would.</summary>
    public static string? Hindrance(ContainerFacts facts)
    {
        var mode = facts.Settings?.NetworkMode ?? "";
        return mode == "none" || facts.Networks.Contains("none")
                ? $"{facts.Name} was made without a network (network none), and Docker lets it join none. Create it anew with one, in its Compose file or by docker run --network."
            : mode == "host" || facts.Networks.Contains("host")
                ? $"{facts.Name} lives in the host's own network, and Docker lets it join no other."
            : facts.Settings?.SharedNamespaces().FirstOrDefault(shared => shared.What == "network").Container
                is not null
                ? $"{facts.Name} lives in another container's network, and Docker lets it join no other. Connect that container instead: both are reached by it."
            : null;
    }

    public static PlanDraft Draft(
        PlanBench bench,
        PlanRequest request,
        string kind,
        IReadOnlyList<HostedContainer> touched,
        NetworkFacts network,
        Func<ContainerFacts, PlanChange> change,
        Func<ContainerFacts, string> title,
        Func<ContainerFacts, NetworkArguments> arguments,
        string undo,
        IReadOnlyList<string>? notes = null
    )
    {
        var along = bench.Along(request, touched);
        var neighbours = bench
            .OfTenant(request.Tenant)
            .Where(container =>
                container.Facts.Networks.Contains(network.Name)
                && touched.All(one => one.Facts.Id != container.Facts.Id)
            )
            .Select(container => container.Facts.Service)
            .Distinct(StringComparer.Ordinal)
            .ToList();
        return bench.Draft(
            request,
            kind,
            touched.Count == 1 ? touched[0].Facts.Name : touched[0].Facts.Service,
            bench.Host(touched[0].HostId),
            new PlanParts(touched)
            {
                Changes =
                [
                    .. touched.Select(container => change(container.Facts)),
                    .. along
                        .Running.Where(sharer => sharer.What.Contains("network", StringComparison.Ordinal))
                        .Select(sharer =>
                            change(sharer.Container.Facts) with
                            {
                                What = $"networks of {sharer.Container.Facts.Name}, which {TakenAlong.Words(sharer)}",
                            }
                        ),
                ],
                Steps =
                [
                    .. touched.Select(container =>
                        PlanBench.Step(
                            kind,
                            container.Facts.Id,
                            title(container.Facts),
                            StepJson.Of(arguments(container.Facts))
                        )
                    ),
                ],
                Untouched = bench.Untouched(
                    request.Tenant,
                    [.. touched, .. along.Containers],
                    "its processes, which go on running",
                    PlanBench.Volumes(touched),
                    "the Compose file: its next \"up\" brings the networks back that are written there"
                ),
                Verification = new PlanVerification(VerificationKinds.None, 0, "Docker's answer"),
                Undo = new PlanUndo(UndoKinds.Reverse, undo),
                Notes =
                [
                    .. notes ?? [],
                    neighbours.Count > 0
                        ? $"On {network.Name} too: {string.Join(", ", neighbours)}{(network.Tenant is null ? ", and perhaps other tenants" : "")}."
                        : $"None of {request.Tenant}'s others is on {network.Name}.",
                ],
            }
        );
    }
}
