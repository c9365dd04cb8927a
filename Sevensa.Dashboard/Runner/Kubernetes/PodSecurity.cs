using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>A pod template against the Pod Security Standards (baseline, restricted) as Kubernetes 1.37 documents them.</summary>
internal static class PodSecurity
{
    private static readonly HashSet<string> Allowed = new(StringComparer.Ordinal)
    {
        "AUDIT_WRITE",
        "CHOWN",
        "DAC_OVERRIDE",
        "FOWNER",
        "FSETID",
        "KILL",
        "MKNOD",
        "NET_BIND_SERVICE",
        "SETFCAP",
        "SETGID",
        "SETPCAP",
        "SETUID",
        "SYS_CHROOT",
    };

    private static readonly HashSet<string> Volumes = new(StringComparer.Ordinal)
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "persistentVolumeClaim",
        "projected",
        "secret",
        "image",
    };

    public static PodIsolation Of(JsonElement template)
    {
        var spec = template.At("spec") ?? default;
        var baseline = new List<string>();
        var restricted = new List<string>();
        foreach (var name in new[] { "hostNetwork", "hostPID", "hostIPC" }.Where(name => spec.Flag(name)))
        {
            baseline.Add($"{name}=true");
        }
        foreach (var volume in spec.Items("volumes"))
        {
            var kind = volume
                .EnumerateObject()
                .Select(member => member.Name)
                .FirstOrDefault(member => member != "name", "");
            if (kind == "hostPath")
            {
                baseline.Add($"volume {volume.Text("name")}: hostPath");
            }
            else if (!Volumes.Contains(kind))
            {
                restricted.Add($"volume {volume.Text("name")}: {kind}");
            }
        }
        var pod = spec.At("securityContext") ?? default;
        foreach (var container in spec.Items("initContainers").Concat(spec.Items("containers")))
        {
            Container(container, pod, baseline, restricted);
        }
        return new PodIsolation(
            baseline.Count > 0 ? "privileged"
                : restricted.Count > 0 ? "baseline"
                : "restricted",
            [.. baseline, .. restricted],
            spec.Text("serviceAccountName") is var account && account == "default" ? "" : account,
            spec.At("automountServiceAccountToken") is not { ValueKind: JsonValueKind.False }
        );
    }

    private static void Container(JsonElement one, JsonElement pod, List<string> baseline, List<string> restricted)
    {
        var name = one.Text("name");
        var own = one.At("securityContext") ?? default;
        if (own.Flag("privileged"))
        {
            baseline.Add($"{name}: privileged");
        }
        if (one.Items("ports").Any(port => port.Number("hostPort") > 0))
        {
            baseline.Add($"{name}: hostPort");
        }
        var added = own.Items("capabilities", "add").Select(word => word.GetString() ?? "").ToList();
        baseline.AddRange(added.Where(word => !Allowed.Contains(word)).Select(word => $"{name}: capability {word}"));
        var seccomp = Inherited("seccompProfile", "type");
        if (seccomp == "Unconfined")
        {
            baseline.Add($"{name}: seccompProfile Unconfined");
        }
        else if (seccomp is not ("RuntimeDefault" or "Localhost"))
        {
            restricted.Add($"{name}: no seccompProfile");
        }
        if (own.At("allowPrivilegeEscalation") is not { ValueKind: JsonValueKind.False })
        {
            restricted.Add($"{name}: allowPrivilegeEscalation is not false");
        }
        if ((own.At("runAsNonRoot") ?? pod.At("runAsNonRoot")) is not { ValueKind: JsonValueKind.True })
        {
            restricted.Add($"{name}: runAsNonRoot is not true");
        }
        if (
            (own.At("runAsUser") ?? pod.At("runAsUser")) is { ValueKind: JsonValueKind.Number } user
            && user.GetInt64() == 0
        )
        {
            restricted.Add($"{name}: runAsUser 0");
        }
        if (!own.Items("capabilities", "drop").Any(word => word.GetString() == "ALL"))
        {
            restricted.Add($"{name}: capabilities are not dropped (drop ALL)");
        }
        restricted.AddRange(
            added
                .Where(word => Allowed.Contains(word) && word != "NET_BIND_SERVICE")
                .Select(word => $"{name}: capability {word}")
        );

        string Inherited(string member, string what) =>
            own.Text(member, what) is { Length: > 0 } text ? text : pod.Text(member, what);
    }
}
