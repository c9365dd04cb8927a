using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Prometheus;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Alertmanager;

/// <summary>An Alertmanager (API v2) that is told of the fleet's firing alerts and keeps silences.</summary>
internal sealed class AlertmanagerStandIn(SimulatedFleet fleet, CurrentMetrics metrics, LoadedRules rules) : IStandIn
{
    public AlertmanagerStandIn(SimulatedFleet fleet, CurrentMetrics metrics)
        : this(fleet, metrics, new LoadedRules(null, fleet, metrics)) { }

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Silence> _silences = [];

    public Task AnswerAsync(HttpContext context) =>
        (context.Request.Method, context.Segments()) switch
        {
            ("GET", ["-", "healthy" or "ready"]) => context.TextAsync("OK"),
            ("GET", ["api", "v2", "alerts"]) => context.JsonAsync(
                new JsonArray([.. Firing().Where(a => Wanted(context.Request.Query, a)).Select(a => Json(a))])
            ),
            ("GET", ["api", "v2", "alerts", "groups"]) => context.JsonAsync(Groups(context.Request.Query)),
            ("GET", ["api", "v2", "status"]) => context.JsonAsync(Status()),
            ("GET", ["api", "v2", "receivers"]) => context.JsonAsync(new JsonArray(Receiver())),
            ("GET", ["api", "v2", "silences"]) => context.JsonAsync(Silences(context.Request.Query)),
            ("POST", ["api", "v2", "silences"]) => SilenceAsync(context),
            ("GET", ["api", "v2", "silence", var id]) => OneAsync(context, id),
            ("DELETE", ["api", "v2", "silence", var id]) => EndAsync(context, id),
            _ => context.TextAsync("404 page not found\n", 404),
        };

    private IEnumerable<FleetAlert> Firing() =>
        AlertRules
            .At(metrics.Get(), fleet.Now)
            .Concat(rules.All.SelectMany(rules.AlertsOf))
            .Where(a => a.State == "firing");

    private bool Wanted(IQueryCollection query, FleetAlert alert)
    {
        var silenced = SilencersOf(alert.Labels).Any();
        if (silenced ? query["silenced"] == "false" : query["active"] == "false")
        {
            return false;
        }
        return query["filter"].All(f => f is null || Matcher.Parse(f) is not { } m || m.Holds(alert.Labels));
    }

    private JsonArray Groups(IQueryCollection query) =>
        [
            .. Firing()
                .Where(a => Wanted(query, a))
                .GroupBy(a => a.Labels["tenant"], StringComparer.Ordinal)
                .Select(group => new JsonObject
                {
                    ["alerts"] = new JsonArray([.. group.Select(a => Json(a))]),
                    ["labels"] = new JsonObject { ["tenant"] = group.Key },
                    ["receiver"] = Receiver(),
                }),
        ];

    private JsonObject Json(FleetAlert alert)
    {
        var silencedBy = SilencersOf(alert.Labels).ToArray();
        var updated = Math.Floor(fleet.Now / 60) * 60;
        return new JsonObject
        {
            ["annotations"] = new JsonObject { ["summary"] = AlertRules.Summary(alert) },
            ["endsAt"] = Millis(updated + 240),
            ["fingerprint"] = Fingerprint.Of(alert.Labels),
            ["receivers"] = new JsonArray(Receiver()),
            ["startsAt"] = Millis(alert.Since + alert.Rule.ForSeconds),
            ["status"] = new JsonObject
            {
                ["inhibitedBy"] = new JsonArray(),
                ["silencedBy"] = new JsonArray([.. silencedBy.Select(s => (JsonNode)s)]),
                ["state"] = silencedBy.Length > 0 ? "suppressed" : "active",
            },
            ["updatedAt"] = Millis(updated),
            ["generatorURL"] =
                "http://prometheus:9090/graph?g0.expr=" + Uri.EscapeDataString(alert.Rule.Query) + "&g0.tab=1",
            ["labels"] = new JsonObject(
                alert.Labels.Pairs.ToArray().Select(p => KeyValuePair.Create(p.Key, (JsonNode?)p.Value))
            ),
        };
    }

    private IEnumerable<string> SilencersOf(LabelSet labels)
    {
        lock (_gate)
        {
            return
            [
                .. _silences
                    .Values.Where(s => StateOf(s) == "active" && s.Matchers.All(m => m.Holds(labels)))
                    .Select(s => s.Id),
            ];
        }
    }

    private JsonArray Silences(IQueryCollection query)
    {
        var filters = query["filter"].Select(f => Matcher.Parse(f ?? "")).OfType<Matcher>().ToArray();
        lock (_gate)
        {
            return
            [
                .. _silences
                    .Values.Where(s => filters.All(f => s.Matchers.Any(m => m.Name == f.Name && m.Value == f.Value)))
                    .OrderBy(s => s.EndsAt)
                    .Select(Json),
            ];
        }
    }

