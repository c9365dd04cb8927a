using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.N8n;

/// <summary>A workflow: its draft, and the version that runs.</summary>
internal sealed class N8nFlow(string id, string name, JsonArray nodes, JsonObject connections, JsonObject settings)
{
    private const string Base = "n8n-nodes-base.";

    /// <summary>After it was activated nothing listens yet for this long, and after it was deactivated something still does.</summary>
    public static readonly TimeSpan Registering = TimeSpan.FromMilliseconds(150);

    private static readonly string[] Triggers = ["webhook", "scheduleTrigger", "errorTrigger", "formTrigger"];
    private static readonly string[] Others =
    [
        "code",
        "respondToWebhook",
        "manualTrigger",
        "wait",
        "httpRequest",
        "extractFromFile",
        "crypto",
        "if",
        "set",
        "emailSend",
        "stopAndError",
    ];

    public string Id => id;

    public string Name { get; private set; } = name;

    public DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset UpdatedAt { get; private set; }

    public string VersionId { get; private set; } = "";

    public int Versions { get; private set; }

    public JsonArray Nodes { get; private set; } = nodes;

    public JsonObject Connections { get; private set; } = connections;

    public JsonObject Settings { get; private set; } = settings;

    public List<(string Id, string Name, DateTimeOffset At)> Tags { get; } = [];

    public bool Exposed { get; set; }

    /// <summary>What runs; null when nothing does.</summary>
    public (string Version, JsonArray Nodes, JsonObject Connections)? Active { get; private set; }

    private (JsonArray Nodes, DateTimeOffset From)? listening;
    private (JsonArray Nodes, DateTimeOffset Until)? leaving;

    public void Save(DateTimeOffset now) =>
        (VersionId, Versions, UpdatedAt) = (Uuid($"{id} {Versions + 1}"), Versions + 1, now);

    public void Change(string name, JsonArray nodes, JsonObject connections, JsonObject settings, DateTimeOffset now)
    {
        (Name, Nodes, Connections, Settings) = (name, nodes, connections, settings);
        Save(now);
    }

    /// <exception cref="N8nRefusal">It has nothing that begins it, or a node that is not known.</exception>
    public void Activate(IEnumerable<N8nFlow> others, DateTimeOffset now)
    {
        if (Nodes.FirstOrDefault(node => !IsTrigger(node) && !Others.Contains(Kind(node))) is { } unknown)
        {
            throw new N8nRefusal(400, $"Unrecognized node type: {(string?)unknown["type"]}");
        }
        if (!Nodes.Any(IsTrigger))
        {
            throw new N8nRefusal(
                400,
                "Workflow cannot be activated because it has no trigger node. At least one trigger, webhook, or polling node is required."
            );
        }
        var paths = Hooks(Nodes).Select(hook => hook.Path).ToHashSet();
        if (
            others.Any(other =>
                other.Active is { } active && Hooks(active.Nodes).Any(hook => paths.Contains(hook.Path))
            )
        )
        {
            throw new N8nRefusal(409, "There is a conflict with one of the webhooks.");
        }
        leaving = Active is { } old ? (old.Nodes, now + Registering) : null;
        listening = (Nodes, Active is null ? now + Registering : now);
        Active = (VersionId, Nodes, Connections);
    }

    public void Deactivate(DateTimeOffset now)
    {
        leaving = Active is { } old ? (old.Nodes, now + Registering) : leaving;
        (Active, listening) = (null, null);
    }

    /// <summary>The webhook that listens at an address now.</summary>
    public N8nHook? Listens(string path, DateTimeOffset now) =>
        (leaving is { } old && now < old.Until ? Hooks(old.Nodes) : [])
            .Concat(listening is { } current && now >= current.From ? Hooks(current.Nodes) : [])
            .FirstOrDefault(hook => hook.Fits(path));

    public static IEnumerable<N8nHook> Hooks(JsonArray nodes) =>
        nodes.Where(node => Kind(node) == "webhook").Select(node => new N8nHook(node!.AsObject(), nodes));

    private static bool IsTrigger(JsonNode? node) => Triggers.Contains(Kind(node));

    public static string Kind(JsonNode? node)
    {
        var type = (string?)node?["type"] ?? "";
        return type.StartsWith(Base, StringComparison.Ordinal) ? type[Base.Length..] : type;
    }

