using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary>What the kinds of this feature have in common: finding what is meant, refusing what can't be done, and saying the same things.</summary>
internal sealed class PlanBench(IFleet fleet, IRunnerLink runners, TimeProvider time)
{
    public IReadOnlyList<HostedContainer> OfTenant(string tenant) => ContainerTargets.Of(fleet, tenant);

    /// <summary>The containers that a target means, all on one host.</summary>
    /// <exception cref="CannotPlanException">Nothing, too much, or on several hosts.</exception>
    public IReadOnlyList<HostedContainer> Meant(PlanRequest request)
    {
        var found = ContainerTargets.Resolve(fleet, request.Tenant, request.Target, Text(request.Parameters, "host"));
        var hosts = found.Select(container => container.HostName).Distinct(StringComparer.Ordinal).ToList();
        return hosts.Count == 1
            ? found
            : throw new CannotPlanException(
                $"{request.Target} runs on {string.Join(" and ", hosts)}. One action runs on one host: say which with the parameter host."
            );
    }

    /// <summary>All replicas of the service that a target means.</summary>
    public IReadOnlyList<HostedContainer> Service(PlanRequest request)
    {
        var meant = Meant(request);
        var service = meant[0].Facts.Service;
        return
        [
            .. OfTenant(request.Tenant)
                .Where(container => container.Facts.Service == service && container.HostId == meant[0].HostId)
                .OrderBy(container => container.Facts.Name, Ordering.Natural),
        ];
    }

    /// <exception cref="CannotPlanException">The runner is away or too old, or a container is one that is never acted on.</exception>
    public void Refuse(
        IReadOnlyList<HostedContainer> touched,
        IEnumerable<string> verbs,
        Func<ContainerFacts, string> byHand
    )
    {
        if (touched.FirstOrDefault(container => container.Facts.SelfOf is not null) is { } own)
        {
            throw new CannotPlanException(
                $"{own.Facts.Name} is this product's own {own.Facts.SelfOf}: it would cut off the one who watches over it. Do it on {own.HostName} by hand: {byHand(own.Facts)}"
            );
        }
        if (touched.FirstOrDefault(container => container.Facts.Unread is not null) is { } unread)
        {
            throw new CannotPlanException($"{unread.Facts.Name}: {unread.Facts.Unread}");
        }
        if (touched.FirstOrDefault(container => container.Facts.State is "removing" or "dead") is { } dead)
        {
            throw new CannotPlanException(
                $"{dead.Facts.Name} is {dead.Facts.State}: Docker is done with it. Look at it on {dead.HostName}: docker inspect {dead.Facts.Name}"
            );
        }
        Refuse(touched[0].HostId, verbs);
    }

    public void Refuse(string hostId, IEnumerable<string> verbs)
    {
        var host = Host(hostId);
        if (host.Presence != HostPresence.Connected)
        {
            throw new CannotPlanException(
                $"{host.Name} is not connected, so what runs there now is not known. Bring its runner back, then propose again."
            );
        }
        if (host.Facts?.IsCluster == true)
        {
            throw new CannotPlanException(
                $"{host.Name} is a cluster: what runs there is changed by its workloads. Use workload.restart, workload.scale, workload.deploy, workload.resources or autoscaler.edit."
            );
        }
        var known = host.Facts?.Kinds ?? [];
        if (verbs.FirstOrDefault(verb => !known.Contains(verb, StringComparer.Ordinal)) is { } unknown)
        {
            throw new CannotPlanException(
                $"The runner on {host.Name} ({host.Facts?.RunnerVersion}) can't do {unknown}. Update it, then propose again."
            );
        }
    }

    public DockerHost Host(string hostId) =>
        fleet.Hosts.FirstOrDefault(host => host.Id == hostId)
        ?? throw new CannotPlanException("Its host is not known any more.");

