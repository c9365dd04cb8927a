using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>A container's specification with less allowed. Whatever would allow more than before is refused, whoever signed it.</summary>
internal static class Hardening
{
    private const string NoNewPrivileges = "no-new-privileges:true";
    private const double Billion = 1e9;
    private const int MostTries = 5;
    private const string OnFailure = "on-failure";
    private const long NoLimit = -1;

    /// <summary>What is wrong with the arguments by themselves, in words; null when nothing is.</summary>
    public static string? Fault(HardenArguments wanted) =>
        wanted.NoNewPrivileges == false || wanted.Unprivileged == false || wanted.ReadOnlyRoot == false
            ? "what is not to be hardened is left out of it."
        : wanted.DefaultProfiles?.FirstOrDefault(name =>
            name is not (Profiles.AppArmor or Profiles.Seccomp or Profiles.SeLinux)
        )
            is { } strange
            ? $"there is no profile {strange}."
        : wanted.KeepCapabilities?.Any(one => Capabilities.Bare(one) == Capabilities.All) == true
            ? $"{Capabilities.All} is all capabilities, and none to keep."
        : wanted.User is { } user && !HardenWords.IsUser(user) ? $"\"{user}\" is no user other than root."
        : wanted.Address is { } address && !HardenWords.IsAddress(address)
            ? $"\"{address}\" is no single address of a host."
        : wanted.Tmpfs?.FirstOrDefault(folder => !HardenWords.IsFolder(folder)) is { } odd
            ? $"\"{odd}\" is no folder of a container."
        : wanted is { Tmpfs.Count: > 0, ReadOnlyRoot: not true }
            ? "folders are in memory only where the root is made read-only with it."
        : wanted.MemoryBytes <= 0 || wanted.PidsLimit <= 0 || !(wanted.Cpus is null or > 0 and < 10_000)
            ? "a limit is a number above zero."
        : wanted.RestartTries is < 1 or > MostTries ? $"a container is started again 1 to {MostTries} times."
        : null;

    /// <param name="mounts">What is mounted in it, as Docker describes it.</param>
    /// <exception cref="StepException"><c>wouldLoosen</c>, <c>wouldHide</c></exception>
    public static Specification Of(Specification own, HardenArguments wanted, JsonArray mounts)
    {
        var (config, host) = ((JsonObject)own.Config.DeepClone(), (JsonObject)own.HostConfig.DeepClone());
        if (wanted.User is { } user)
        {
            if (!HardenWords.IsRoot(Text(config["User"])))
            {
                throw Loosens(own, $"runs as {Text(config["User"])} already, which is not root");
            }
            config["User"] = user;
        }
        if (wanted.Unprivileged == true)
        {
            host["Privileged"] = false;
        }
        Options(host, wanted);
        Keep(own, host, wanted.KeepCapabilities);
        if (wanted.ReadOnlyRoot == true)
        {
            host["ReadonlyRootfs"] = true;
        }
        InMemory(own, config, host, wanted.Tmpfs, mounts);
        Limit(own, host, wanted);
        Bind(own, host, wanted.Address);
        Restart(own, host, wanted.RestartTries);
        LeaveOut(own, host, wanted.WithoutUlimits);
        return own with { Config = config, HostConfig = host };
    }

    private static void Options(JsonObject host, HardenArguments wanted)
    {
        if (wanted.NoNewPrivileges != true && wanted.DefaultProfiles is not { Count: > 0 })
        {
            return;
        }
        var options = Words(host["SecurityOpt"])
            .Where(option => wanted.DefaultProfiles?.Any(profile => Profiles.IsOff(option, profile)) != true);
        if (wanted.NoNewPrivileges == true)
        {
            options = options
                .Where(option => !option.StartsWith("no-new-privileges", StringComparison.Ordinal))
                .Append(NoNewPrivileges);
        }
        host["SecurityOpt"] = Array(options);
    }

    private static void Keep(Specification own, JsonObject host, IReadOnlyList<string>? kept)
    {
        if (kept is null)
        {
            return;
        }
        var (added, dropped) = (Words(host["CapAdd"]).ToList(), Words(host["CapDrop"]).ToList());
        if (kept.FirstOrDefault(one => !Capabilities.Has(added, dropped, Capabilities.Bare(one))) is { } more)
        {
            throw Loosens(own, $"has not got the capability {more}");
        }
        host["CapDrop"] = Array([Capabilities.All]);
        host["CapAdd"] = kept.Count == 0 ? null : Array(kept);
    }

    private static void Restart(Specification own, JsonObject host, int? tries)
    {
        if (tries is not { } wanted)
        {
            return;
        }
        var policy = host["RestartPolicy"];
        switch (Text(policy?["Name"]))
        {
            case "" or "no":
                throw Loosens(own, "is not started again by Docker as it is");
            case OnFailure:
                NotAbove(own, "tries", Number(policy?["MaximumRetryCount"]), wanted);
                break;
        }
        host["RestartPolicy"] = new JsonObject { ["Name"] = OnFailure, ["MaximumRetryCount"] = wanted };
    }

