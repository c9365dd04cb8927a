using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>An answer that is a <c>Status</c>.</summary>
internal sealed class KubeRefusal(int code, string reason, string message, JsonObject? details = null)
    : Exception(message)
{
    public int Code { get; } = code;

    /// <summary>Where an expired list can be gone on with.</summary>
    public string? Continue { get; init; }

    public int? RetryAfter { get; init; }

    public JsonObject Status()
    {
        var metadata = new JsonObject();
        if (Continue is not null)
        {
            metadata["continue"] = Continue;
        }
        var status = new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = metadata,
            ["status"] = "Failure",
            ["message"] = Message,
        };
        if (reason.Length > 0)
        {
            status["reason"] = reason;
        }
        if (details is not null)
        {
            status["details"] = details.DeepClone();
        }
        status["code"] = Code;
        return status;
    }

    public static KubeRefusal BadRequest(string message) => new(400, "BadRequest", message);

    public static KubeRefusal NotFound(KubeResource resource, string name) =>
        new(404, "NotFound", $"{resource.Full} \"{name}\" not found", Of(resource, name));

    public static KubeRefusal Conflict(KubeResource resource, string name) =>
        new(
            409,
            "Conflict",
            $"Operation cannot be fulfilled on {resource.Full} \"{name}\": the object has been modified; please apply your changes to the latest version and try again",
            Of(resource, name)
        );

    public static KubeRefusal Invalid(
        string group,
        string kind,
        string name,
        params (string Reason, string Message, string Field)[] causes
    )
    {
        var words = causes.Select(cause => $"{cause.Field}: {cause.Message}").ToList();
        var full = group.Length == 0 ? kind : $"{kind}.{group}";
        var details = new JsonObject();
        if (name.Length > 0)
        {
            details["name"] = name;
        }
        if (group.Length > 0)
        {
            details["group"] = group;
        }
        details["kind"] = kind;
        details["causes"] = new JsonArray([
            .. causes.Select(cause => new JsonObject
            {
                ["reason"] = cause.Reason,
                ["message"] = cause.Message,
                ["field"] = cause.Field,
            }),
        ]);
        return new KubeRefusal(
            422,
            "Invalid",
            $"{full} \"{name}\" is invalid: {(words.Count == 1 ? words[0] : $"[{string.Join(", ", words)}]")}",
            details
        );
    }

    public static JsonObject Of(KubeResource resource, string name)
    {
        var details = new JsonObject();
        if (name.Length > 0)
        {
            details["name"] = name;
        }
        if (resource.Group.Length > 0)
        {
            details["group"] = resource.Group;
        }
        details["kind"] = resource.Name;
        return details;
    }
}
