using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Workloads;

/// <summary>The server's strict form for what the move writes: known fields, canonical quantities, names, selectors.</summary>
internal static partial class ManifestForm
{
    private const string Probe =
        "exec httpGet tcpSocket initialDelaySeconds periodSeconds timeoutSeconds failureThreshold";

    // By the last name on the way to an object; what maps names of people's own is not looked into.
    private static readonly Dictionary<string, string> fields = new(StringComparer.Ordinal)
    {
        [""] = "apiVersion kind metadata spec data rules subjects roleRef automountServiceAccountToken",
        ["metadata"] = "name namespace labels annotations",
        ["Deployment"] = "replicas selector template",
        ["StatefulSet"] = "replicas selector template serviceName volumeClaimTemplates podManagementPolicy",
        ["Service"] = "selector ports clusterIP publishNotReadyAddresses",
        ["PodDisruptionBudget"] = "maxUnavailable selector",
        ["IngressRoute"] = "entryPoints routes tls",
        ["Middleware"] =
            "stripPrefix addPrefix redirectScheme redirectRegex replacePath replacePathRegex rateLimit inFlightReq ipAllowList compress retry headers chain buffering forwardAuth basicAuth digestAuth",
        ["NetworkPolicy"] = "podSelector policyTypes ingress",
        ["Ingress"] = "rules tls",
        ["PersistentVolumeClaim"] = "accessModes resources",
        ["HorizontalPodAutoscaler"] = "scaleTargetRef minReplicas maxReplicas metrics",
        ["template"] = "metadata spec",
        ["template.spec"] =
            "automountServiceAccountToken containers volumes terminationGracePeriodSeconds serviceAccountName securityContext topologySpreadConstraints",
        ["volumeClaimTemplates"] = "metadata spec",
        ["volumeClaimTemplates.spec"] = "accessModes resources",
        ["containers"] =
            "name image command args workingDir ports env resources readinessProbe startupProbe livenessProbe securityContext tty stdin volumeMounts envFrom",
        ["env"] = "name value valueFrom",
        ["valueFrom"] = "secretKeyRef",
        ["secretKeyRef"] = "name key optional",
        ["envFrom"] = "configMapRef secretRef",
        ["ports"] = "name port targetPort containerPort protocol",
        ["readinessProbe"] = Probe,
        ["startupProbe"] = Probe,
        ["livenessProbe"] = Probe,
        ["exec"] = "command",
        ["httpGet"] = "path port",
        ["tcpSocket"] = "port",
        ["securityContext"] =
            "allowPrivilegeEscalation readOnlyRootFilesystem capabilities runAsUser runAsGroup runAsNonRoot fsGroup fsGroupChangePolicy seccompProfile",
        ["capabilities"] = "add drop",
        ["volumeMounts"] = "name mountPath subPath readOnly",
        ["volumes"] = "name persistentVolumeClaim secret emptyDir",
        ["persistentVolumeClaim"] = "claimName",
        ["emptyDir"] = "medium sizeLimit",
        ["secret"] = "secretName defaultMode items",
        ["items"] = "key path",
        ["seccompProfile"] = "type",
        ["topologySpreadConstraints"] = "maxSkew topologyKey whenUnsatisfiable labelSelector",
        ["resources"] = "limits requests",
        ["limits"] = "cpu memory",
        ["requests"] = "cpu memory storage",
        ["podSelector"] = "matchLabels",
        ["ingress"] = "from ports",
        ["from"] = "podSelector namespaceSelector",
        ["rules"] = "host http apiGroups resources verbs",
        ["subjects"] = "kind name namespace",
        ["roleRef"] = "apiGroup kind name",
        ["http"] = "paths",
        ["paths"] = "path pathType backend",
        ["backend"] = "service",
        ["tls"] = "hosts secretName certResolver",
        ["routes"] = "kind match priority services middlewares",
        ["middlewares"] = "name namespace",
        ["services"] = "name port",
    };

    public static IReadOnlyList<JsonObject> Read(string manifests) =>
        [.. manifests.Split("---\n").Select(one => (JsonObject)YamlText.Read(one)!)];

    public static IReadOnlyList<string> Mistakes(IReadOnlyList<JsonObject> objects)
    {
        var wrong = new List<string>();
        foreach (var one in objects)
        {
            var kind = one["kind"]!.GetValue<string>();
            var at = $"{kind}/{one["metadata"]!["name"]}";
            Look(one, "", at, kind, wrong);
            if (!Name().IsMatch(one["metadata"]!["name"]!.GetValue<string>()))
            {
                wrong.Add($"{at}: no DNS label");
            }
            if (kind is "Deployment" or "StatefulSet")
            {
                var spec = one["spec"]!;
                if (!JsonNode.DeepEquals(spec["selector"]!["matchLabels"], spec["template"]!["metadata"]!["labels"]))
                {
                    wrong.Add($"{at}: the selector is not the template's");
                }
                var container = spec["template"]!["spec"]!["containers"]![0]!;
                var volumes = Names(spec["template"]!["spec"]!["volumes"])
                    .Concat(
                        (spec["volumeClaimTemplates"] as JsonArray ?? new JsonArray()).Select(claim =>
                            claim!["metadata"]!["name"]!.GetValue<string>()
                        )
                    )
                    .ToHashSet();
                wrong.AddRange(
                    Names(container["volumeMounts"])
                        .Where(name => !volumes.Contains(name))
                        .Select(name => $"{at}: {name} is no volume")
                );
            }
        }
        wrong.AddRange(
            objects
                .GroupBy(one => $"{one["kind"]}/{one["metadata"]!["namespace"]}/{one["metadata"]!["name"]}")
                .Where(same => same.Count() > 1)
                .Select(same => $"{same.Key} twice")
        );
        return wrong;
    }

    private static IEnumerable<string> Names(JsonNode? list) =>
        (list as JsonArray ?? new JsonArray()).Select(one => one!["name"]!.GetValue<string>());

    private static void Look(JsonNode? node, string field, string at, string kind, List<string> wrong)
    {
        if (node is JsonArray list)
        {
            foreach (var one in list)
            {
                Look(one, field, at, kind, wrong);
            }
        }
        if (node is not JsonObject map)
        {
            return;
        }
        var known = field == "spec" ? fields[kind] : fields.GetValueOrDefault(field);
        foreach (var (name, value) in map)
        {
            if (known is not null && !known.Split(' ').Contains(name))
            {
                wrong.Add($"{at}: {field} has no field {name}");
            }
            if (value is null)
            {
                wrong.Add($"{at}: {field}.{name} is nothing");
            }
            if (field is "limits" or "requests" && !Quantity().IsMatch(value?.GetValue<string>() ?? ""))
            {
                wrong.Add($"{at}: {name} is {value}, not as the server writes it");
            }
            Look(
                value,
                field is "template" or "volumeClaimTemplates" && name == "spec" ? $"{field}.spec" : name,
                at,
                kind,
                wrong
            );
        }
    }

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex Name();

    [GeneratedRegex("^[1-9][0-9]*(m|Ki|Mi|Gi|Ti)?$")]
    private static partial Regex Quantity();
}
