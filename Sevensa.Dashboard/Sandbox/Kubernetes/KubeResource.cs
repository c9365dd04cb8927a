namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>One resource that the API server serves.</summary>
internal sealed record KubeResource(string Group, string Version, string Name, string Kind, bool Namespaced = true)
{
    public static IReadOnlyList<KubeResource> All { get; } =
    [
        new("", "v1", "namespaces", "Namespace", false),
        new("", "v1", "nodes", "Node", false),
        new("", "v1", "pods", "Pod"),
        new("", "v1", "services", "Service"),
        new("", "v1", "configmaps", "ConfigMap"),
        new("", "v1", "secrets", "Secret"),
        new("", "v1", "events", "Event"),
        new("", "v1", "serviceaccounts", "ServiceAccount"),
        new("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim"),
        new("", "v1", "resourcequotas", "ResourceQuota"),
        new("", "v1", "limitranges", "LimitRange"),
        new("apps", "v1", "deployments", "Deployment"),
        new("apps", "v1", "replicasets", "ReplicaSet"),
        new("apps", "v1", "statefulsets", "StatefulSet"),
        new("apps", "v1", "daemonsets", "DaemonSet"),
        new("apps", "v1", "controllerrevisions", "ControllerRevision"),
        new("batch", "v1", "jobs", "Job"),
        new("batch", "v1", "cronjobs", "CronJob"),
        new("autoscaling", "v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"),
        new("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy"),
        new("networking.k8s.io", "v1", "ingresses", "Ingress"),
        new("policy", "v1", "poddisruptionbudgets", "PodDisruptionBudget"),
        new("events.k8s.io", "v1", "events", "Event"),
    ];

    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>As errors name it: <c>deployments.apps</c>.</summary>
    public string Full => Group.Length == 0 ? Name : $"{Name}.{Group}";

    /// <summary>Where it is kept: events of both groups are the same objects.</summary>
    public string Place => Name == "events" ? "events" : Full;

    public static KubeResource? Find(string group, string version, string name) =>
        All.FirstOrDefault(one => one.Group == group && one.Version == version && one.Name == name);
}
