using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>Options within fields that are carried over and have no place on a cluster themselves: each is told by its path.</summary>
internal static class FieldOptions
{
    public static IEnumerable<MoveLoss> Of(JsonObject given) =>
        Ports(given)
            .Concat(Volumes(given))
            .Concat(HealthCheck(given))
            .Concat(Resources(given))
            .Concat(Others(given))
            .Select(one => new MoveLoss(null, one.Where, one.Words));

    private static IEnumerable<(string Where, string Words)> Ports(JsonObject given)
    {
        var hosts = new List<string>();
        foreach (var one in given["ports"] as JsonArray ?? [])
        {
            if (one is not JsonObject map)
            {
                var text = (ComposeValues.Text(one) ?? "").Split('/')[0];
                var end = text.LastIndexOf(':');
                if (end > 0 && text[..end] != text[(end + 1)..])
                {
                    hosts.Add($"{text[..end]} for {text[(end + 1)..]}");
                }
                continue;
            }
            var (published, target) = (ComposeValues.Text(map["published"]), ComposeValues.Text(map["target"]));
            if (published is not null)
            {
                hosts.Add($"{published} for {target}");
            }
            foreach (var key in map.Select(member => member.Key).Except(["target", "published", "protocol"]))
            {
                yield return (
                    $"ports.{key}",
                    $"{key} of port {target} is not carried over: a Service has no address or mode of the host."
                );
            }
        }
        if (hosts.Count > 0)
        {
            yield return (
                "ports.published",
                $"Ports and addresses of the host ({string.Join(", ", hosts)}) are not taken over: in the cluster it is reached at the container's own port, by whoever its policy lets through."
            );
        }
    }

    private static IEnumerable<(string Where, string Words)> Volumes(JsonObject given)
    {
        foreach (var one in given["volumes"] as JsonArray ?? [])
        {
            if (one is JsonObject map)
            {
                var target = ComposeValues.Text(map["target"]);
                foreach (
                    var (key, value) in map.Where(member =>
                        member.Key is not ("type" or "source" or "target" or "read_only" or "tmpfs")
                    )
                )
                {
                    var inner = value is JsonObject options ? string.Join(", ", options.Select(o => o.Key)) : null;
                    yield return (
                        $"volumes.{key}",
                        $"{key}{(inner is null ? "" : $" ({inner})")} of {target} is Docker's own and not carried over."
                    );
                }
                continue;
            }
            var parts = (ComposeValues.Text(one) ?? "").Split(':');
            var unsaid = parts.Length > 2 ? parts[2].Split(',').Except(["ro", "rw"]).ToList() : [];
            if (unsaid.Count > 0)
            {
                yield return (
                    "volumes",
                    $"{string.Join(", ", unsaid)} of {parts[1]} is Docker's own and not carried over."
                );
            }
        }
    }

    private static IEnumerable<(string Where, string Words)> HealthCheck(JsonObject given)
    {
        if (given["healthcheck"] is not JsonObject check || ComposeValues.Text(check["disable"]) == "true")
        {
            yield break;
        }
        foreach (var key in new[] { "interval", "timeout", "start_period" })
        {
            if (ComposeValues.Text(check[key]) is { } said && ComposeValues.Seconds(said) is null)
            {
                yield return (
                    $"healthcheck.{key}",
                    $"{said} is no duration such as 1m30s: Compose's own value is used."
                );
            }
        }
        foreach (
            var key in check
                .Select(member => member.Key)
                .Except(["disable", "test", "interval", "timeout", "retries", "start_period"])
        )
        {
            yield return ($"healthcheck.{key}", "A probe has nothing of that kind, so it is not carried over.");
        }
    }

    private static IEnumerable<(string Where, string Words)> Resources(JsonObject given)
    {
        var told = (given["deploy"] as JsonObject)?["resources"] as JsonObject;
        foreach (var part in told ?? [])
        {
            foreach (var (key, value) in part.Value as JsonObject ?? [])
            {
                var where = $"deploy.resources.{part.Key}.{key}";
                if (part.Key is not ("limits" or "reservations") || key is not ("memory" or "cpus"))
                {
                    yield return (where, "A container has no such limit here: the node's or a device plug-in's holds.");
                }
                else if (!IsQuantity(key, ComposeValues.Text(value)))
                {
                    yield return (where, "It is no quantity that can be read, so none is written.");
                }
            }
        }
        foreach (
            var (flat, part, key) in new[]
            {
                ("mem_limit", "limits", "memory"),
                ("cpus", "limits", "cpus"),
                ("mem_reservation", "reservations", "memory"),
            }
        )
        {
            if (ComposeValues.Text(given[flat]) is not { } said)
            {
                continue;
            }
            if ((told?[part] as JsonObject)?[key] is not null)
            {
                yield return (flat, $"deploy.resources.{part}.{key} says it too, so this is not looked at.");
            }
            else if (!IsQuantity(key, said))
            {
                yield return (flat, "It is no quantity that can be read, or no limit at all, so none is written.");
            }
        }
    }

    private static IEnumerable<(string Where, string Words)> Others(JsonObject given)
    {
        foreach (var secret in (given["secrets"] as JsonArray ?? []).OfType<JsonObject>())
        {
            foreach (var key in secret.Select(member => member.Key).Except(["source", "target"]))
            {
                yield return (
                    $"secrets.{key}",
                    $"{key} of {ComposeValues.Text(secret["source"])} is not carried over: its file is readable by the pod's user and group (fsGroup)."
                );
            }
        }
        foreach (var (other, how) in given["depends_on"] as JsonObject ?? [])
        {
            foreach (var key in (how as JsonObject ?? []).Select(member => member.Key).Except(["condition"]))
            {
                yield return ($"depends_on.{key}", $"{key} of {other} is not carried over: pods know no order.");
            }
        }
        foreach (var (network, said) in given["networks"] as JsonObject ?? [])
        {
            foreach (var (key, value) in said as JsonObject ?? [])
            {
                yield return (
                    $"networks.{network}.{key}",
                    key == "aliases"
                        ? $"It is not found as {string.Join(", ", ComposeValues.Words(value))}: make a Service of that name with the same selector, or use its own name."
                        : "Addresses and priorities of a network do not go along."
                );
            }
        }
        foreach (var key in new[] { "command", "entrypoint" })
        {
            if (given.ContainsKey(key) && ComposeValues.Command(given[key]).Count == 0)
            {
                yield return (key, "It is emptied, which a pod can't: the image's own is used.");
            }
        }
        var user = (ComposeValues.Text(given["user"]) ?? "").Split(':');
        if (user.Length > 1 && user[0].All(char.IsAsciiDigit) && !user[1].All(char.IsAsciiDigit))
        {
            yield return ("user", "A group's name is not known to the cluster: give its number.");
        }
    }

    private static bool IsQuantity(string key, string? said) =>
        (key == "memory" ? ComposeValues.Memory(said) : ComposeValues.Processors(said)) is not null;
}
