using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Workloads.Moving;

/// <summary>One service of a Compose project on its way to a cluster.</summary>
/// <param name="known">Losses of it that are known before.</param>
/// <param name="kept">Variables whose values are not known here.</param>
internal sealed partial class ServiceMove(
    string project,
    string name,
    JsonObject given,
    IReadOnlyList<MoveLoss> known,
    IReadOnlyList<string> kept
)
{
    private readonly List<(string Volume, string Target, bool ReadOnly)> named = NamedOf(given);

    public string Name => name;
    public string Label { get; } = ComposeValues.Label(name);
    public JsonObject Given => given;
    public List<MoveLoss> Losses { get; } = [.. known];
    public IEnumerable<string> NamedVolumes => named.Select(volume => volume.Volume);

    /// <summary>It has a volume of its own, or shares one.</summary>
    public bool Keeps => named.Count > 0;

    private bool Stateful { get; set; }

    /// <summary>Texts that may name other services. They can hold secrets and are never shown.</summary>
    public IEnumerable<string> Texts() =>
        ComposeValues
            .Pairs(given["environment"])
            .Select(pair => pair.Value ?? "")
            .Concat(ComposeValues.Words(given["command"]))
            .Concat(ComposeValues.Words(given["entrypoint"]));

    public MovedService Report() =>
        new(
            name,
            Stateful ? "StatefulSet" : "Deployment",
            Losses.Any(loss => loss.Blocks) ? "blocked"
                : Losses.Count > 0 ? "look"
                : "ready",
            [.. Losses.Select(loss => $"{loss.Where}: {loss.Words}")]
        );

    public IReadOnlyList<JsonObject> Objects(IReadOnlySet<string> shared, IReadOnlyList<string> callers)
    {
        Stateful = named.Any(volume => !shared.Contains(volume.Volume));
        SayLosses();
        var container = new ServiceContainer(project, name, Label, given, kept, Losses);
        var (pod, ports, routes) = (
            new JsonObject(),
            container.Ports(),
            new TraefikRoutes(given, name, project, Losses)
        );
        if (routes.Port is { } routed)
        {
            ports.TryAdd((routed, "TCP"), false);
        }
        var described = container.Describe(ports.Keys);
        var (mounts, volumes, claims) = (new JsonArray(), new JsonArray(), new JsonArray());
        foreach (var group in named.GroupBy(volume => volume.Volume))
        {
            var own = !shared.Contains(group.Key);
            var volume = ComposeValues.Label(group.Key);
            if (own)
            {
                claims.Add(Claim(project, group.Key, "ReadWriteOnce", false));
            }
            else
            {
                Lose(
                    "volumes",
                    $"Volume {group.Key} is shared by services: its claim is ReadWriteMany, which not every storage class gives."
                );
                volumes.Add(
                    new JsonObject
                    {
                        ["name"] = volume,
                        ["persistentVolumeClaim"] = new JsonObject { ["claimName"] = volume },
                    }
                );
            }
            foreach (var (_, target, readOnly) in group)
            {
                var mount = new JsonObject { ["name"] = volume, ["mountPath"] = target };
                if (readOnly)
                {
                    mount["readOnly"] = true;
                }
                mounts.Add(mount);
            }
        }
        container.AddSecrets(mounts, volumes);
        ServiceScratch.Add(given, mounts, volumes, Lose);
        if (mounts.Count > 0)
        {
            described["volumeMounts"] = mounts;
        }
        pod["automountServiceAccountToken"] = false;
        pod["containers"] = new JsonArray(described);
        if (volumes.Count > 0)
        {
            pod["volumes"] = volumes;
        }
        if (ComposeValues.Seconds(ComposeValues.Text(given["stop_grace_period"])) is { } grace)
        {
            pod["terminationGracePeriodSeconds"] = grace;
        }
        else if (given["stop_grace_period"] is not null)
        {
            Lose("stop_grace_period", "It is no duration such as 1m30s: the cluster's 30 seconds hold.");
        }
        var template = new JsonObject
        {
            ["metadata"] = new JsonObject { ["labels"] = Selector(Label) },
            ["spec"] = pod,
        };
        var spec = new JsonObject
        {
            ["replicas"] = Replicas(),
            ["selector"] = new JsonObject { ["matchLabels"] = Selector(Label) },
            ["template"] = template,
        };
        if (Stateful)
        {
            spec["serviceName"] = Label;
            spec["volumeClaimTemplates"] = claims;
        }
        var scaler = Autoscaler();
        if (scaler is not null)
        {
            // The autoscaler owns the number: applied again, a number here would undo what it did.
            spec.Remove("replicas");
        }
        var made = new List<JsonObject>
        {
            Object(
                "apps/v1",
                Stateful ? "StatefulSet" : "Deployment",
                Label,
                project,
                new JsonObject { ["spec"] = spec }
            ),
        };
        if (ports.Count > 0)
        {
            made.Add(Object("v1", "Service", Label, project, new JsonObject { ["spec"] = ServiceSpec(ports.Keys) }));
        }
        else if (callers.Count > 0 || Stateful || routes.Count > 0)
        {
            Lose(
                "ports",
                "No port is named, so it gets no Service and nobody finds it by its name. Name the port under expose.",
                true
            );
        }
        var published = ports.Any(port => port.Value);
        if (published && routes.Count == 0)
        {
            Lose(
                "ports",
                "Ports published on the host become a Service inside the cluster. Give it an Ingress, or a Service of type LoadBalancer."
            );
        }
        if (callers.Count > 0 || routes.Count > 0 || published)
        {
            made.Add(
                Object(
                    "networking.k8s.io/v1",
                    "NetworkPolicy",
                    Label,
                    project,
                    new JsonObject { ["spec"] = Policy(callers, published || routes.Count > 0) }
                )
            );
        }
        made.AddRange(routes.Middlewares);
        if (ports.Count > 0)
        {
            made.AddRange(routes.Objects(project, Label, ports.Keys.First().Port));
        }
        if (scaler is not null)
        {
            made.Add(
                Object(
                    "autoscaling/v2",
                    "HorizontalPodAutoscaler",
                    Label,
                    project,
                    new JsonObject { ["spec"] = scaler }
                )
            );
        }
        return made;
    }

    public static JsonObject Object(string version, string kind, string label, string? space, JsonObject rest)
    {
        var metadata = new JsonObject { ["name"] = label };
        if (space is not null)
        {
            metadata["namespace"] = space;
            metadata["labels"] = Selector(label);
        }
        var made = new JsonObject
        {
            ["apiVersion"] = version,
            ["kind"] = kind,
            ["metadata"] = metadata,
        };
        foreach (var (key, value) in rest)
        {
            made[key] = value?.DeepClone();
        }
        return made;
    }

    public static JsonObject Claim(string space, string volume, string mode, bool whole)
    {
        var spec = new JsonObject
        {
            ["accessModes"] = new JsonArray(mode),
            ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = "10Gi" } },
        };
        var label = ComposeValues.Label(volume);
        return whole
            ? Object("v1", "PersistentVolumeClaim", label, space, new JsonObject { ["spec"] = spec })
            : new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = label },
                ["spec"] = spec,
            };
    }

    private static JsonObject Selector(string label) => new() { ["app.kubernetes.io/name"] = label };

    private JsonObject ServiceSpec(IEnumerable<(int Port, string Protocol)> ports) =>
        new()
        {
            ["selector"] = Selector(Label),
            ["ports"] = new JsonArray([
                .. ports.Select(port => new JsonObject
                {
                    ["name"] = PortName(port),
                    ["port"] = port.Port,
                    ["targetPort"] = port.Port,
                    ["protocol"] = port.Protocol,
                }),
            ]),
        };

    public static string PortName((int Port, string Protocol) port) =>
        string.Create(CultureInfo.InvariantCulture, $"{port.Protocol.ToLowerInvariant()}-{port.Port}");

    private JsonObject Policy(IReadOnlyList<string> callers, bool everybody)
    {
        var rule = new JsonObject();
        if (!everybody)
        {
            rule["from"] = new JsonArray([
                .. callers.Select(caller => new JsonObject
                {
                    ["podSelector"] = new JsonObject { ["matchLabels"] = Selector(caller) },
                }),
            ]);
        }
        return new JsonObject
        {
            ["podSelector"] = new JsonObject { ["matchLabels"] = Selector(Label) },
            ["policyTypes"] = new JsonArray("Ingress"),
            ["ingress"] = new JsonArray(rule),
        };
    }

    private int Replicas()
    {
        var said = ComposeValues.Text((given["deploy"] as JsonObject)?["replicas"]);
        if (said is not null && given["scale"] is not null)
        {
            Lose("scale", "deploy.replicas says how many, so this is not looked at.");
        }
        if ((said ??= ComposeValues.Text(given["scale"])) is null)
        {
            return 1;
        }
        if (int.TryParse(said, CultureInfo.InvariantCulture, out var number) && number is >= 0 and <= 1000)
        {
            return number;
        }
        Lose("deploy.replicas", "It is no number from 0 to 1000: one replica is written.", true);
        return 1;
    }

    /// <summary>Asked for by the label <c>sevensa.autoscale: 2-6</c>.</summary>
    private JsonObject? Autoscaler()
    {
        var asked = ComposeValues.Pairs(given["labels"]).FirstOrDefault(pair => pair.Key == "sevensa.autoscale").Value;
        if (asked is null)
        {
            return null;
        }
        var match = Bounds().Match(asked);
        if (
            !match.Success
            || int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture) < 1
            || int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture)
                < int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
        )
        {
            Lose("labels.sevensa.autoscale", "It is no pair of bounds such as 2-6, so there is no autoscaler.");
            return null;
        }
        if (Stateful)
        {
            Lose(
                "labels.sevensa.autoscale",
                "It keeps data, and more pods would each begin with an empty volume: no autoscaler is made."
            );
            return null;
        }
        return new JsonObject
        {
            ["scaleTargetRef"] = new JsonObject
            {
                ["apiVersion"] = "apps/v1",
                ["kind"] = "Deployment",
                ["name"] = Label,
            },
            ["minReplicas"] = int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture),
            ["maxReplicas"] = int.Parse(match.Groups[2].ValueSpan, CultureInfo.InvariantCulture),
            ["metrics"] = new JsonArray(
                new JsonObject
                {
                    ["type"] = "Resource",
                    ["resource"] = new JsonObject
                    {
                        ["name"] = "cpu",
                        ["target"] = new JsonObject { ["type"] = "Utilization", ["averageUtilization"] = 70 },
                    },
                }
            ),
        };
    }

    private void Lose(string where, string words, bool blocks = false) => Losses.Add(new(name, where, words, blocks));

    [GeneratedRegex(@"^(\d{1,4})-(\d{1,4})$")]
    private static partial Regex Bounds();
}
