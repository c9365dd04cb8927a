using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>The container of a service: what is said plainly goes along, what looks like a secret becomes a reference.</summary>
internal sealed partial class ServiceContainer(
    string project,
    string name,
    string label,
    JsonObject given,
    IReadOnlyList<string> kept,
    List<MoveLoss> losses
)
{
    /// <summary>Container ports, and whether the host publishes them.</summary>
    public SortedDictionary<(int Port, string Protocol), bool> Ports()
    {
        var ports = new SortedDictionary<(int Port, string Protocol), bool>();
        foreach (var one in given["ports"] as JsonArray ?? new JsonArray())
        {
            var text = one is JsonObject map
                ? $"{ComposeValues.Text(map["target"])}/{ComposeValues.Text(map["protocol"]) ?? "tcp"}"
                : (ComposeValues.Text(one) ?? "").Split(':')[^1];
            Add(ports, text, true);
        }
        foreach (var text in ComposeValues.Words(given["expose"]))
        {
            Add(ports, text, false);
        }
        if (ports.Count == 0 && KnownPort(ComposeValues.Text(given["image"])) is { } known)
        {
            ports[(known, "TCP")] = false;
            Lose(
                "ports",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"No port is named; {known} is what its image usually listens on. Look whether it is so."
                )
            );
        }
        return ports;
    }

    public JsonObject Describe(IEnumerable<(int Port, string Protocol)> ports)
    {
        var made = new JsonObject
        {
            ["name"] = label,
            ["image"] = ComposeValues.Text(given["image"]) ?? $"image.invalid/{project}/{label}",
        };
        var hidden = new Dictionary<string, string>(StringComparer.Ordinal);
        var variables = Environment(hidden);
        if (given["entrypoint"] is { } entry && ComposeValues.Command(entry) is { Count: > 0 } command)
        {
            made["command"] = Arguments(command, hidden);
        }
        if (given["command"] is { } said && ComposeValues.Command(said) is { Count: > 0 } arguments)
        {
            made["args"] = Arguments(arguments, hidden);
        }
        if (ComposeValues.Text(given["working_dir"]) is { Length: > 0 } folder)
        {
            made["workingDir"] = folder;
        }
        if (ports.Any())
        {
            made["ports"] = new JsonArray([
                .. ports.Select(port => new JsonObject
                {
                    ["name"] = ServiceMove.PortName(port),
                    ["containerPort"] = port.Port,
                    ["protocol"] = port.Protocol,
                }),
            ]);
        }
        if (variables.Count > 0)
        {
            made["env"] = variables;
        }
        if (Resources() is { Count: > 0 } resources)
        {
            made["resources"] = resources;
        }
        AddProbes(made, hidden);
        made["securityContext"] = Security();
        if (ComposeValues.Text(given["tty"]) == "true")
        {
            made["tty"] = true;
        }
        if (ComposeValues.Text(given["stdin_open"]) == "true")
        {
            made["stdin"] = true;
        }
        return made;
    }

    public void AddSecrets(JsonArray mounts, JsonArray volumes)
    {
        foreach (var one in given["secrets"] as JsonArray ?? new JsonArray())
        {
            var source =
                ComposeValues.Text((one as JsonObject)?["source"]) ?? ComposeValues.Text(one is JsonValue ? one : null);
            if (source is null)
            {
                continue;
            }
            var (volume, target) = (
                $"secret-{ComposeValues.Label(source)}",
                ComposeValues.Text((one as JsonObject)?["target"]) ?? source
            );
            volumes.Add(
                new JsonObject
                {
                    ["name"] = volume,
                    ["secret"] = new JsonObject { ["secretName"] = ComposeValues.Label(source) },
                }
            );
            mounts.Add(
                new JsonObject
                {
                    ["name"] = volume,
                    ["mountPath"] = target.StartsWith('/') ? target : $"/run/secrets/{target}",
                    ["subPath"] = "value",
                    ["readOnly"] = true,
                }
            );
            Lose(
                "secrets",
                $"Make the Secret {ComposeValues.Label(source)} with the key value; a changed value reaches the file only when the pod is made anew.",
                true
            );
        }
    }

    private JsonArray Environment(Dictionary<string, string> hidden)
    {
        var made = new JsonArray();
        var secrets = new List<string>();
        foreach (var (key, value) in ComposeValues.Pairs(given["environment"]))
        {
            if (value is null)
            {
                Lose("environment", $"{key} was taken from the shell that started Compose; it is left out.", true);
            }
            else if (IsSecret(key, value))
            {
                hidden[key] = value;
                secrets.Add(key);
                made.Add(
                    new JsonObject
                    {
                        ["name"] = key,
                        ["valueFrom"] = new JsonObject
                        {
                            ["secretKeyRef"] = new JsonObject { ["name"] = $"{label}-environment", ["key"] = key },
                        },
                    }
                );
            }
            else
            {
                // $(NAME) would be filled in by the cluster.
                made.Add(
                    new JsonObject { ["name"] = key, ["value"] = value.Replace("$(", "$$(", StringComparison.Ordinal) }
                );
            }
        }
        foreach (var key in kept)
        {
            // Where the Secret has no such key the image's own value stays.
            made.Add(
                new JsonObject
                {
                    ["name"] = key,
                    ["valueFrom"] = new JsonObject
                    {
                        ["secretKeyRef"] = new JsonObject
                        {
                            ["name"] = $"{label}-environment",
                            ["key"] = key,
                            ["optional"] = true,
                        },
                    },
                }
            );
        }
        if (kept.Count > 0)
        {
            Lose(
                "environment",
                $"Values never leave the host. Make the Secret {label}-environment of those of {string.Join(", ", kept)} that the project sets; the image's own hold for the rest.",
                true
            );
        }
        if (secrets.Count > 0)
        {
            Lose(
                "environment",
                $"Make the Secret {label}-environment with {string.Join(", ", secrets)}: the file has the values in the open, and they are not repeated here.",
                true
            );
        }
        return made;
    }

    private JsonArray Arguments(IReadOnlyList<string> words, Dictionary<string, string> hidden) =>
        new([
            .. words.Select(word =>
                (JsonNode?)
                    hidden
                        .Where(one => one.Value.Length > 3)
                        .OrderByDescending(one => one.Value.Length)
                        .Aggregate(
                            word.Replace("$(", "$$(", StringComparison.Ordinal),
                            (text, secret) => text.Replace(secret.Value, $"$({secret.Key})", StringComparison.Ordinal)
                        )
            ),
        ]);

    private void AddProbes(JsonObject made, Dictionary<string, string> hidden)
    {
        if (given["healthcheck"] is not JsonObject check || ComposeValues.Text(check["disable"]) == "true")
        {
            Lose("healthcheck", "It has none, so a pod counts as ready as soon as it runs. Give it a readiness probe.");
            return;
        }
        var words = ComposeValues.Words(check["test"]);
        var shell = check["test"] is JsonValue || words is ["CMD-SHELL", ..];
        var command = check["test"] is JsonValue ? words : [.. words.Skip(1)];
        if (words is ["NONE", ..])
        {
            Lose(
                "healthcheck",
                "It is turned off, so a pod counts as ready as soon as it runs. Give it a readiness probe."
            );
            return;
        }
        if (command.Count == 0)
        {
            return;
        }
        if (
            hidden.Values.Any(secret =>
                secret.Length > 3 && command.Any(word => word.Contains(secret, StringComparison.Ordinal))
            )
        )
        {
            if (!shell)
            {
                Lose("healthcheck", "Its command holds a secret and no shell could fill it in, so no probe is made.");
                return;
            }
            command =
            [
                .. command.Select(word =>
                    hidden
                        .Where(one => one.Value.Length > 3)
                        .Aggregate(
                            word,
                            (text, one) => text.Replace(one.Value, $"\"${one.Key}\"", StringComparison.Ordinal)
                        )
                ),
            ];
        }
        IReadOnlyList<string> run = shell ? ["/bin/sh", "-c", string.Join(' ', command)] : command;
        var every = Math.Max(1, ComposeValues.Seconds(ComposeValues.Text(check["interval"])) ?? 30);
        var tries =
            int.TryParse(ComposeValues.Text(check["retries"]), CultureInfo.InvariantCulture, out var number)
            && number > 0
                ? number
                : 3;
        JsonObject Probe(int failures) =>
            new()
            {
                ["exec"] = new JsonObject { ["command"] = new JsonArray([.. run.Select(word => (JsonNode?)word)]) },
                ["periodSeconds"] = every,
                ["timeoutSeconds"] = Math.Max(1, ComposeValues.Seconds(ComposeValues.Text(check["timeout"])) ?? 30),
                ["failureThreshold"] = failures,
            };
        made["readinessProbe"] = Probe(tries);
        if (ComposeValues.Seconds(ComposeValues.Text(check["start_period"])) is > 0 and var start)
        {
            made["startupProbe"] = Probe(tries + (start + every - 1) / every);
        }
        Lose(
            "healthcheck",
            "It becomes the readiness probe. Compose starts nothing anew for it, so no liveness probe is made of it."
        );
    }

    private JsonObject Resources()
    {
        var told = (given["deploy"] as JsonObject)?["resources"] as JsonObject;
        var (made, most, least) = (
            new JsonObject(),
            told?["limits"] as JsonObject,
            told?["reservations"] as JsonObject
        );
        void Put(string of, string what, string? quantity)
        {
            if (quantity is not null)
            {
                ((made[of] ??= new JsonObject()) as JsonObject)![what] = quantity;
            }
        }
        Put(
            "limits",
            "memory",
            ComposeValues.Memory(ComposeValues.Text(most?["memory"]) ?? ComposeValues.Text(given["mem_limit"]))
        );
        Put(
            "limits",
            "cpu",
            ComposeValues.Processors(ComposeValues.Text(most?["cpus"]) ?? ComposeValues.Text(given["cpus"]))
        );
        Put(
            "requests",
            "memory",
            ComposeValues.Memory(ComposeValues.Text(least?["memory"]) ?? ComposeValues.Text(given["mem_reservation"]))
        );
        Put("requests", "cpu", ComposeValues.Processors(ComposeValues.Text(least?["cpus"])));
        if (made.Count == 0)
        {
            Lose(
                "deploy.resources",
                "It has no limits: one pod may take a whole node, and a quota refuses it. Give it requests and limits."
            );
        }
        return made;
    }

    private JsonObject Security()
    {
        var made = new JsonObject
        {
            ["allowPrivilegeEscalation"] = !ComposeValues
                .Words(given["security_opt"])
                .Any(one =>
                    one.StartsWith("no-new-privileges", StringComparison.Ordinal)
                    && !one.EndsWith("false", StringComparison.Ordinal)
                ),
        };
        foreach (
            var other in ComposeValues
                .Words(given["security_opt"])
                .Where(one => !one.StartsWith("no-new-privileges", StringComparison.Ordinal))
        )
        {
            Lose("security_opt", $"{other} is not carried over; say it in the pod's securityContext.");
        }
        if (ComposeValues.Text(given["read_only"]) == "true")
        {
            made["readOnlyRootFilesystem"] = true;
        }
        var (add, drop) = (ComposeValues.Words(given["cap_add"]), ComposeValues.Words(given["cap_drop"]));
        if (add.Count + drop.Count > 0)
        {
            var capabilities = new JsonObject();
            if (add.Count > 0)
            {
                capabilities["add"] = new JsonArray([.. add.Select(one => (JsonNode?)one)]);
                Lose(
                    "cap_add",
                    $"{string.Join(", ", add)}: the Pod Security Standards below privileged refuse most capabilities."
                );
            }
            if (drop.Count > 0)
            {
                capabilities["drop"] = new JsonArray([.. drop.Select(one => (JsonNode?)one)]);
            }
            made["capabilities"] = capabilities;
        }
        var user = (ComposeValues.Text(given["user"]) ?? "").Split(':');
        if (int.TryParse(user[0], CultureInfo.InvariantCulture, out var id) && id >= 0)
        {
            made["runAsUser"] = id;
            if (user.Length > 1 && int.TryParse(user[1], CultureInfo.InvariantCulture, out var group) && group >= 0)
            {
                made["runAsGroup"] = group;
            }
        }
        else if (user[0].Length > 0)
        {
            Lose("user", "A user's name is not known to the cluster: give its number.");
        }
        return made;
    }

    public static bool IsSecret(string key, string value) =>
        (SecretName().IsMatch(key) && !key.EndsWith("_FILE", StringComparison.OrdinalIgnoreCase))
        || SecretValue().IsMatch(value);

    private static int? KnownPort(string? image) =>
        image is null
            ? null
            : Image().Match(image).Groups[1].Value switch
            {
                "postgres" => 5432,
                "mysql" or "mariadb" => 3306,
                "redis" or "valkey" => 6379,
                "mongo" => 27017,
                "azure-sql-edge"
                or "server"
                    when image.Contains("mssql", StringComparison.Ordinal)
                        || image.Contains("azure-sql", StringComparison.Ordinal) => 1433,
                "rabbitmq" => 5672,
                _ => null,
            };

    private void Add(SortedDictionary<(int Port, string Protocol), bool> ports, string text, bool published)
    {
        var parts = text.Split('/');
        var range = parts[0].Split('-');
        var protocol = (parts.Length > 1 ? parts[1].ToUpperInvariant() : "") is ("UDP" or "SCTP") and var other
            ? other
            : "TCP";
        if (
            !int.TryParse(range[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            || !int.TryParse(range[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            || first < 1
            || last > 65535
            || last < first
            || last - first > 64
        )
        {
            Lose("ports", "A port can't be read, or is a range of more than 64: it is left out.", true);
            return;
        }
        for (var port = first; port <= last; port++)
        {
            ports[(port, protocol)] = published || ports.GetValueOrDefault((port, protocol));
        }
    }

    private void Lose(string where, string words, bool blocks = false) => losses.Add(new(name, where, words, blocks));

    [GeneratedRegex(
        "pass(word|wd)?|secret|token|api_?key|private_?key|credential|_pw$|_pwd|^pw$|auth(?!or(?!i[sz]ation))",
        RegexOptions.IgnoreCase
    )]
    private static partial Regex SecretName();

    [GeneratedRegex("://[^/@\\s]*:[^/@\\s]+@|password\\s*=|-----BEGIN", RegexOptions.IgnoreCase)]
    private static partial Regex SecretValue();

    [GeneratedRegex("([^/:@]+)(?::[^/]*)?(?:@.*)?$")]
    private static partial Regex Image();
}