    /// <summary>The host that is named, among those on which the tenant runs something; the only one when none is named.</summary>
    public DockerHost HostOf(PlanRequest request)
    {
        if (OfTenant(request.Tenant).Count == 0)
        {
            fleet.MustKnow(request.Tenant);
        }
        var own = OfTenant(request.Tenant).Select(container => container.HostId).Distinct().Select(Host).ToList();
        var named = Text(request.Parameters, "host");
        return named is null
            ? own switch
            {
                [var only] => only,
                [] => throw new CannotPlanException($"No host reports a container of {request.Tenant}."),
                _ => throw new CannotPlanException(
                    $"{request.Tenant} runs on {string.Join(" and ", own.Select(host => host.Name))}. Say which host is meant with the parameter host."
                ),
            }
            : own.FirstOrDefault(host => host.Name == named)
                ?? throw new CannotPlanException($"{request.Tenant} runs nothing on a host \"{named}\".");
    }

    public async Task<HostResources> ResourcesAsync(string hostId, CancellationToken cancellation)
    {
        try
        {
            return await runners.ResourcesAsync(hostId, cancellation);
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            throw new CannotPlanException($"{Host(hostId).Name} did not tell what it has: {exception.Message}");
        }
    }

    /// <exception cref="CannotPlanException">Neither the host nor a registry has it; in their words.</exception>
    public async Task<ResolvedImage> ResolveAsync(string hostId, string reference, CancellationToken cancellation)
    {
        try
        {
            var found = await runners.ResolveImageAsync(hostId, reference, cancellation);
            return found.ImageId is null && found.Digest is null
                ? throw new CannotPlanException(
                    $"{Host(hostId).Name} has no image {reference} and could not find out about it: {found.Trouble ?? "its registry gave no digest."}"
                )
                : found;
        }
        catch (Exception exception) when (exception is RunnerUnreachableException or UpstreamException)
        {
            throw new CannotPlanException(
                $"{Host(hostId).Name} could not be asked about {reference}: {exception.Message}"
            );
        }
    }

    /// <summary>Who lives in the namespaces of what is touched and has to go along.</summary>
    public TakenAlong Along(PlanRequest request, IReadOnlyList<HostedContainer> touched) =>
        TakenAlong.With(touched, fleet, request.Tenant);

    /// <summary>What those who go along with a container that is created anew are, and are afterwards.</summary>
    public static IEnumerable<PlanChange> ChangesOf(TakenAlong along) =>
        along.Sharers.Select(sharer => new PlanChange(
            $"{sharer.What} of {sharer.Container.Facts.Name}",
            $"that of {sharer.Provider.Facts.Name} as it is",
            $"that of {sharer.Provider.Facts.Name} as it is then: it is created anew too, from its own image{(sharer.Container.Runs ? "" : ", and stays stopped")}"
        ));

    /// <summary>After the containers whose namespaces they live in.</summary>
    public static IEnumerable<PlanStep> StepsOf(TakenAlong along, int grace) =>
        along.Sharers.Select(sharer =>
            Step(
                StepVerbs.ContainerRecreate,
                sharer.Container.Facts.Id,
                $"Create {sharer.Container.Facts.Name} anew, which {TakenAlong.Words(sharer)}",
                StepJson.Of(
                    new RecreateArguments(GraceSeconds: grace, KeepStopped: sharer.Container.Runs ? null : true)
                )
            )
        );

    /// <summary>What a person should know of containers that are created anew.</summary>
    public IEnumerable<string> NotesOf(IReadOnlyList<HostedContainer> touched, TakenAlong along)
    {
        if (TakenAlong.Untold(touched) is { } untold)
        {
            yield return untold;
        }
        if (along.OthersIdle)
        {
            yield return "A container of somebody else's, which does not run, was made to live in a namespace of what is replaced: it can't be started again before it is created anew.";
        }
        foreach (var container in touched.Concat(along.Containers).Select(container => container.Facts))
        {
            if (container.Settings is { AutoRemove: true })
            {
                yield return $"{container.Name} was made to be removed when it ends (--rm), so the former one can't be kept: an undo makes it again from its record.";
            }
            if (
                container.Settings is { NetworkMode: "default" or "bridge" }
                && fleet
                    .Containers.Where(other => other.Facts.Settings?.Links.Contains(container.Name) == true)
                    .Select(other => other.Facts.Name)
                    .ToList()
                    is { Count: > 0 } linked
            )
            {
                yield return $"{string.Join(", ", linked)} reaches {container.Name} by one of Docker's old links, which ends with the former container: create it anew afterwards, or put both into a network of their own.";
            }
        }
    }