    private async Task SilenceAsync(HttpContext context)
    {
        var body = await context.ReadJsonAsync() ?? [];
        foreach (var required in (string[])["comment", "createdBy", "endsAt", "matchers", "startsAt"])
        {
            if (body[required] is null)
            {
                await RefuseAsync(context, 422, 602, $"{required} in body is required");
                return;
            }
        }
        var matchers = (body["matchers"] as JsonArray ?? []).Select(Matcher.Read).ToArray();
        if (
            matchers.Length == 0
            || matchers.Any(m => m is null)
            || !Time(body["startsAt"], out var starts)
            || !Time(body["endsAt"], out var ends)
        )
        {
            await BadAsync(context, "bad matchers or times");
            return;
        }
        if (ends <= starts || ends <= fleet.Now)
        {
            await BadAsync(context, "silence invalid: end time can't be in the past");
            return;
        }
        var wanted = Text(body["id"]);
        string id;
        lock (_gate)
        {
            id = wanted.Length > 0 && _silences.ContainsKey(wanted) ? wanted : Guid.NewGuid().ToString();
            _silences[id] = new Silence(
                id,
                [.. matchers!],
                Math.Max(starts, fleet.Now),
                ends,
                fleet.Now,
                Text(body["createdBy"]),
                Text(body["comment"])
            );
        }
        await context.JsonAsync(new JsonObject { ["silenceID"] = id });
    }

    private Task OneAsync(HttpContext context, string id)
    {
        lock (_gate)
        {
            return _silences.TryGetValue(id, out var silence)
                ? context.JsonAsync(Json(silence))
                : context.EmptyAsync(404);
        }
    }

    private Task EndAsync(HttpContext context, string id)
    {
        lock (_gate)
        {
            if (!_silences.TryGetValue(id, out var silence))
            {
                return context.EmptyAsync(404);
            }
            _silences[id] = silence with { EndsAt = Math.Min(silence.EndsAt, fleet.Now), UpdatedAt = fleet.Now };
        }
        return context.EmptyAsync(200);
    }

    private JsonObject Json(Silence silence) =>
        new()
        {
            ["id"] = silence.Id,
            ["status"] = new JsonObject { ["state"] = StateOf(silence) },
            ["updatedAt"] = Millis(silence.UpdatedAt),
            ["comment"] = silence.Comment,
            ["createdBy"] = silence.CreatedBy,
            ["endsAt"] = Millis(silence.EndsAt),
            ["matchers"] = new JsonArray([.. silence.Matchers.Select(m => m.Json())]),
            ["startsAt"] = Millis(silence.StartsAt),
        };

    private string StateOf(Silence silence) =>
        silence.EndsAt <= fleet.Now ? "expired"
        : silence.StartsAt > fleet.Now ? "pending"
        : "active";

    private JsonObject Status() =>
        new()
        {
            ["cluster"] = new JsonObject { ["peers"] = new JsonArray(), ["status"] = "disabled" },
            ["config"] = new JsonObject
            {
                ["original"] = "route:\n  receiver: hook\n  group_by: [tenant]\nreceivers:\n- name: hook\n",
            },
            ["uptime"] = Millis(fleet.StartedAt),
            ["versionInfo"] = new JsonObject
            {
                ["branch"] = "sandbox",
                ["buildDate"] = "20260604-00:58:54",
                ["buildUser"] = "sandbox",
                ["goVersion"] = "go1.19.8",
                ["revision"] = "sandbox",
                ["version"] = "0.25.0+sandbox",
            },
        };

    private static JsonObject Receiver() => new() { ["name"] = "hook" };

    private static Task RefuseAsync(HttpContext context, int status, int code, string message) =>
        context.JsonAsync(new JsonObject { ["code"] = code, ["message"] = message }, status);

    /// <summary>What Alertmanager finds itself, after the schema: a JSON string.</summary>
    private static Task BadAsync(HttpContext context, string message) =>
        context.JsonAsync(JsonValue.Create(message), 400);

    private static string Text(JsonNode? node) => node?.GetValueKind() == JsonValueKind.String ? (string)node! : "";

    private static bool Time(JsonNode? node, out double seconds)
    {
        var read = DateTimeOffset.TryParse(
            Text(node),
            CultureInfo.InvariantCulture,
            DateTimeStyles.AssumeUniversal,
            out var time
        );
        seconds = (time - DateTimeOffset.UnixEpoch).TotalSeconds;
        return read;
    }

    private static string Millis(double seconds) =>
        DateTimeOffset
            .UnixEpoch.AddMilliseconds(Math.Round(seconds * 1000))
            .ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private sealed record Silence(
        string Id,
        IReadOnlyList<Matcher> Matchers,
        double StartsAt,
        double EndsAt,
        double UpdatedAt,
        string CreatedBy,
        string Comment
    );
}