    private static void LeaveOut(Specification own, JsonObject host, IReadOnlyList<string>? names)
    {
        if (names is not { Count: > 0 } || host["Ulimits"] is not JsonArray limits)
        {
            return;
        }
        var named = limits.Where(limit => names.Contains(Text(limit?["Name"]))).ToList();
        if (named.Find(limit => Number(limit?["Soft"]) != NoLimit && Number(limit?["Hard"]) != NoLimit) is { } held)
        {
            throw Loosens(own, $"has a limit of {Text(held["Name"])}, which is left out only where it is none");
        }
        host["Ulimits"] = new JsonArray([.. limits.Except(named).Select(limit => limit!.DeepClone())]);
    }

    private static void InMemory(
        Specification own,
        JsonObject config,
        JsonObject host,
        IReadOnlyList<string>? folders,
        JsonArray mounts
    )
    {
        if (folders is not { Count: > 0 })
        {
            return;
        }
        if (Is(own.HostConfig["ReadonlyRootfs"]))
        {
            throw Loosens(own, "has a root that is read-only already, and no more folders that it can write");
        }
        var asked = host["Mounts"] as JsonArray ?? [];
        List<string> holding =
        [
            .. VolumeNames.Binds(host).Select(bind => bind.Split(':').ElementAtOrDefault(1)).OfType<string>(),
            .. asked.Where(mount => !IsInMemory(mount)).Select(mount => Text(mount?["Target"])),
            .. (config["Volumes"] as JsonObject ?? []).Select(volume => volume.Key),
            .. mounts.Where(mount => !IsInMemory(mount)).Select(mount => Text(mount?["Destination"])),
        ];
        if (folders.FirstOrDefault(folder => holding.Exists(place => HardenWords.IsIn(folder, place))) is { } hiding)
        {
            throw new StepException(
                "wouldHide",
                $"{hiding} of {own.Name} is mounted, or lies in what is: in memory it would hide what is there. Propose it again without it."
            );
        }
        var tmpfs = host["Tmpfs"] as JsonObject ?? [];
        var taken = asked
            .Select(mount => Text(mount?["Target"]))
            .Concat(tmpfs.Select(one => one.Key))
            .Select(place => place.TrimEnd('/'))
            .ToHashSet();
        foreach (var folder in folders.Where(taken.Add))
        {
            tmpfs[folder] = "";
        }
        host["Tmpfs"] = tmpfs.DeepClone();
    }

    private static void Limit(Specification own, JsonObject host, HardenArguments wanted)
    {
        if (wanted.MemoryBytes is { } memory)
        {
            NotAbove(own, "memory", Number(host["Memory"]), memory);
            host["Memory"] = memory;
        }
        if (wanted.PidsLimit is { } processes)
        {
            NotAbove(own, "number of processes", Number(host["PidsLimit"]), processes);
            host["PidsLimit"] = processes;
        }
        if (wanted.Cpus is { } cpus)
        {
            var nano = (long)Math.Round(cpus * Billion);
            var (quota, period) = (Number(host["CpuQuota"]), Number(host["CpuPeriod"]));
            var now =
                quota > 0
                    ? (long)(Billion * quota / (period > 0 ? period : ContainerSettings.DefaultCpuPeriodUs))
                    : Number(host["NanoCpus"]);
            NotAbove(own, "number of processors", now, nano);
            // Docker takes processors as a number or as a quota of a period, and never both.
            (host["CpuQuota"], host["CpuPeriod"], host["NanoCpus"]) = (0, 0, nano);
        }
    }

    private static void Bind(Specification own, JsonObject host, string? address)
    {
        if (address is null)
        {
            return;
        }
        if (Is(host["PublishAllPorts"]))
        {
            throw new StepException(
                "publishesAll",
                $"{own.Name} publishes all its ports (-P) wherever Docker chooses: name them first, then they can be bound."
            );
        }
        var bound = new JsonObject();
        foreach (var (port, bindings) in host["PortBindings"] as JsonObject ?? [])
        {
            bound[port] = new JsonArray([
                .. (bindings as JsonArray ?? [])
                    .Select(binding =>
                        (
                            Address: HardenWords.IsEverywhere(Text(binding?["HostIp"]))
                                ? address
                                : Text(binding?["HostIp"]),
                            Port: Text(binding?["HostPort"])
                        )
                    )
                    .Distinct()
                    .Select(one => new JsonObject { ["HostIp"] = one.Address, ["HostPort"] = one.Port }),
            ]);
        }
        host["PortBindings"] = bound;
    }

    private static void NotAbove(Specification own, string what, long now, long wanted)
    {
        if (now > 0 && wanted > now)
        {
            throw Loosens(own, $"has a lower limit of its {what} already");
        }
    }

    private static StepException Loosens(Specification own, string why) =>
        new("wouldLoosen", $"{own.Name} {why}: hardening gives nothing that was not there. Propose it again.");

    private static IEnumerable<string> Words(JsonNode? list) => (list as JsonArray ?? []).Select(Text);

    private static JsonArray Array(IEnumerable<string> words) => new([.. words.Select(word => (JsonNode)word)]);

    private static bool IsInMemory(JsonNode? mount) => Text(mount?["Type"]) == "tmpfs";

    private static bool Is(JsonNode? node) => node is JsonValue value && value.TryGetValue<bool>(out var yes) && yes;

    private static long Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;
}
