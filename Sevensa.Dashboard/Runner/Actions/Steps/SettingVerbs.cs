using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary><c>container.resources</c></summary>
internal sealed class ResourcesVerb(IDockerWorks works) : IStepVerb
{
    private const string Former = "former";
    private const string Quota = "CpuQuota";
    private const string Period = "CpuPeriod";
    private const double NanoPerCpu = 1e9;

    public string Verb => StepVerbs.ContainerResources;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        if (!StepArguments.TryRead(step, StepJson.Default.ResourcesArguments, out var asked, out var refusal))
        {
            return new(refusal);
        }
        return new(
            asked is { MemoryBytes: null, MemorySwapBytes: null, Cpus: null }
                ? new Refusal("unknownStep", $"Step {step.Number} changes no limit.")
            : asked is { MemoryBytes: <= 0 } or { Cpus: <= 0 }
                ? new Refusal(
                    "unknownStep",
                    "Docker can't lift a limit from a container that exists. Re-create it without one (container.recreate from a specification without the limit)."
                )
            : null
        );
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var asked = work.Arguments(StepJson.Default.ResourcesArguments);
        var inspect =
            await works.DescribeAsync(work.Step.On, cancellation)
            ?? throw new StepException("containerMissing", "The container is not there any more.");
        var host = inspect["HostConfig"] as JsonObject ?? [];
        var (memory, swap) = (Number(host["Memory"]), Number(host["MemorySwap"]));
        var change = new JsonObject();
        if (asked.MemoryBytes is { } bytes)
        {
            change["Memory"] = bytes;
            // As much swap on top of memory as there was; Docker's own default is as much again.
            change["MemorySwap"] =
                asked.MemorySwapBytes
                ?? (
                    swap < 0 ? -1
                    : memory > 0 && swap >= memory ? bytes + (swap - memory)
                    : bytes * 2
                );
        }
        else if (asked.MemorySwapBytes is { } onlySwap)
        {
            change["MemorySwap"] = onlySwap;
        }
        if (asked.Cpus is { } cpus)
        {
            Processors(change, host, cpus);
        }
        var former = new JsonObject();
        foreach (var (member, _) in change)
        {
            former[member] = host[member]?.DeepClone() ?? 0;
        }
        work.Note("begun", (Former, former.ToJsonString()));
        await works.UpdateAsync(work.Step.On, change, cancellation);
        work.Note("done");
        return "limits set: "
            + string.Join(
                ", ",
                change.Select(member =>
                    string.Create(CultureInfo.InvariantCulture, $"{member.Key} {member.Value!.ToJsonString()}")
                )
            );
    }

    /// <summary>Docker takes a number of processors, or a quota of a period; what was given as one can't be changed as the other.</summary>
    private static void Processors(JsonObject change, JsonObject host, double cpus)
    {
        var (quota, period) = (Number(host[Quota]), Number(host[Period]));
        if (quota == 0 && period == 0)
        {
            change["NanoCpus"] = (long)Math.Round(cpus * NanoPerCpu);
            return;
        }
        change[Quota] = (long)Math.Round(cpus * (period > 0 ? period : ContainerSettings.DefaultCpuPeriodUs));
    }

    public async Task<string?> UndoAsync(StepWork work, CancellationToken cancellation)
    {
        if (work[Former] is not { } text || JsonNode.Parse(text) is not JsonObject former)
        {
            return null;
        }
        if (
            await works.DescribeAsync(work.Step.On, cancellation) is not { } now
            || former.All(member => Number(now["HostConfig"]?[member.Key]) == Number(member.Value))
        )
        {
            // Docker refused, or the container is gone: there is nothing to set back.
            return null;
        }
        var set = new JsonObject();
        var lifted = new List<string>();
        foreach (var (member, value) in former)
        {
            if (Number(value) == 0)
            {
                lifted.Add(member);
            }
            else
            {
                set[member] = value!.DeepClone();
            }
        }
        // Docker takes 0 for "leave it": what had no limit gets one that no host reaches.
        if (lifted.Contains("Memory"))
        {
            set["Memory"] = await MemoryOfHostAsync(cancellation);
            set["MemorySwap"] = -1;
        }
        if (lifted.Contains(Quota))
        {
            // The quota has a word for none.
            set[Quota] = -1;
            lifted.Remove(Quota);
        }
        if (lifted.Contains("NanoCpus"))
        {
            set["NanoCpus"] = Environment.ProcessorCount * (long)NanoPerCpu;
        }
        if (set.Count > 0)
        {
            await works.UpdateAsync(work.Step.On, set, cancellation);
        }
        return lifted.Count == 0
            ? "the limits are as they were"
            : "the limits are as wide as the host; without any they are only after the container is re-created";
    }

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;

    /// <summary>Docker's own figure is not asked for: this runs where something is wrong already.</summary>
    private static Task<long> MemoryOfHostAsync(CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return Task.FromResult(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
    }

    private static long Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;
}

