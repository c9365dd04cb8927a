using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

internal sealed partial class ServiceMove
{
    // Carried over; everything else is told.
    private static readonly HashSet<string> Carried =
    [
        "image",
        "environment",
        "command",
        "entrypoint",
        "ports",
        "expose",
        "volumes",
        "secrets",
        "healthcheck",
        "restart",
        "deploy",
        "mem_limit",
        "mem_reservation",
        "cpus",
        "read_only",
        "cap_add",
        "cap_drop",
        "working_dir",
        "tmpfs",
        "stop_grace_period",
        "scale",
        "user",
        "tty",
        "stdin_open",
        "security_opt",
        "labels",
        "depends_on",
    ];

    private static readonly HashSet<string> Blocking =
    [
        "network_mode",
        "privileged",
        "devices",
        "extends",
        "env_file",
        "pid",
        "ipc",
        "sysctls",
        "runtime",
        "configs",
        "volumes_from",
        "external_links",
        "gpus",
        "cgroup_parent",
    ];

    private void SayLosses()
    {
        foreach (var key in given.Select(member => member.Key).Where(key => !Carried.Contains(key)))
        {
            Lose(key, WordsFor(key), Blocking.Contains(key));
        }
        if (given["image"] is null)
        {
            Lose(
                "image",
                "No image is named. The manifest holds a name that can't be pulled: build one, push it, and put its digest there.",
                true
            );
        }
        if (ComposeValues.Text(given["restart"]) is not ("always" or "unless-stopped") and var restart)
        {
            Lose(
                "restart",
                $"Compose {(restart is null or "no" ? "never starts it again" : $"starts it again {restart}")}; a cluster always does. If it is meant to end, make a Job of it."
            );
        }
        foreach (var (other, how) in Dependencies())
        {
            Lose(
                "depends_on",
                $"It is not held back until {other} is {how}: pods start in any order, so it has to wait or try again by itself."
            );
        }
        Losses.AddRange(FieldOptions.Of(given).Select(loss => loss with { Service = name }));
        foreach (var volume in MountsOf(given).Where(volume => volume.Name is null && volume.Source != "tmpfs"))
        {
            Lose(
                "volumes",
                $"{volume.Source ?? "What is mounted"} of the host is not there on a node, so {volume.Target} holds what the image has. Make it a ConfigMap, a claim, or a part of the image.",
                true
            );
        }
        foreach (
            var key in (given["deploy"] as JsonObject ?? new JsonObject())
                .Select(member => member.Key)
                .Where(key => key is not ("replicas" or "resources"))
        )
        {
            Lose($"deploy.{key}", "It is not carried over; rollouts follow the cluster's own defaults.");
        }
        var labels = ComposeValues
            .Pairs(given["labels"])
            .Select(pair => pair.Key)
            .Where(key => key != "sevensa.autoscale" && !key.StartsWith("traefik.", StringComparison.Ordinal))
            .ToList();
        if (labels.Count > 0)
        {
            Lose("labels", $"Labels of containers are left behind: {string.Join(", ", labels)}.");
        }
    }

    private IEnumerable<(string Other, string How)> Dependencies() =>
        given["depends_on"] is JsonObject map
            ? map.Select(pair =>
                (
                    pair.Key,
                    ComposeValues
                        .Text((pair.Value as JsonObject)?["condition"])
                        ?.Replace("service_", "", StringComparison.Ordinal)
                        ?? "started"
                )
            )
            : ComposeValues.Words(given["depends_on"]).Select(other => (other, "started"));

    private static string WordsFor(string key) =>
        key switch
        {
            "build" => "A cluster builds nothing: build the image and push it where the nodes may pull.",
            "network_mode" =>
                "The network of the host or of another container is not taken over: put both into one pod, or give it a Service.",
            "privileged" => "It is not made privileged. Name the capabilities that it needs.",
            "devices" or "gpus" => "Devices of the host need a device plug-in on the nodes.",
            "extends" => "Another service or file is not followed. Give the file that docker compose config writes.",
            "env_file" => "The file is not read: make a Secret or ConfigMap of it, and name it under envFrom.",
            "profiles" => "There are no profiles: it runs always. Leave it out where it should not.",
            "networks" =>
                "Networks, aliases and fixed addresses do not go along: name the service where an address stood.",
            "container_name" or "hostname" =>
                "A pod's name is the cluster's; others find it by the name of its Service.",
            "links" or "external_links" => "Aliases do not go along; the linked service is reached by its own name.",
            "ulimits" => "Limits of open files and the like are the node's.",
            "sysctls" => "Only safe sysctls may be set in a pod, and the cluster has to allow others.",
            "extra_hosts" => "Fixed addresses of hosts are left out: a Service or DNS should tell them.",
            "configs" => "Make a ConfigMap and mount it: what it holds is not repeated here.",
            "platform" or "runtime" => "The node has to have it: a node selector or a runtime class is needed.",
            "logging" => "The node keeps what is written to standard output; drivers are the cluster's.",
            _ when key.StartsWith("x-", StringComparison.Ordinal) => "An extension field means nothing on a cluster.",
            _ => "It has no counterpart here and is not carried over.",
        };

    private static List<(string Volume, string Target, bool ReadOnly)> NamedOf(JsonObject given) =>
        [
            .. MountsOf(given)
                .Where(mount => mount.Name is not null)
                .Select(mount => (mount.Name!, mount.Target, mount.ReadOnly)),
        ];

    /// <summary>Name is null for what is of the host; anonymous volumes are named after their target.</summary>
    public static IEnumerable<(string? Name, string? Source, string Target, bool ReadOnly)> MountsOf(JsonObject given)
    {
        foreach (var one in given["volumes"] as JsonArray ?? new JsonArray())
        {
            if (one is JsonObject map)
            {
                var (source, target) = (ComposeValues.Text(map["source"]), ComposeValues.Text(map["target"]) ?? "/");
                var named = ComposeValues.Text(map["type"]) is "volume";
                yield return (
                    named ? source ?? target : null,
                    source ?? ComposeValues.Text(map["type"]),
                    target,
                    ComposeValues.Text(map["read_only"]) == "true"
                );
                continue;
            }
            var parts = (ComposeValues.Text(one) ?? "").Split(':');
            var (from, to) = parts.Length == 1 ? (parts[0], parts[0]) : (parts[0], parts[1]);
            var host =
                parts.Length > 1
                && (from.StartsWith('/') || from.StartsWith('.') || from.StartsWith('~') || from.Length == 0);
            yield return (host ? null : from, from, to, parts.Length > 2 && parts[2].Split(',').Contains("ro"));
        }
    }
}
