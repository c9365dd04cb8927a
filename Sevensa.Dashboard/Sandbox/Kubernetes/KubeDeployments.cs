using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>Deployments and their ReplicaSets: rolled out a pod at a time, never taken back.</summary>
internal sealed class KubeDeployments(KubeStore store, KubePods pods, TimeProvider time)
{
    private const string Place = "deployments.apps";
    private const string Sets = "replicasets.apps";
    private const string Revision = "deployment.kubernetes.io/revision";
    private const string Hash = "pod-template-hash";

    /// <summary>When a rollout began, by uid and generation.</summary>
    private readonly Dictionary<string, (long Generation, DateTimeOffset Since)> begun = new(StringComparer.Ordinal);

    /// <returns>Whether a rollout's deadline is waited for.</returns>
    public bool Move()
    {
        var waits = false;
        foreach (var one in store.All(Place))
        {
            waits |= Move(one);
        }
        foreach (var set in store.All(Sets))
        {
            var owner = set["metadata"]!["ownerReferences"]![0]!["name"]!.GetValue<string>();
            if (store.Find(Place, Space(set), owner) is null)
            {
                set["spec"]!["replicas"] = 0;
                store.Remove(Sets, Space(set), Name(set));
                foreach (var pod in PodsOf(set))
                {
                    store.Remove("pods", Space(pod), Name(pod));
                }
            }
        }
        return waits;
    }

    private bool Move(JsonObject one)
    {
        var (spec, uid) = (one["spec"]!, one["metadata"]!["uid"]!.GetValue<string>());
        var wanted = spec["replicas"]!.GetValue<int>();
        var paused = spec["paused"]?.GetValue<bool>() == true;
        var sets = store
            .All(Sets, Space(one))
            .Where(set => set["metadata"]!["ownerReferences"]![0]!["uid"]!.GetValue<string>() == uid)
            .OrderBy(RevisionOf)
            .ToList();
        var present = sets.Find(set => JsonNode.DeepEquals(Template(set), spec["template"]));
        if (!paused)
        {
            if (present is null)
            {
                sets.Add(present = Make(one, sets));
            }
            else if (RevisionOf(present) < RevisionOf(sets[^1]))
            {
                present["metadata"]!["annotations"]![Revision] = Text(RevisionOf(sets[^1]) + 1);
                present = store.Put(Sets, present);
                sets = [.. sets.Where(set => Name(set) != Name(present)), present];
            }
        }
        Roll(sets, present, wanted, paused);
        var failure = sets.Select(Fill).FirstOrDefault(words => words is not null);
        var waits = Tell(one, sets, present, wanted, paused, failure);
        Forget(one, sets, present);
        return waits;
    }