    public JsonObject Json(bool listed = false)
    {
        var json = new JsonObject
        {
            ["id"] = id,
            ["name"] = Name,
            ["description"] = null,
            ["active"] = Active is not null,
            ["activeVersionId"] = Active?.Version,
            ["createdAt"] = N8nRun.Time(CreatedAt),
            ["updatedAt"] = N8nRun.Time(UpdatedAt),
            ["isArchived"] = false,
            ["versionId"] = VersionId,
            ["versionCounter"] = Versions,
            ["sourceWorkflowId"] = null,
            ["triggerCount"] = Active is { } active ? active.Nodes.Count(IsTrigger) : 0,
            ["nodes"] = Nodes.DeepClone(),
            ["connections"] = Connections.DeepClone(),
            ["nodeGroups"] = new JsonArray(),
            ["settings"] = Settings.DeepClone(),
            ["staticData"] = null,
            ["pinData"] = null,
            ["meta"] = null,
            ["tags"] = TagsJson(),
            ["shared"] = new JsonArray(
                new JsonObject
                {
                    ["role"] = "workflow:owner",
                    ["workflowId"] = id,
                    ["projectId"] = "sandboxproject00",
                    ["project"] = Project(),
                    ["createdAt"] = N8nRun.Time(CreatedAt),
                    ["updatedAt"] = N8nRun.Time(CreatedAt),
                }
            ),
            ["activeVersion"] = Active is { } version
                ? VersionJson(version.Version, version.Nodes, version.Connections)
                : null,
            ["parentFolder"] = null,
        };
        if (listed)
        {
            foreach (var absent in (string[])["description", "versionCounter", "sourceWorkflowId", "parentFolder"])
            {
                json.Remove(absent);
            }
        }
        return json;
    }

    public JsonArray TagsJson() => [.. Tags.Select(tag => TagJson(tag.Id, tag.Name, tag.At))];

    public static JsonObject TagJson(string id, string name, DateTimeOffset at) =>
        new()
        {
            ["id"] = id,
            ["name"] = name,
            ["createdAt"] = N8nRun.Time(at),
            ["updatedAt"] = N8nRun.Time(at),
        };

    private JsonObject VersionJson(string version, JsonArray nodes, JsonObject connections) =>
        new()
        {
            ["versionId"] = version,
            ["workflowId"] = id,
            ["nodes"] = nodes.DeepClone(),
            ["connections"] = connections.DeepClone(),
            ["nodeGroups"] = new JsonArray(),
            ["authors"] = "Sandbox",
            ["name"] = null,
            ["description"] = null,
            ["autosaved"] = false,
            ["createdAt"] = N8nRun.Time(UpdatedAt),
            ["updatedAt"] = N8nRun.Time(UpdatedAt),
            ["workflowPublishHistory"] = new JsonArray(
                new JsonObject
                {
                    ["id"] = 1,
                    ["workflowId"] = id,
                    ["versionId"] = version,
                    ["event"] = "activated",
                    ["userId"] = Uuid("owner"),
                    ["createdAt"] = N8nRun.Time(UpdatedAt),
                }
            ),
        };

    private JsonObject Project() =>
        new()
        {
            ["id"] = "sandboxproject00",
            ["name"] = "Sandbox",
            ["type"] = "personal",
            ["icon"] = null,
            ["description"] = null,
            ["customTelemetryTags"] = new JsonArray(),
            ["creatorId"] = Uuid("owner"),
            ["createdAt"] = N8nRun.Time(CreatedAt),
            ["updatedAt"] = N8nRun.Time(CreatedAt),
        };

    private static string Uuid(string of)
    {
        var hex = Noise.Hex(of, 32);
        return $"{hex[..8]}-{hex[8..12]}-4{hex[13..16]}-8{hex[17..20]}-{hex[20..]}";
    }
}

/// <summary>A node that listens for calls, within its workflow's nodes.</summary>
internal sealed class N8nHook(JsonObject node, JsonArray nodes)
{
    public string Node => (string)node["name"]!;

    public string Path => (string?)node["parameters"]?["path"] ?? "";

    public string Method => (string?)node["parameters"]?["httpMethod"] ?? "GET";

    /// <summary>When it answers: <c>onReceived</c>, <c>lastNode</c> or <c>responseNode</c>.</summary>
    public string Mode => (string?)node["parameters"]?["responseMode"] ?? "onReceived";

    public bool GivesAll => (string?)node["parameters"]?["responseData"] == "allEntries";

    public bool WantsHeader => (string?)node["parameters"]?["authentication"] == "headerAuth";

    public JsonArray Nodes => nodes;

    /// <summary>One with a part that is filled in has the node's own id before it.</summary>
    public bool Fits(string path)
    {
        if (!Path.Contains(':', StringComparison.Ordinal))
        {
            return Path == path;
        }
        var (wanted, given) = ($"{(string?)node["webhookId"]}/{Path}".Split('/'), path.Split('/'));
        return wanted.Length == given.Length
            && wanted.Zip(given).All(pair => pair.First.StartsWith(':') || pair.First == pair.Second);
    }
}
