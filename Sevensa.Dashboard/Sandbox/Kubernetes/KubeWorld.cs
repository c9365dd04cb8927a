using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>
/// What moves by itself: controllers and one node, a step at a time after each change. What a container does is told by its
/// image's tag: <c>missing</c> does not come, <c>crash</c> crashes, <c>oom</c> is ended for its memory, <c>nowhere</c> fits on no node.
/// </summary>
internal sealed class KubeWorld : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    private readonly KubeStore store;
    private readonly KubeDeployments deployments;
    private readonly KubePods pods;
    private readonly ITimer timer;
    private readonly Lock gate = new();

    public KubeWorld(KubeStore store, TimeProvider time)
    {
        this.store = store;
        pods = new KubePods(store);
        deployments = new KubeDeployments(store, pods, time);
        timer = time.CreateTimer(_ => Turn(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The node no longer reports: its pods stay as they were, and are not ready.</summary>
    public bool NodeIsLost
    {
        get => pods.NodeIsLost;
        set
        {
            pods.NodeIsLost = value;
            Wake();
        }
    }

    /// <summary>A world to begin with: namespaces with their tenants, a node, and a Deployment in each.</summary>
    public void Fill(IReadOnlyDictionary<string, string> tenants)
    {
        pods.MakeNode();
        foreach (var (name, tenant) in tenants)
        {
            store.Put(
                "namespaces",
                new JsonObject
                {
                    ["metadata"] = new JsonObject
                    {
                        ["name"] = name,
                        ["uid"] = Guid.NewGuid().ToString(),
                        ["creationTimestamp"] = store.Now(),
                        ["labels"] = new JsonObject
                        {
                            ["kubernetes.io/metadata.name"] = name,
                            ["sevensa.tenant"] = tenant,
                        },
                    },
                    ["spec"] = new JsonObject { ["finalizers"] = new JsonArray("kubernetes") },
                    ["status"] = new JsonObject { ["phase"] = "Active" },
                }
            );
        }
    }

    public void Deploy(string @namespace, string tenant, string name, int replicas, string tag = "1.0.0")
    {
        var labels = new JsonObject { ["app.kubernetes.io/name"] = name, ["sevensa.tenant"] = tenant };
        var one = new JsonObject
        {
            ["kind"] = "Deployment",
            ["metadata"] = new JsonObject
            {
                ["name"] = name,
                ["namespace"] = @namespace,
                ["uid"] = Guid.NewGuid().ToString(),
                ["generation"] = 1,
                ["creationTimestamp"] = store.Now(),
                ["labels"] = labels.DeepClone(),
            },
            ["spec"] = new JsonObject
            {
                ["replicas"] = replicas,
                ["selector"] = new JsonObject
                {
                    ["matchLabels"] = new JsonObject { ["app.kubernetes.io/name"] = name },
                },
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject { ["labels"] = labels },
                    ["spec"] = new JsonObject
                    {
                        ["containers"] = new JsonArray(
                            new JsonObject
                            {
                                ["name"] = name,
                                ["image"] = $"registry.example/{tenant}/{name}:{tag}",
                                ["ports"] = new JsonArray(new JsonObject { ["containerPort"] = 8080 }),
                                ["resources"] = new JsonObject
                                {
                                    ["limits"] = new JsonObject { ["memory"] = "256Mi" },
                                    ["requests"] = new JsonObject { ["cpu"] = "100m", ["memory"] = "64Mi" },
                                },
                                ["readinessProbe"] = new JsonObject
                                {
                                    ["httpGet"] = new JsonObject { ["path"] = "/health", ["port"] = 8080 },
                                },
                            }
                        ),
                    },
                },
            },
        };
        KubeDefaults.Fill(KubeResource.Find("apps", "v1", "deployments")!, one);
        store.Put("deployments.apps", one);
        Wake();
    }

    /// <summary>Why a pod may not be made there, by quota or limit range; null when it may.</summary>
    public KubeRefusal? Refusal(JsonObject pod) => pods.Refusal(pod);

    public void Wake() => timer.Change(Step, Timeout.InfiniteTimeSpan);

    /// <summary>Until nothing moves any more.</summary>
    public void Settle()
    {
        for (var steps = 0; steps < 100; steps++)
        {
            var before = store.Version;
            Move();
            if (store.Version == before)
            {
                return;
            }
        }
    }

    public void Dispose() => timer.Dispose();

    private void Turn()
    {
        if (Move())
        {
            Wake();
        }
    }

    /// <summary>Whether anything moved.</summary>
    private bool Move()
    {
        lock (gate)
        {
            var before = store.Version;
            KubeAutoscalers.Move(store);
            var waits = deployments.Move();
            pods.Move();
            KubeBudgets.Move(store);
            return store.Version != before || waits;
        }
    }
}