/// <summary><c>network.connect</c> and <c>network.disconnect</c>, each the undo of the other.</summary>
internal sealed class NetworkVerb(string verb, IDockerWorks works, Ownership ownership) : IStepVerb
{
    private const string Network = "network";
    private const string Endpoint = "endpoint";

    public string Verb => verb;

    public async ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        if (
            !StepArguments.TryRead(step, StepJson.Default.NetworkArguments, out var asked, out var refusal)
            || string.IsNullOrEmpty(asked.Network)
        )
        {
            return refusal ?? new Refusal("unknownStep", $"Step {step.Number} names no network.");
        }
        if (await works.NetworkAsync(asked.Network, cancellation) is not { } network)
        {
            return new Refusal("networkMissing", $"There is no network {asked.Network} on this host.");
        }
        var owner = ownership.TenantOf(Labels(network));
        return owner is null || owner == examination.Action.Plan.Tenant
            ? null
            : new Refusal("wrongTenant", $"The network {asked.Network} belongs to another tenant on this host.");
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var asked = work.Arguments(StepJson.Default.NetworkArguments);
        var inspect =
            await works.DescribeAsync(work.Step.On, cancellation)
            ?? throw new StepException("containerMissing", "The container is not there any more.");
        var now = inspect["NetworkSettings"]?["Networks"]?[asked.Network] as JsonObject;
        if (verb == StepVerbs.NetworkConnect)
        {
            if (now is not null)
            {
                return "was connected already";
            }
            work.Note("begun", (Network, asked.Network));
            await works.ConnectAsync(asked.Network, work.Step.On, Asked(asked), cancellation);
            work.Note("done");
            return $"connected to {asked.Network}";
        }
        if (now is null)
        {
            return "was not connected";
        }
        work.Note("begun", (Network, asked.Network), (Endpoint, AsItWas(now, Text(inspect["Id"])).ToJsonString()));
        await works.DisconnectAsync(asked.Network, work.Step.On, cancellation);
        work.Note("done");
        return $"disconnected from {asked.Network}";
    }

    public async Task<string?> UndoAsync(StepWork work, CancellationToken cancellation)
    {
        if (
            work[Network] is not { } network
            || await works.DescribeAsync(work.Step.On, cancellation) is not { } inspect
        )
        {
            return null;
        }
        var connected = inspect["NetworkSettings"]?["Networks"]?[network] is not null;
        if (verb == StepVerbs.NetworkConnect)
        {
            if (!connected)
            {
                return null;
            }
            await works.DisconnectAsync(network, work.Step.On, cancellation);
            return $"disconnected from {network} again";
        }
        if (connected || work[Endpoint] is not { } endpoint)
        {
            return null;
        }
        await works.ConnectAsync(network, work.Step.On, (JsonObject)JsonNode.Parse(endpoint)!, cancellation);
        return $"connected to {network} again";
    }

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;

    private static JsonObject Asked(NetworkArguments asked)
    {
        var endpoint = new JsonObject();
        if (asked.Aliases is { Count: > 0 } aliases)
        {
            endpoint["Aliases"] = new JsonArray([.. aliases.Select(alias => (JsonNode)alias)]);
        }
        if (asked.Ipv4Address is not null || asked.Ipv6Address is not null)
        {
            endpoint["IPAMConfig"] = new JsonObject
            {
                ["IPv4Address"] = asked.Ipv4Address ?? "",
                ["IPv6Address"] = asked.Ipv6Address ?? "",
            };
        }
        return endpoint;
    }

    private static JsonObject AsItWas(JsonObject settings, string id)
    {
        var endpoint = new JsonObject();
        foreach (var member in new[] { "IPAMConfig", "Links", "DriverOpts", "GwPriority" })
        {
            if (settings[member] is { } value)
            {
                endpoint[member] = value.DeepClone();
            }
        }
        if (settings["Aliases"] is JsonArray aliases)
        {
            var kept = aliases.Where(alias => Text(alias) != id[..12]).Select(alias => alias!.DeepClone());
            endpoint["Aliases"] = new JsonArray([.. kept]);
        }
        return endpoint;
    }

    internal static Dictionary<string, string> Labels(JsonObject described) =>
        (described["Labels"] as JsonObject ?? []).ToDictionary(
            label => label.Key,
            label => Text(label.Value),
            StringComparer.Ordinal
        );
}
