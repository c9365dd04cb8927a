using System.Globalization;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <param name="Type">ADDED, MODIFIED or DELETED.</param>
/// <param name="Before">As it was before; null when it was not there.</param>
internal sealed record KubeEvent(long Version, string Type, string Place, JsonObject Object, JsonObject? Before);

/// <summary>Objects, one counter for all of them, and what is remembered of their changes.</summary>
internal sealed class KubeStore(TimeProvider time)
{
    private const int MostRemembered = 5000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, SortedDictionary<string, JsonObject>> places = new(StringComparer.Ordinal);
    private readonly List<KubeEvent> history = [];
    private TaskCompletionSource changed = New();
    private long version = 100;
    private long oldest = 100;

    public long Version
    {
        get
        {
            lock (gate)
            {
                return version;
            }
        }
    }

    /// <summary>Changes from before it are not remembered any more.</summary>
    public long Oldest
    {
        get
        {
            lock (gate)
            {
                return oldest;
            }
        }
    }

    public Task Changed
    {
        get
        {
            lock (gate)
            {
                return changed.Task;
            }
        }
    }

    public JsonObject? Find(string place, string @namespace, string name)
    {
        lock (gate)
        {
            return Place(place).TryGetValue(Key(@namespace, name), out var one) ? (JsonObject)one.DeepClone() : null;
        }
    }

    /// <summary>In the order of their keys, which is not that of their names: <c>rentguy-test</c> comes before <c>rentguy</c>.</summary>
    public IReadOnlyList<JsonObject> All(string place, string? @namespace = null)
    {
        lock (gate)
        {
            var all = Place(place).AsEnumerable();
            if (@namespace is not null)
            {
                all = all.Where(one => one.Key.StartsWith($"/{@namespace}/", StringComparison.Ordinal));
            }
            return [.. all.Select(one => (JsonObject)one.Value.DeepClone())];
        }
    }

    public static string Key(string @namespace, string name) => $"/{@namespace}/{name}";

    public JsonObject Put(string place, JsonObject one)
    {
        lock (gate)
        {
            // As it would be read: numbers that were set as one type can't be read as another.
            var kept = JsonNode.Parse(one.ToJsonString())!.AsObject();
            var metadata = kept["metadata"]!.AsObject();
            var key = Key(Text(metadata["namespace"]), Text(metadata["name"]));
            Place(place).TryGetValue(key, out var before);
            if (before is not null && Alike(before, kept))
            {
                return (JsonObject)before.DeepClone();
            }
            metadata["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture);
            Place(place)[key] = kept;
            Note(new KubeEvent(version, before is null ? "ADDED" : "MODIFIED", place, kept, before));
            return (JsonObject)kept.DeepClone();
        }
    }

    public JsonObject? Remove(string place, string @namespace, string name)
    {
        lock (gate)
        {
            if (!Place(place).Remove(Key(@namespace, name), out var was))
            {
                return null;
            }
            var gone = (JsonObject)was.DeepClone();
            gone["metadata"]!["resourceVersion"] = (++version).ToString(CultureInfo.InvariantCulture);
            Note(new KubeEvent(version, "DELETED", place, gone, was));
            return gone;
        }
    }

    public IReadOnlyList<KubeEvent> Since(long from, string place)
    {
        lock (gate)
        {
            return [.. history.Where(one => one.Version > from && one.Place == place)];
        }
    }

    /// <summary>Forgets all changes until now.</summary>
    public void Compact()
    {
        lock (gate)
        {
            history.Clear();
            oldest = version;
        }
    }

    /// <summary>All that is there, to be put back later.</summary>
    public Func<bool> Copy()
    {
        lock (gate)
        {
            var (then, kept) = (
                version,
                places.ToDictionary(
                    place => place.Key,
                    place => place.Value.ToDictionary(one => one.Key, one => (JsonObject)one.Value.DeepClone())
                )
            );
            return () => Restore(then, kept);
        }
    }

    /// <summary>As a cluster that was put back from a copy: its counter goes back, and its watches end.</summary>
    private bool Restore(long then, Dictionary<string, Dictionary<string, JsonObject>> kept)
    {
        lock (gate)
        {
            places.Clear();
            foreach (var (place, all) in kept)
            {
                foreach (var (key, one) in all)
                {
                    Place(place)[key] = one;
                }
            }
            history.Clear();
            (version, oldest) = (then, then);
            Wake();
            return true;
        }
    }

    public string Now() =>
        time.GetUtcNow().UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static bool Alike(JsonObject one, JsonObject other)
    {
        var (left, right) = ((JsonObject)one.DeepClone(), (JsonObject)other.DeepClone());
        left["metadata"]!.AsObject().Remove("resourceVersion");
        right["metadata"]!.AsObject().Remove("resourceVersion");
        return JsonNode.DeepEquals(left, right);
    }

    private void Note(KubeEvent one)
    {
        history.Add(one);
        if (history.Count > MostRemembered)
        {
            oldest = history[MostRemembered / 2].Version;
            history.RemoveRange(0, MostRemembered / 2 + 1);
        }
        Wake();
    }

    private void Wake()
    {
        changed.TrySetResult();
        changed = New();
    }

    private SortedDictionary<string, JsonObject> Place(string place) =>
        places.TryGetValue(place, out var found)
            ? found
            : places[place] = new SortedDictionary<string, JsonObject>(StringComparer.Ordinal);

    private static string Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) ? text : "";

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