    public PlanDraft Draft(PlanRequest request, string kind, string target, DockerHost host, PlanParts parts)
    {
        var all = parts.Touched.Concat(parts.Along.All).ToList();
        var containers = all.Select(container => World.Planned(container.Facts)).ToList();
        return new PlanDraft(
            new ActionPlan(
                request.ProposalId,
                kind,
                request.Tenant,
                target,
                request.Parameters,
                new PlanExecutor(PlanExecutor.Runner, host.Id, host.Name),
                containers,
                parts.Changes,
                [.. parts.Steps.Select((step, index) => step with { Number = index + 1 })],
                parts.Untouched,
                parts.Verification ?? Up([.. parts.Touched, .. parts.Along.Containers]),
                parts.Undo,
                World.Fingerprint(containers)
            ),
            new PlanEstimate(null, [], null, time.GetUtcNow(), parts.Blast, parts.Notes.Count > 0 ? parts.Notes : null),
            parts.AtLeast
        );
    }

    /// <summary>What differs from the plan, the replicas that came since among them.</summary>
    public IReadOnlyList<string> Differences(ActionPlan plan)
    {
        var differences = new List<string>();
        foreach (var planned in plan.Containers)
        {
            var now =
                fleet.Find(plan.Executor.HostId ?? "", planned.Id) is { } found && found.Facts.Tenant == plan.Tenant
                    ? found.Facts
                    : null;
            differences.AddRange(World.Differences(planned, now is null ? null : World.Planned(now)));
        }
        differences.AddRange(TakenAlong.Since(plan, fleet));
        var known = plan.Containers.Select(container => container.Id).ToHashSet(StringComparer.Ordinal);
        // Who only went along may have replicas that did not.
        var services = plan
            .Containers.Where(container => container.Service == plan.Target || !WentAlong(plan, container))
            .Select(container => container.Service)
            .ToHashSet(StringComparer.Ordinal);
        differences.AddRange(
            OfTenant(plan.Tenant)
                .Where(container =>
                    container.HostId == plan.Executor.HostId
                    && services.Contains(container.Facts.Service)
                    && World.IsUp(container.Facts.State)
                    && !known.Contains(container.Facts.Id)
                )
                .Select(container => $"{container.Facts.Name} has come to {container.Facts.Service} since")
        );
        return differences;
    }

    private bool WentAlong(ActionPlan plan, PlanContainer container) =>
        plan.Executor.HostId is { } host
        && fleet.Find(host, container.Id) is { } one
        && plan.Containers.Any(other =>
            fleet.Find(host, other.Id) is { } provider && NamespaceSharers.Shared(one.Facts, provider.Facts) is not null
        );

    public static PlanStep Step(string verb, string on, string title, JsonElement? arguments = null) =>
        new(0, verb, on, title, arguments);

    /// <summary>Healthy where every touched container has a health check; else running for a while.</summary>
    public static PlanVerification Up(IReadOnlyList<HostedContainer> touched)
    {
        const int within = 60;
        const int steady = 5;
        return touched.Count > 0 && touched.All(container => container.Facts.Health is not ("none" or ""))
            ? new PlanVerification(VerificationKinds.Healthy, within, $"running and healthy within {within} s", steady)
            : new PlanVerification(
                VerificationKinds.Running,
                within,
                $"running within {within} s, and for {steady} s without a restart",
                steady
            );
    }