    private JsonObject Make(JsonObject one, List<JsonObject> sets)
    {
        var template = (JsonObject)one["spec"]!["template"]!.DeepClone();
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(template.ToJsonString())))[..10];
        while (store.Find(Sets, Space(one), $"{Name(one)}-{hash}") is not null)
        {
            // A name that is taken: the same template gets another hash.
            hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hash)))[..10];
        }
        Labels(template)[Hash] = hash;
        var labels = (JsonObject)Labels(template).DeepClone();
        var selector = (JsonObject)one["spec"]!["selector"]!.DeepClone();
        selector["matchLabels"]![Hash] = hash;
        return store.Put(
            Sets,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = $"{Name(one)}-{hash}",
                    ["namespace"] = Space(one),
                    ["uid"] = Guid.NewGuid().ToString(),
                    ["generation"] = 1,
                    ["creationTimestamp"] = store.Now(),
                    ["labels"] = labels,
                    ["annotations"] = new JsonObject
                    {
                        [Revision] = Text((sets.Count == 0 ? 0 : sets.Max(RevisionOf)) + 1),
                    },
                    ["ownerReferences"] = Owner("apps/v1", "Deployment", one),
                },
                ["spec"] = new JsonObject
                {
                    ["replicas"] = 0,
                    ["selector"] = selector,
                    ["template"] = template,
                },
                ["status"] = new JsonObject { ["replicas"] = 0 },
            }
        );
    }

    /// <summary>A quarter more at most, a quarter less at most; of few one more and none less.</summary>
    private void Roll(List<JsonObject> sets, JsonObject? present, int wanted, bool paused)
    {
        var old = sets.Where(set => present is null || Name(set) != Name(present)).ToList();
        if (paused)
        {
            // What is there is scaled as it is.
            if (
                (present ?? sets.LastOrDefault(set => Replicas(set) > 0)) is { } running
                && old.Sum(Replicas) + (present is null ? 0 : Replicas(present)) != wanted
            )
            {
                Scale(running, wanted - sets.Where(set => Name(set) != Name(running)).Sum(Replicas));
            }
            return;
        }
        var most = wanted + (int)Math.Ceiling(wanted * 0.25);
        var least = wanted - wanted / 4;
        Scale(present!, Math.Min(wanted, Math.Max(0, most - old.Sum(Replicas))));
        var surplus = old.Sum(Replicas) + Ready(present!) - least;
        foreach (var set in old.Where(set => Replicas(set) > 0).OrderBy(Ready))
        {
            var unready = Replicas(set) - Ready(set);
            var less = Math.Min(Replicas(set), Math.Max(unready, Math.Max(0, surplus)));
            if (less > 0)
            {
                Scale(set, Replicas(set) - less);
                surplus -= less;
            }
        }
    }

    /// <summary>Makes and ends pods until as many are there as are wanted.</summary>
    /// <returns>Why one could not be made.</returns>
    private string? Fill(JsonObject set)
    {
        var there = PodsOf(set);
        string? refused = null;
        for (var missing = Replicas(set) - there.Count; missing > 0 && refused is null; missing--)
        {
            var pod = Pod(set);
            if (pods.Refusal(pod) is { } refusal)
            {
                refused = refusal.Message;
            }
            else
            {
                store.Put("pods", pod);
            }
        }
        foreach (var pod in there.OrderBy(IsReady).Take(there.Count - Replicas(set)))
        {
            store.Remove("pods", Space(pod), Name(pod));
        }
        var now = PodsOf(set);
        var fresh = (JsonObject)set.DeepClone();
        fresh["status"] = new JsonObject
        {
            ["replicas"] = now.Count,
            ["readyReplicas"] = now.Count(IsReady),
            ["availableReplicas"] = now.Count(IsReady),
            ["observedGeneration"] = set["metadata"]!["generation"]!.DeepClone(),
        };
        store.Put(Sets, fresh);
        return refused;
    }

    private bool Tell(
        JsonObject one,
        List<JsonObject> sets,
        JsonObject? present,
        int wanted,
        bool paused,
        string? failure
    )
    {
        var uid = one["metadata"]!["uid"]!.GetValue<string>();
        var generation = one["metadata"]!["generation"]!.GetValue<long>();
        var all = sets.Sum(set => PodsOf(set).Count);
        var ready = sets.Sum(Ready);
        var updated = present is null ? 0 : PodsOf(present).Count;
        var done = !paused && updated == wanted && all == wanted && ready == wanted;
        var name = present is null ? Name(one) : Name(present);
        if (!begun.TryGetValue(uid, out var since) || since.Generation != generation)
        {
            begun[uid] = since = (generation, time.GetUtcNow());
        }
        var deadline = one["spec"]!["progressDeadlineSeconds"]?.GetValue<int>() ?? 600;
        var late = !done && !paused && time.GetUtcNow() - since.Since >= TimeSpan.FromSeconds(deadline);
        var wasDone = (one["status"]!["conditions"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .Any(told =>
                told["type"]!.GetValue<string>() == "Progressing"
                && told["reason"]!.GetValue<string>() == "NewReplicaSetAvailable"
                && told["message"]!.GetValue<string>().Contains($"\"{name}\"", StringComparison.Ordinal)
            );
        var conditions = new JsonArray(
            ready >= wanted - wanted / 4
                ? Condition(
                    one,
                    "Available",
                    "True",
                    "MinimumReplicasAvailable",
                    "Deployment has minimum availability."
                )
                : Condition(
                    one,
                    "Available",
                    "False",
                    "MinimumReplicasUnavailable",
                    "Deployment does not have minimum availability."
                )
        );
        if (failure is not null)
        {
            conditions.Add(Condition(one, "ReplicaFailure", "True", "FailedCreate", failure));
        }
        conditions.Add(
            paused ? Condition(one, "Progressing", "Unknown", "DeploymentPaused", "Deployment is paused")
            : done || (wasDone && updated == all)
                ? Condition(
                    one,
                    "Progressing",
                    "True",
                    "NewReplicaSetAvailable",
                    $"ReplicaSet \"{name}\" has successfully progressed."
                )
            : late
                ? Condition(
                    one,
                    "Progressing",
                    "False",
                    "ProgressDeadlineExceeded",
                    $"ReplicaSet \"{name}\" has timed out progressing."
                )
            : Condition(one, "Progressing", "True", "ReplicaSetUpdated", $"ReplicaSet \"{name}\" is progressing.")
        );
        var status = new JsonObject { ["observedGeneration"] = generation };
        Number("replicas", all);
        Number("updatedReplicas", paused ? 0 : updated);
        Number("readyReplicas", ready);
        Number("availableReplicas", ready);
        Number("unavailableReplicas", Math.Max(0, Math.Max(wanted, all) - ready));
        status["terminatingReplicas"] = 0;
        status["conditions"] = conditions;
        var fresh = store.Find(Place, Space(one), Name(one));
        if (fresh is not null && fresh["metadata"]!["generation"]!.GetValue<long>() == generation)
        {
            fresh["status"] = status;
            if (present is not null)
            {
                var notes = fresh["metadata"]!["annotations"] as JsonObject ?? [];
                notes[Revision] = Text(RevisionOf(present));
                fresh["metadata"]!["annotations"] = notes.Parent is null ? notes : notes.DeepClone();
            }
            store.Put(Place, fresh);
        }
        return !done && !paused && !late && deadline < 60;

        void Number(string member, int count)
        {
            if (count > 0)
            {
                status[member] = count;
            }
        }
    }

    private void Forget(JsonObject one, List<JsonObject> sets, JsonObject? present)
    {
        var limit = one["spec"]!["revisionHistoryLimit"]?.GetValue<int>() ?? 10;
        var former = sets.Where(set =>
                Name(set) != (present is null ? "" : Name(present)) && Replicas(set) == 0 && PodsOf(set).Count == 0
            )
            .OrderBy(RevisionOf)
            .ToList();
        foreach (var set in former.Take(Math.Max(0, former.Count - limit)))
        {
            store.Remove(Sets, Space(set), Name(set));
        }
    }

    private JsonObject Pod(JsonObject set)
    {
        var template = (JsonObject)set["spec"]!["template"]!.DeepClone();
        var suffix = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..5];
        var metadata = new JsonObject
        {
            ["name"] = $"{Name(set)}-{suffix}",
            ["generateName"] = $"{Name(set)}-",
            ["namespace"] = Space(set),
            ["uid"] = Guid.NewGuid().ToString(),
            ["generation"] = 1,
            ["creationTimestamp"] = store.Now(),
            ["labels"] = Labels(template).DeepClone(),
            ["ownerReferences"] = Owner("apps/v1", "ReplicaSet", set),
        };
        if (template["metadata"]!["annotations"] is { } notes)
        {
            metadata["annotations"] = notes.DeepClone();
        }
        return new JsonObject
        {
            ["metadata"] = metadata,
            ["spec"] = template["spec"]!.DeepClone(),
            ["status"] = new JsonObject { ["phase"] = "Pending", ["qosClass"] = "Burstable" },
        };
    }

    private void Scale(JsonObject set, int replicas)
    {
        if (Replicas(set) == replicas)
        {
            return;
        }
        set["spec"]!["replicas"] = Math.Max(0, replicas);
        set["metadata"]!["generation"] = (set["metadata"]!["generation"]?.GetValue<long>() ?? 0) + 1;
        store.Put(Sets, set);
    }

    /// <summary>The time of its last change stands while it says the same.</summary>
    private JsonObject Condition(JsonObject one, string type, string status, string reason, string message)
    {
        var before = (one["status"]!["conditions"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .FirstOrDefault(told => told["type"]!.GetValue<string>() == type);
        var same =
            before is not null
            && before["status"]!.GetValue<string>() == status
            && before["reason"]!.GetValue<string>() == reason
            && before["message"]!.GetValue<string>() == message;
        return new JsonObject
        {
            ["type"] = type,
            ["status"] = status,
            ["lastUpdateTime"] = same ? before!["lastUpdateTime"]!.DeepClone() : store.Now(),
            ["lastTransitionTime"] =
                before is not null && before["status"]!.GetValue<string>() == status
                    ? before["lastTransitionTime"]!.DeepClone()
                    : store.Now(),
            ["reason"] = reason,
            ["message"] = message,
        };
    }

    private static JsonArray Owner(string version, string kind, JsonObject one) =>
        [
            new JsonObject
            {
                ["apiVersion"] = version,
                ["kind"] = kind,
                ["name"] = Name(one),
                ["uid"] = one["metadata"]!["uid"]!.DeepClone(),
                ["controller"] = true,
                ["blockOwnerDeletion"] = true,
            },
        ];

    private static JsonObject Template(JsonObject set)
    {
        var template = (JsonObject)set["spec"]!["template"]!.DeepClone();
        Labels(template).Remove(Hash);
        return template;
    }

    private static JsonObject Labels(JsonObject template) => template["metadata"]!["labels"]!.AsObject();

    private List<JsonObject> PodsOf(JsonObject set) =>
        [
            .. store
                .All("pods", Space(set))
                .Where(pod =>
                    pod["metadata"]!["ownerReferences"] is JsonArray owners
                    && owners[0]!["uid"]!.GetValue<string>() == set["metadata"]!["uid"]!.GetValue<string>()
                ),
        ];

    private int Ready(JsonObject set) => PodsOf(set).Count(IsReady);

    private static bool IsReady(JsonObject pod) =>
        (pod["status"]!["conditions"] as JsonArray ?? [])
            .OfType<JsonObject>()
            .Any(told => told["type"]!.GetValue<string>() == "Ready" && told["status"]!.GetValue<string>() == "True");

    private static int Replicas(JsonObject set) => set["spec"]!["replicas"]!.GetValue<int>();

    private static int RevisionOf(JsonObject set) =>
        int.Parse(set["metadata"]!["annotations"]![Revision]!.GetValue<string>(), CultureInfo.InvariantCulture);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    private static string Name(JsonObject one) => one["metadata"]!["name"]!.GetValue<string>();

    private static string Space(JsonObject one) => one["metadata"]!["namespace"]!.GetValue<string>();
}
