using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>A Compose project as manifests, with everything that does not go along.</summary>
internal static class ComposeMove
{
    private const int MostServices = 100;

    // What is not of these is lost, and said to be.
    private static readonly HashSet<string> TopLevel = ["services", "volumes", "secrets", "name", "version"];

    /// <exception cref="UnreadableComposeException">The text is no Compose file, or two names become one.</exception>
    public static MoveReport Of(string text, string? project, IReadOnlyDictionary<string, string> variables)
    {
        var (root, missing) = ComposeText.Read(text, variables);
        return Of(
            root,
            project,
            [
                .. missing.Select(variable => new MoveLoss(
                    null,
                    "${" + variable.Key + "}",
                    $"No value was given, so it is empty{(variable.Value.Length > 0 ? $" ({variable.Value})" : "")}.",
                    true
                )),
            ],
            new Dictionary<string, IReadOnlyList<string>>()
        );
    }

    /// <param name="known">Losses that are known before: of no service, or of one by its name.</param>
    /// <param name="kept">Names of variables by service whose values are not known here.</param>
    /// <exception cref="UnreadableComposeException">It names no services, or two names become one.</exception>
    public static MoveReport Of(
        JsonObject root,
        string? project,
        IReadOnlyList<MoveLoss> known,
        IReadOnlyDictionary<string, IReadOnlyList<string>> kept
    )
    {
        var name = ComposeValues.Label(
            project is { Length: > 0 } ? project : ComposeValues.Text(root["name"]) ?? "moved"
        );
        if (root["services"] is not JsonObject { Count: > 0 } services)
        {
            throw new UnreadableComposeException("The file names no services. Give a Compose file.");
        }
        if (services.Count > MostServices)
        {
            throw new UnreadableComposeException(
                $"The file names more than {MostServices} services. Give it in parts."
            );
        }
        var losses = new List<MoveLoss>(known.Where(loss => loss.Service is null));
        losses.AddRange(
            root.Select(member => member.Key)
                .Where(key => !TopLevel.Contains(key))
                .Select(key => new MoveLoss(null, key, OfProject(key), key == "include"))
        );
        var volumes = root["volumes"] as JsonObject ?? new JsonObject();
        losses.AddRange(
            volumes
                .Where(volume => volume.Value is JsonObject { Count: > 0 })
                .Select(volume => new MoveLoss(
                    null,
                    $"volumes.{volume.Key}",
                    $"What it says ({string.Join(", ", ((JsonObject)volume.Value!).Select(member => member.Key))}) does not go along: the claim is of the cluster's default storage class."
                ))
        );
        losses.AddRange(UnsaidOf(root, services));
        var moves = services
            .Select(service => new ServiceMove(
                name,
                service.Key,
                service.Value as JsonObject
                    ?? throw new UnreadableComposeException($"Service {service.Key} says nothing."),
                [.. known.Where(loss => loss.Service == service.Key)],
                kept.GetValueOrDefault(service.Key, [])
            ))
            .ToList();
        if (moves.GroupBy(move => move.Label).FirstOrDefault(group => group.Count() > 1) is { } same)
        {
            throw new UnreadableComposeException(
                $"Services {string.Join(" and ", same.Select(move => move.Name))} would both be named {same.Key}. Rename one."
            );
        }
        var shared = moves
            .SelectMany(move => move.NamedVolumes.Distinct())
            .GroupBy(volume => volume)
            .Where(group => group.Count() > 1)
            .Select(group => group.Key)
            .ToHashSet();
        var objects = new List<JsonObject>
        {
            ServiceMove.Object("v1", "Namespace", name, null, new JsonObject()),
            ServiceMove.Object(
                "networking.k8s.io/v1",
                "NetworkPolicy",
                "nobody-unless-said",
                name,
                new JsonObject
                {
                    ["spec"] = new JsonObject
                    {
                        ["podSelector"] = new JsonObject(),
                        ["policyTypes"] = new JsonArray("Ingress"),
                    },
                }
            ),
        };
        objects.AddRange(shared.Select(volume => ServiceMove.Claim(name, volume, "ReadWriteMany", true)));
        foreach (var move in moves)
        {
            var callers = moves.Where(other => other != move && Names(other, move.Name)).Select(other => other.Label);
            objects.AddRange(move.Objects(shared, [.. callers]));
            losses.AddRange(move.Losses);
        }
        losses.Add(
            new MoveLoss(
                null,
                "networks",
                "Services of one network no longer reach each other by that alone: whoever names another (depends_on, links, its environment or command) may reach it. The policies hold only where the cluster's network plug-in enforces them."
            )
        );
        if (
            losses.Any(loss => loss.Where.StartsWith("volumes", StringComparison.Ordinal))
            || moves.Any(move => move.Keeps)
        )
        {
            losses.Add(
                new MoveLoss(
                    null,
                    "volumes",
                    "What the volumes hold does not go along, and their sizes are not known: each claim asks for 10Gi. Set the sizes and copy the data."
                )
            );
        }
        return new MoveReport(
            name,
            string.Join("---\n", objects.Select(one => YamlText.Write(one))),
            [.. moves.Select(move => move.Report())],
            losses,
            CutOver(name, moves)
        );
    }