    /// <summary>The tenant's other services, and what of the touched ones stays as it is.</summary>
    public IReadOnlyList<string> Untouched(string tenant, IReadOnlyList<HostedContainer> touched, params string[] more)
    {
        var ids = touched.Select(container => container.Facts.Id).ToHashSet(StringComparer.Ordinal);
        var others = OfTenant(tenant)
            .Where(container => !ids.Contains(container.Facts.Id))
            .Select(container => container.Facts.Service)
            .Except(touched.Select(container => container.Facts.Service), StringComparer.Ordinal)
            .Distinct(StringComparer.Ordinal)
            .Order(StringComparer.Ordinal)
            .ToList();
        var networks = Listed(touched.SelectMany(container => container.Facts.Networks));
        var ports = Listed(touched.SelectMany(container => container.Facts.Ports));
        return
        [
            others.Count == 0 ? "other tenants" : $"other services: {string.Join(", ", others)}; other tenants",
            .. more,
            networks.Length == 0 ? "networks" : $"networks: {networks}",
            ports.Length == 0 ? "ports (it has none)" : $"ports: {ports}",
        ];
    }

    public static string Volumes(IEnumerable<HostedContainer> touched) =>
        Listed(touched.SelectMany(container => container.Facts.Mounts)) is { Length: > 0 } mounts
            ? $"data: {mounts}"
            : "data (it has no volumes)";

    public static string? Text(JsonElement parameters, string name) =>
        parameters.ValueKind == JsonValueKind.Object
        && parameters.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
        && value.GetString() is { Length: > 0 } text
            ? text
            : null;

    public static bool Yes(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.True;

    public static IReadOnlyList<string> Texts(JsonElement parameters, string name) =>
        parameters.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Array
            ? [.. value.EnumerateArray().Select(item => item.GetString()).OfType<string>().Distinct()]
            : [];

    public static string Short(string digest)
    {
        var hex = digest[(digest.LastIndexOf(':') + 1)..];
        return hex.Length > 12 ? hex[..12] : hex;
    }

    private static string Listed(IEnumerable<string> words) =>
        string.Join(", ", words.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal));
}

/// <summary>What differs from one kind's plan to another's.</summary>
internal sealed record PlanParts(IReadOnlyList<HostedContainer> Touched)
{
    /// <summary>Touched because they live in the others' namespaces; after them.</summary>
    public TakenAlong Along { get; init; } = TakenAlong.Nobody;

    /// <summary>Where what is known makes it riskier than the kind is.</summary>
    public Risk AtLeast { get; init; } = Risk.Low;

    public required IReadOnlyList<PlanChange> Changes { get; init; }

    public required IReadOnlyList<PlanStep> Steps { get; init; }

    public required IReadOnlyList<string> Untouched { get; init; }

    public required PlanUndo Undo { get; init; }

    public PlanVerification? Verification { get; init; }

    public IReadOnlyList<PlanBlast>? Blast { get; init; }

    public IReadOnlyList<string> Notes { get; init; } = [];
}

internal static class Ordering
{
    /// <summary>api-2 before api-10.</summary>
    public static readonly StringComparer Natural = StringComparer.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        System.Globalization.CompareOptions.NumericOrdering
    );
}

/// <summary>Pieces of the kinds' JSON Schemas.</summary>
internal static class Schemas
{
    public const string Host = """
        "host": { "type": "string", "minLength": 1, "maxLength": 63, "description": "Host, when the service runs on several." }
        """;

    public const string Grace = """
        "graceSeconds": { "type": "integer", "minimum": 0, "maximum": 300, "default": 10, "description": "Seconds between TERM and KILL." }
        """;

    public const string OnBreach = """
        "onBreach": { "type": "string", "enum": ["propose", "undo"], "default": "propose",
          "description": "When error rate, latency or restarts rise in the minutes after: propose the undo, or (approved with this plan) do it." }
        """;

    public static JsonElement Of(string properties, string required = "")
    {
        using var document = JsonDocument.Parse(
            $$"""
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": { {{properties}} },
              "required": [{{required}}],
              "additionalProperties": false
            }
            """
        );
        return document.RootElement.Clone();
    }
}
