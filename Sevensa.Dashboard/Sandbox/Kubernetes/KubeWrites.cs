using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>Creating, changing and removing, with dry runs, preconditions and validation.</summary>
internal sealed class KubeWrites(KubeStore store, KubeWorld world)
{
    private const string DryRun = "dryRun";

    /// <summary>Who set the replicas of a workload last, by uid.</summary>
    private readonly Dictionary<string, (string Manager, bool ByScale)> scalers = new(StringComparer.Ordinal);
    private readonly Lock gate = new();

    public async Task DoAsync(HttpContext context, KubePlace place, string verb, string user)
    {
        var query = context.Request.Query;
        var dry = query.ContainsKey(DryRun);
        if (dry && query[DryRun] != "All")
        {
            var options = verb switch
            {
                "patch" => "PatchOptions",
                "create" => "CreateOptions",
                _ => "UpdateOptions",
            };
            throw KubeRefusal.Invalid(
                "meta.k8s.io",
                options,
                "",
                (
                    "FieldValueNotSupported",
                    $"Unsupported value: [\"{query[DryRun]}\"]: supported values: \"All\"",
                    DryRun
                )
            );
        }
        using var reader = new StreamReader(context.Request.Body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        lock (gate)
        {
            (var status, var answer) = verb switch
            {
                "create" => (201, Create(context, place, Read(text), dry)),
                "update" => (200, Replace(context, place, Read(text), dry)),
                "patch" => (200, Patch(context, place, text, dry)),
                _ => (200, Delete(place, text.Length == 0 ? [] : Read(text))),
            };
            context.Items[nameof(KubeWrites)] = (status, answer);
        }
        var (code, body) = ((int, JsonObject))context.Items[nameof(KubeWrites)]!;
        if (!dry)
        {
            world.Wake();
        }
        await context.JsonAsync(body, code);
    }

    /// <summary>The subresource that has the number alone.</summary>
    public static JsonObject Scale(JsonObject one)
    {
        var labels = one["spec"]?["selector"]?["matchLabels"] as JsonObject ?? [];
        var metadata = new JsonObject();
        foreach (var name in new[] { "name", "namespace", "uid", "resourceVersion", "creationTimestamp" })
        {
            metadata[name] = one["metadata"]![name]?.DeepClone();
        }
        var spec = new JsonObject();
        if (one["spec"]!["replicas"]?.GetValue<int>() is { } wanted and not 0)
        {
            spec["replicas"] = wanted;
        }
        return new JsonObject
        {
            ["kind"] = "Scale",
            ["apiVersion"] = "autoscaling/v1",
            ["metadata"] = metadata,
            ["spec"] = spec,
            ["status"] = new JsonObject
            {
                ["replicas"] = one["status"]?["replicas"]?.DeepClone() ?? 0,
                ["selector"] = string.Join(",", labels.Select(label => $"{label.Key}={label.Value}")),
            },
        };
    }

    private JsonObject Create(HttpContext context, KubePlace place, JsonObject one, bool dry)
    {
        var resource = place.Resource;
        var metadata = one["metadata"] as JsonObject ?? [];
        one["metadata"] = metadata.Parent is null ? metadata : metadata.DeepClone();
        metadata = one["metadata"]!.AsObject();
        var name = metadata["name"]?.GetValue<string>() ?? "";
        if (resource.Namespaced)
        {
            Inside(place, name);
            metadata["namespace"] = place.Namespace;
        }
        if (store.Find(resource.Place, place.Namespace ?? "", name) is not null)
        {
            throw new KubeRefusal(
                409,
                "AlreadyExists",
                $"{resource.Full} \"{name}\" already exists",
                KubeRefusal.Of(resource, name)
            );
        }
        Strictly(context, resource, one);
        KubeDefaults.Fill(resource, one);
        KubeValidation.Check(resource, one, null);
        metadata["uid"] = Guid.NewGuid().ToString();
        metadata["creationTimestamp"] = store.Now();
        if (resource.Kind is not ("Namespace" or "Node" or "ConfigMap" or "Secret" or "Event" or "ResourceQuota"))
        {
            metadata["generation"] = 1;
        }
        if (resource.Kind == "Namespace")
        {
            Member(metadata, "labels")["kubernetes.io/metadata.name"] = name;
        }
        if (resource.Kind == "Pod" && world.Refusal(one) is { } refused)
        {
            throw refused;
        }
        Old(resource, one);
        return dry ? KubeReads.Shown(resource, one) : KubeReads.Shown(resource, store.Put(resource.Place, one));
    }

    private JsonObject Patch(HttpContext context, KubePlace place, string text, bool dry)
    {
        var media = context.Request.ContentType?.Split(';')[0] ?? "";
        var isApply = media == "application/apply-patch+yaml";
        if (
            media
            is not (
                "application/strategic-merge-patch+json"
                or "application/merge-patch+json"
                or "application/json-patch+json"
                or "application/apply-patch+yaml"
            )
        )
        {
            throw new KubeRefusal(415, "UnsupportedMediaType", "415: Unsupported Media Type", new JsonObject());
        }
        var manager = context.Request.Query["fieldManager"].ToString();
        if (isApply && manager.Length == 0)
        {
            throw KubeRefusal.Invalid(
                "meta.k8s.io",
                "PatchOptions",
                "",
                ("FieldValueRequired", "Required value: is required for apply patch", "fieldManager")
            );
        }
        var before = store.Find(place.Resource.Place, place.Namespace ?? "", place.Name);
        if (before is null)
        {
            throw KubeRefusal.NotFound(place.Resource, place.Name);
        }
        var patch = ReadAny(text);
        var target = place.Part == "scale" ? Scale(before) : (JsonObject)before.DeepClone();
        if (patch is JsonObject merged && merged["metadata"]?["resourceVersion"] is { } bound)
        {
            Bound(place, before, bound.GetValue<string>());
        }
        if (media == "application/json-patch+json")
        {
            KubePatches.Json(target, patch);
        }
        else if (patch is JsonObject given)
        {
            if (isApply)
            {
                Applied(context, before, given, manager);
            }
            KubePatches.Merge(target, given, strategic: media != "application/merge-patch+json");
        }
        return Keep(context, place, before, target, dry, manager.Length == 0 ? "unknown" : manager);
    }

    private JsonObject Replace(HttpContext context, KubePlace place, JsonObject one, bool dry)
    {
        var before =
            store.Find(place.Resource.Place, place.Namespace ?? "", place.Name)
            ?? throw KubeRefusal.NotFound(place.Resource, place.Name);
        if (one["metadata"]?["resourceVersion"]?.GetValue<string>() is { } bound)
        {
            Bound(place, before, bound);
        }
        if (place.Part is null)
        {
            one["status"] = before["status"]?.DeepClone();
        }
        return Keep(context, place, before, one, dry, "unknown");
    }

    private JsonObject Keep(
        HttpContext context,
        KubePlace place,
        JsonObject before,
        JsonObject target,
        bool dry,
        string manager
    )
    {
        var resource = place.Resource;
        if (place.Part == "scale")
        {
            var wanted = target["spec"]?["replicas"]?.GetValue<int>() ?? 0;
            if (wanted < 0)
            {
                throw KubeRefusal.Invalid(
                    "autoscaling",
                    "Scale",
                    place.Name,
                    (
                        "FieldValueInvalid",
                        $"Invalid value: {wanted}: must be greater than or equal to 0",
                        "spec.replicas"
                    )
                );
            }
            target = (JsonObject)before.DeepClone();
            target["spec"]!["replicas"] = wanted;
        }
        else if (place.Part is null)
        {
            Strictly(context, resource, target);
            KubeDefaults.Fill(resource, target);
            KubeValidation.Check(resource, target, before);
            // Its own subresource has the status.
            target["status"] = before["status"]?.DeepClone();
            if (place.Resource.Kind is "ConfigMap" or "Secret" or "Event")
            {
                target.Remove("status");
            }
        }
        Unmoved(target, before);
        Old(resource, target);
        var moved =
            place.Part != "status"
            && (
                !JsonNode.DeepEquals(target["spec"], before["spec"])
                || (
                    resource.Kind == "Deployment"
                    && !JsonNode.DeepEquals(target["metadata"]!["annotations"], before["metadata"]!["annotations"])
                )
            );
        if (moved && before["metadata"]!["generation"]?.GetValue<long>() is { } generation)
        {
            target["metadata"]!["generation"] = generation + 1;
        }
        if (!dry && !JsonNode.DeepEquals(target["spec"]?["replicas"], before["spec"]?["replicas"]))
        {
            scalers[before["metadata"]!["uid"]!.GetValue<string>()] = (manager, place.Part == "scale");
        }
        var kept = dry ? target : store.Put(resource.Place, target);
        return place.Part == "scale" ? Scale(kept) : KubeReads.Shown(resource, kept);
    }

    private JsonObject Delete(KubePlace place, JsonObject options)
    {
        var resource = place.Resource;
        var one =
            store.Find(resource.Place, place.Namespace ?? "", place.Name)
            ?? throw KubeRefusal.NotFound(resource, place.Name);
        var conditions = options["preconditions"];
        var kind = resource.Group.Length == 0 ? resource.Kind : $"{resource.Kind}.{resource.Group}";
        if (conditions?["uid"]?.GetValue<string>() is { } uid && uid != one["metadata"]!["uid"]!.GetValue<string>())
        {
            throw Unmet(
                $"the UID in the precondition ({uid}) does not match the UID in record ({one["metadata"]!["uid"]}). The object might have been deleted and then recreated"
            );
        }
        if (
            conditions?["resourceVersion"]?.GetValue<string>() is { } version
            && version != one["metadata"]!["resourceVersion"]!.GetValue<string>()
        )
        {
            throw Unmet(
                $"the ResourceVersion in the precondition ({version}) does not match the ResourceVersion in record ({one["metadata"]!["resourceVersion"]}). The object might have been modified"
            );
        }
        store.Remove(resource.Place, place.Namespace ?? "", place.Name);
        return new JsonObject
        {
            ["kind"] = "Status",
            ["apiVersion"] = "v1",
            ["metadata"] = new JsonObject(),
            ["status"] = "Success",
            ["details"] = KubeRefusal.Of(resource, place.Name),
        };

        KubeRefusal Unmet(string why) =>
            new(
                409,
                "Conflict",
                $"Operation cannot be fulfilled on {kind} \"{place.Name}\": {why}",
                new JsonObject
                {
                    ["name"] = place.Name,
                    ["group"] = resource.Group,
                    ["kind"] = resource.Kind,
                }
            );
    }

    /// <summary>Somebody else has set what is applied.</summary>
    private void Applied(HttpContext context, JsonObject before, JsonObject given, string manager)
    {
        var known = scalers.GetValueOrDefault(before["metadata"]!["uid"]!.GetValue<string>());
        if (
            given["spec"]?["replicas"] is not { } wanted
            || known.Manager is null
            || known.Manager == manager
            || JsonNode.DeepEquals(wanted, before["spec"]?["replicas"])
            || context.Request.Query["force"] == "true"
        )
        {
            return;
        }
        var who =
            $"conflict with \"{known.Manager}\"{(known.ByScale ? " with subresource \"scale\"" : "")} using apps/v1";
        throw new KubeRefusal(
            409,
            "Conflict",
            $"Apply failed with 1 conflict: {who}: .spec.replicas",
            new JsonObject
            {
                ["causes"] = new JsonArray(
                    new JsonObject
                    {
                        ["reason"] = "FieldManagerConflict",
                        ["message"] = who,
                        ["field"] = ".spec.replicas",
                    }
                ),
            }
        );
    }

    private void Inside(KubePlace place, string name)
    {
        var space =
            store.Find("namespaces", "", place.Namespace!)
            ?? throw new KubeRefusal(
                404,
                "NotFound",
                $"namespaces \"{place.Namespace}\" not found",
                new JsonObject { ["name"] = place.Namespace, ["kind"] = "namespaces" }
            );
        if (space["status"]?["phase"]?.GetValue<string>() == "Terminating")
        {
            var details = KubeRefusal.Of(place.Resource, name);
            details["causes"] = new JsonArray(
                new JsonObject
                {
                    ["reason"] = "NamespaceTerminating",
                    ["message"] = $"namespace {place.Namespace} is being terminated",
                    ["field"] = "metadata.namespace",
                }
            );
            throw new KubeRefusal(
                403,
                "Forbidden",
                $"{place.Resource.Full} \"{name}\" is forbidden: unable to create new content in namespace {place.Namespace} because it is being terminated",
                details
            );
        }
    }

    private static void Strictly(HttpContext context, KubeResource resource, JsonObject one)
    {
        var how = context.Request.Query["fieldValidation"].ToString();
        var unknown = how == "Ignore" ? [] : KubeDefaults.Unknown(one);
        if (unknown.Count == 0)
        {
            return;
        }
        if (how == "Strict")
        {
            throw KubeRefusal.BadRequest(
                $"{resource.Kind} in version \"{resource.Version}\" cannot be handled as a {resource.Kind}: strict decoding error: {string.Join(", ", unknown.Select(field => $"unknown field \"{field}\""))}"
            );
        }
        foreach (var field in unknown)
        {
            context.Response.Headers.Append("Warning", $"299 - \"unknown field \\\"{field}\\\"\"");
        }
    }

    private static void Bound(KubePlace place, JsonObject before, string version)
    {
        if (version != before["metadata"]!["resourceVersion"]!.GetValue<string>())
        {
            throw KubeRefusal.Conflict(place.Resource, place.Name);
        }
    }

    private static void Unmoved(JsonObject target, JsonObject before)
    {
        var metadata = Member(target, "metadata");
        foreach (var name in new[] { "name", "namespace", "uid", "creationTimestamp", "generation", "resourceVersion" })
        {
            if (before["metadata"]![name] is { } value)
            {
                metadata[name] = value.DeepClone();
            }
        }
    }

    /// <summary>Events are kept in the words of the older group.</summary>
    private static void Old(KubeResource resource, JsonObject one)
    {
        if (resource is not { Name: "events", Group: "events.k8s.io" })
        {
            return;
        }
        foreach (
            var (fresh, old) in new[]
            {
                ("regarding", "involvedObject"),
                ("note", "message"),
                ("reportingController", "reportingComponent"),
                ("deprecatedSource", "source"),
                ("deprecatedFirstTimestamp", "firstTimestamp"),
                ("deprecatedLastTimestamp", "lastTimestamp"),
                ("deprecatedCount", "count"),
            }
        )
        {
            if (one.ContainsKey(fresh))
            {
                var value = one[fresh];
                one.Remove(fresh);
                one[old] = value;
            }
        }
    }

    private static JsonObject Read(string text) =>
        ReadAny(text) as JsonObject ?? throw KubeRefusal.BadRequest("the object provided is unrecognized");

    private static JsonNode? ReadAny(string text)
    {
        try
        {
            return JsonNode.Parse(text);
        }
        catch (JsonException exception)
        {
            throw KubeRefusal.BadRequest($"couldn't get version/kind; json parse error: {exception.Message}");
        }
    }

    private static JsonObject Member(JsonObject one, string name) =>
        one[name] as JsonObject ?? (JsonObject)(one[name] = new JsonObject());
}