    private static bool Names(ServiceMove from, string to) =>
        ComposeValues.Words(from.Given["depends_on"]).Contains(to)
        || ComposeValues.Words(from.Given["links"]).Any(link => link.Split(':')[0] == to)
        || from.Texts()
            .Any(text =>
                Regex.IsMatch(
                    text,
                    $@"(?<![\w.-]){Regex.Escape(to)}(?![\w.-])",
                    RegexOptions.None,
                    TimeSpan.FromSeconds(1)
                )
            );

    private static string OfProject(string key) =>
        key switch
        {
            "include" => "Other files are not read. Give the file that docker compose config writes.",
            "networks" => "Drivers, addresses and aliases do not go along; each service is reached by its own name.",
            "configs" => "Make a ConfigMap of each by hand: what they hold may be secret, and is not repeated here.",
            _ when key.StartsWith("x-", StringComparison.Ordinal) =>
                "An extension field of its own means nothing on a cluster.",
            _ => "It is not carried over.",
        };

    /// <summary>What is declared once for all, beside what its users already say of it.</summary>
    private static IEnumerable<MoveLoss> UnsaidOf(JsonObject root, JsonObject services)
    {
        if (root["version"] is not null)
        {
            yield return new(null, "version", "Compose itself no longer looks at it, and a cluster knows none.");
        }
        foreach (var secret in root["secrets"] as JsonObject ?? [])
        {
            yield return new(
                null,
                $"secrets.{secret.Key}",
                $"What it is made of ({string.Join(", ", (secret.Value as JsonObject ?? []).Select(member => member.Key))}) is not read: make the Secret {ComposeValues.Label(secret.Key)} in the namespace."
            );
        }
        var used = services
            .SelectMany(service => ServiceMove.MountsOf(service.Value as JsonObject ?? []))
            .Select(mount => mount.Name)
            .ToHashSet();
        foreach (var volume in (root["volumes"] as JsonObject ?? []).Where(volume => !used.Contains(volume.Key)))
        {
            yield return new(null, $"volumes.{volume.Key}", "No service uses it, so no claim is made of it.");
        }
    }

    private static IReadOnlyList<string> CutOver(string project, IReadOnlyList<ServiceMove> moves) =>
        [
            "Decide what blocks: images to be built and pushed, secrets to be made in the namespace under the names that the manifests refer to.",
            $"Apply the manifests to namespace {project} while the Compose project goes on, and wait until each workload stands by its pods' own conditions.",
            .. moves
                .Where(move => move.Keeps)
                .Select(move =>
                    $"Copy the data of {move.Name} and start it on the copy: both sides may not write to one store. Note the time of the copy."
                ),
            "Send a copy or a small part of the requests to the cluster, and compare request rate, share of errors and p95 of both sides over at least an hour.",
            moves.Any(move => move.Keeps)
                ? "Stop writing on the Compose side, copy what came since, then point the name (DNS or the proxy's route) to the cluster."
                : "Point the name (DNS or the proxy's route) to the cluster.",
            "The way back: point the name to the Compose side again, which is still there, stopped or running. What was written on the cluster since then is copied back first, or is lost: decide which before you switch.",
            "When the figures have held for as long as you decided, stop the Compose project, and remove its volumes only after a backup of them was restored once.",
        ];
}
