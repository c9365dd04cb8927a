using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Kubernetes;

/// <summary>Reading one, lists with pages, and watches.</summary>
internal sealed class KubeReads(KubeStore store, TimeProvider time) : IDisposable
{
    private const string PageVersion = "meta.k8s.io/v1";
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromMinutes(1);
    private readonly Lock gate = new();
    private CancellationTokenSource cut = new();

    public void Cut()
    {
        lock (gate)
        {
            cut.Cancel();
            cut.Dispose();
            cut = new CancellationTokenSource();
        }
    }

    public void Dispose() => cut.Dispose();

    public JsonObject Get(KubePlace place)
    {
        var one =
            store.Find(place.Resource.Place, place.Namespace ?? "", place.Name)
            ?? throw KubeRefusal.NotFound(place.Resource, place.Name);
        return place.Part == "scale" ? KubeWrites.Scale(one) : Shown(place.Resource, one);
    }

    public async Task ListAsync(HttpContext context, KubePlace place)
    {
        var query = context.Request.Query;
        if (query.ContainsKey("sendInitialEvents"))
        {
            throw KubeRefusal.Invalid(
                "meta.k8s.io",
                "ListOptions",
                "",
                (
                    "FieldValueForbidden",
                    "Forbidden: resourceVersionMatch is forbidden unless resourceVersion is provided",
                    "resourceVersionMatch"
                ),
                ("FieldValueForbidden", "Forbidden: sendInitialEvents is forbidden for list", "sendInitialEvents")
            );
        }
        var asked = VersionOf(query["resourceVersion"], "");
        if (asked > store.Version)
        {
            throw new KubeRefusal(
                504,
                "Timeout",
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"Timeout: Too large resource version: {asked}, current: {store.Version}"
                ),
                new JsonObject
                {
                    ["causes"] = new JsonArray(
                        new JsonObject
                        {
                            ["reason"] = "ResourceVersionTooLarge",
                            ["message"] = "Too large resource version",
                        }
                    ),
                    ["retryAfterSeconds"] = 1,
                }
            )
            {
                RetryAfter = 1,
            };
        }
        if (query["resourceVersionMatch"] == "Exact" && asked < store.Oldest)
        {
            throw new KubeRefusal(410, "Expired", "The resourceVersion for the provided list is too old.");
        }
        var labels = KubeSelectors.Labels(query["labelSelector"]);
        var fields = KubeSelectors.Fields(query["fieldSelector"], place.Resource);
        var (version, start) = Continue(query["continue"]);
        var all = store
            .All(place.Resource.Place, place.Namespace)
            .Select(one => Shown(place.Resource, one))
            .Where(one => labels(one) && fields(one))
            .ToList();
        if (start.Length > 0)
        {
            all = [.. all.Where(one => string.CompareOrdinal(KeyOf(one), start) > 0)];
        }
        var metadata = new JsonObject
        {
            ["resourceVersion"] = (version > 0 ? version : store.Version).ToString(CultureInfo.InvariantCulture),
        };
        if (int.TryParse(query["limit"], CultureInfo.InvariantCulture, out var limit) && limit > 0 && all.Count > limit)
        {
            var left = all.Count - limit;
            all = all[..limit];
            metadata["continue"] = Token(version > 0 ? version : store.Version, KeyOf(all[^1]) + "\0");
            if (query["labelSelector"].Count == 0 && query["fieldSelector"].Count == 0)
            {
                metadata["remainingItemCount"] = left;
            }
        }
        await context.JsonAsync(
            new JsonObject
            {
                ["kind"] = $"{place.Resource.Kind}List",
                ["apiVersion"] = place.Resource.ApiVersion,
                ["metadata"] = metadata,
                ["items"] = new JsonArray([
                    .. all.Select(one =>
                    {
                        one.Remove("kind");
                        one.Remove("apiVersion");
                        return one;
                    }),
                ]),
            }
        );
    }

    public async Task WatchAsync(HttpContext context, KubePlace place)
    {
        var query = context.Request.Query;
        var initial = query["sendInitialEvents"] == "true";
        if (initial && query["resourceVersionMatch"] != "NotOlderThan")
        {
            throw KubeRefusal.Invalid(
                "meta.k8s.io",
                "ListOptions",
                "",
                (
                    "FieldValueForbidden",
                    "Forbidden: sendInitialEvents requires setting resourceVersionMatch to NotOlderThan",
                    "resourceVersionMatch"
                )
            );
        }
        var labels = KubeSelectors.Labels(query["labelSelector"]);
        var fields = KubeSelectors.Fields(query["fieldSelector"], place.Resource);
        var bookmarks = query["allowWatchBookmarks"] == "true";
        var from = VersionOf(query["resourceVersion"], "");
        bool Wanted(JsonObject? one) =>
            one is not null
            && (place.Namespace is null || one["metadata"]?["namespace"]?.GetValue<string>() == place.Namespace)
            && labels(one)
            && fields(Shown(place.Resource, one));
        CancellationToken cutting;
        lock (gate)
        {
            cutting = cut.Token;
        }
        var seconds = int.TryParse(query["timeoutSeconds"], CultureInfo.InvariantCulture, out var asked) ? asked : 1800;
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(seconds), time);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(
            deadline.Token,
            cutting,
            context.RequestAborted
        );
        context.Response.ContentType = "application/json";
        await context.Response.Body.FlushAsync(context.RequestAborted);
        if (from > 0 && from < store.Oldest)
        {
            await LineAsync(
                context,
                "ERROR",
                new KubeRefusal(
                    410,
                    "Expired",
                    string.Create(CultureInfo.InvariantCulture, $"too old resource version: {from} ({store.Oldest})")
                ).Status()
            );
            return;
        }
        var ahead = from > store.Version;
        if (from == 0)
        {
            from = store.Version;
            foreach (var one in store.All(place.Resource.Place, place.Namespace).Where(Wanted))
            {
                await LineAsync(context, "ADDED", Shown(place.Resource, one));
            }
            if (initial && bookmarks)
            {
                await BookmarkAsync(context, place.Resource, from, isEnd: true);
            }
        }
        try
        {
            while (true)
            {
                // Of what lies ahead nothing is told, and no error either.
                var changed = store.Changed;
                foreach (var one in ahead ? [] : store.Since(from, place.Resource.Place))
                {
                    from = one.Version;
                    var (was, isNow) = (Wanted(one.Before), one.Type != "DELETED" && Wanted(one.Object));
                    if (!was && !isNow)
                    {
                        continue;
                    }
                    var shown = Shown(
                        place.Resource,
                        (JsonObject)(isNow || one.Before is null ? one.Object : one.Before).DeepClone()
                    );
                    shown["metadata"]!["resourceVersion"] = one.Version.ToString(CultureInfo.InvariantCulture);
                    await LineAsync(
                        context,
                        !isNow ? "DELETED"
                            : was ? "MODIFIED"
                            : "ADDED",
                        shown
                    );
                }
                var bookmark = Task.Delay(BookmarkEvery, time, ending.Token);
                if (await Task.WhenAny(changed, bookmark) == bookmark)
                {
                    await bookmark;
                    if (bookmarks && !ahead)
                    {
                        from = Math.Max(from, store.Version);
                        await BookmarkAsync(context, place.Resource, from, isEnd: false);
                    }
                }
            }
        }
        catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
        {
            if (cutting.IsCancellationRequested)
            {
                context.Abort();
            }
            else if (bookmarks && !ahead)
            {
                await BookmarkAsync(context, place.Resource, Math.Max(from, store.Version), isEnd: false);
            }
        }
    }

    public async Task LogAsync(HttpContext context, KubePlace place)
    {
        var pod =
            store.Find("pods", place.Namespace ?? "", place.Name)
            ?? throw KubeRefusal.NotFound(place.Resource, place.Name);
        if (pod["status"]?["phase"]?.GetValue<string>() != "Running")
        {
            throw KubeRefusal.BadRequest(
                $"container \"{context.Request.Query["container"]}\" in pod \"{place.Name}\" is waiting to start: ContainerCreating"
            );
        }
        var at = time.GetUtcNow()
            .UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff'00Z'", CultureInfo.InvariantCulture);
        await context.TextAsync($"{at} {place.Name} answers on port 8080\n{at} GET /health 200\n");
    }

    /// <summary>Events of the newer group are the same objects in other words.</summary>
    public static JsonObject Shown(KubeResource resource, JsonObject one)
    {
        var shown = new JsonObject { ["kind"] = resource.Kind, ["apiVersion"] = resource.ApiVersion };
        foreach (var (name, value) in one.Where(member => member.Key is not ("kind" or "apiVersion")))
        {
            shown[name] = value?.DeepClone();
        }
        if (resource is { Name: "events", Group: "events.k8s.io" })
        {
            Rename("involvedObject", "regarding");
            Rename("message", "note");
            Rename("source", "deprecatedSource");
            Rename("firstTimestamp", "deprecatedFirstTimestamp");
            Rename("lastTimestamp", "deprecatedLastTimestamp");
            Rename("count", "deprecatedCount");
            Rename("reportingComponent", "reportingController");
        }
        return shown;

        void Rename(string old, string fresh)
        {
            if (shown.ContainsKey(old))
            {
                var value = shown[old];
                shown.Remove(old);
                shown[fresh] = value;
            }
        }
    }

    private static Task BookmarkAsync(HttpContext context, KubeResource resource, long version, bool isEnd)
    {
        var metadata = new JsonObject { ["resourceVersion"] = version.ToString(CultureInfo.InvariantCulture) };
        if (isEnd)
        {
            metadata["annotations"] = new JsonObject { ["k8s.io/initial-events-end"] = "true" };
        }
        var one = new JsonObject
        {
            ["kind"] = resource.Kind,
            ["apiVersion"] = resource.ApiVersion,
            ["metadata"] = metadata,
        };
        if (resource.Kind == "Deployment")
        {
            one["spec"] = new JsonObject
            {
                ["replicas"] = 0,
                ["selector"] = null,
                ["template"] = new JsonObject
                {
                    ["metadata"] = new JsonObject(),
                    ["spec"] = new JsonObject { ["containers"] = null },
                },
                ["strategy"] = new JsonObject(),
            };
            one["status"] = new JsonObject();
        }
        return LineAsync(context, "BOOKMARK", one);
    }

    private static Task LineAsync(HttpContext context, string type, JsonObject one) =>
        context.LineAsync(new JsonObject { ["type"] = type, ["object"] = one });

    private static string KeyOf(JsonObject one) =>
        KubeStore.Key(
            one["metadata"]?["namespace"]?.GetValue<string>() ?? "",
            one["metadata"]!["name"]!.GetValue<string>()
        );

    private (long Version, string Start) Continue(string? token)
    {
        if (string.IsNullOrEmpty(token))
        {
            return (0, "");
        }
        JsonNode? read;
        try
        {
            var padded = token.Replace('-', '+').Replace('_', '/') + new string('=', (4 - token.Length % 4) % 4);
            read = JsonNode.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(padded)));
        }
        catch (Exception exception) when (exception is FormatException or JsonException)
        {
            throw KubeRefusal.BadRequest(
                "invalid continue token: continue key is not valid: invalid character 'i' looking for beginning of value"
            );
        }
        var (version, start) = (read!["rv"]!.GetValue<long>(), read["start"]!.GetValue<string>());
        if (version > 0 && version < store.Oldest)
        {
            throw new KubeRefusal(
                410,
                "Expired",
                "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
            )
            {
                Continue = Token(-1, start.TrimStart('/')),
            };
        }
        return (Math.Max(version, 0), start.StartsWith('/') ? start.TrimEnd('\0') : "/" + start.TrimEnd('\0'));
    }

    private static string Token(long version, string start) =>
        Convert
            .ToBase64String(
                Encoding.UTF8.GetBytes(
                    new JsonObject
                    {
                        ["v"] = PageVersion,
                        ["rv"] = version,
                        ["start"] = start,
                    }.ToJsonString()
                )
            )
            .TrimEnd('=')
            .Replace('+', '-')
            .Replace('/', '_');

    private static long VersionOf(string? text, string fallback)
    {
        var given = string.IsNullOrEmpty(text) ? fallback : text;
        return given.Length == 0 ? 0
            : long.TryParse(given, CultureInfo.InvariantCulture, out var version) ? version
            : throw KubeRefusal.BadRequest(
                $"invalid resource version: resourceVersion: Invalid value: \"{given}\": strconv.ParseUint: parsing \"{given}\": invalid syntax"
            );
    }
}
