using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Prometheus;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Alertmanager;

/// <summary>Whose answers it gives where two versions differ.</summary>
internal enum AlertmanagerManner
{
    /// <summary>0.25.</summary>
    Older,

    /// <summary>0.35: names of UTF-8, what is muted, notes beside silences, other words for what is refused.</summary>
    Newest,
}

/// <summary>An Alertmanager (API v2) that is told of the fleet's firing alerts and keeps silences.</summary>
internal sealed class AlertmanagerStandIn(
    SimulatedFleet fleet,
    CurrentMetrics metrics,
    LoadedRules rules,
    AlertmanagerManner manner = AlertmanagerManner.Newest
) : IStandIn
{
    public AlertmanagerStandIn(SimulatedFleet fleet, CurrentMetrics metrics, AlertmanagerManner manner)
        : this(fleet, metrics, new LoadedRules(null, fleet, metrics), manner) { }

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Silence> _silences = [];

    private bool IsNewest => manner == AlertmanagerManner.Newest;

    public async Task AnswerAsync(HttpContext context)
    {
        try
        {
            await RouteAsync(context);
        }
        catch (AlertmanagerRefusal refusal)
        {
            await context.JsonAsync(
                refusal.Code is { } code
                    ? new JsonObject { ["code"] = code, ["message"] = refusal.Message }
                    : JsonValue.Create(refusal.Message),
                refusal.Status
            );
        }
    }

    private Task RouteAsync(HttpContext context) =>
        (context.Request.Method, context.Segments()) switch
        {
            ("GET", ["-", "healthy" or "ready"]) => context.TextAsync("OK"),
            ("GET", ["api", "v2", "alerts"]) => context.JsonAsync(
                new JsonArray([.. Firing().Where(a => Wanted(context.Request.Query, a)).Select(a => Json(a))])
            ),
            ("GET", ["api", "v2", "alerts", "groups"]) => context.JsonAsync(Groups(context.Request.Query)),
            ("POST", ["api", "v2", "alerts"]) => TakeAsync(context),
            ("GET", ["api", "v2", "status"]) => context.JsonAsync(Status()),
            ("GET", ["api", "v2", "receivers"]) => context.JsonAsync(new JsonArray(ReceiverItself())),
            ("GET", ["api", "v2", "silences"]) => context.JsonAsync(Silences(context.Request.Query)),
            ("POST", ["api", "v2", "silences"]) => SilenceAsync(context),
            ("GET", ["api", "v2", "silence", var id]) => OneAsync(context, id),
            ("DELETE", ["api", "v2", "silence", var id]) => EndAsync(context, id),
            (_, ["api", "v2", "alerts" or "silences"]) when IsNewest => throw new AlertmanagerRefusal(
                405,
                $"method {context.Request.Method} is not allowed, but [GET,POST] are",
                405
            ),
            (_, ["api", "v1", ..]) when IsNewest => context.JsonAsync(
                new JsonObject
                {
                    ["status"] = "deprecated",
                    ["error"] =
                        "The Alertmanager v1 API was deprecated in version 0.16.0 and is removed as of version 0.27.0 - please use the equivalent route in the v2 API",
                },
                410
            ),
            ("POST", ["-", "reload"]) => context.EmptyAsync(200),
            ("GET", ["metrics"]) => context.TextAsync(
                "# HELP alertmanager_alerts How many alerts by state.\n# TYPE alertmanager_alerts gauge\n"
                    + $"alertmanager_alerts{{state=\"active\"}} {Firing().Count()}\n"
            ),
            (_, ["api", "v2", ..]) when IsNewest => throw new AlertmanagerRefusal(
                404,
                $"path {context.Request.Path} was not found",
                404
            ),
            _ => context.TextAsync("404 page not found\n", 404),
        };

    /// <summary>What programs tell it is read, and not kept: its alerts are the fleet's.</summary>
    private static async Task TakeAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var told = JsonNode.Parse(await reader.ReadToEndAsync(context.RequestAborted)) as JsonArray ?? [];
        foreach (var alert in told)
        {
            if (alert?["labels"] is not JsonObject { Count: > 0 })
            {
                throw new AlertmanagerRefusal(400, "at least one label pair required");
            }
            if (Time(alert["startsAt"], out var starts) && Time(alert["endsAt"], out var ends) && ends < starts)
            {
                throw new AlertmanagerRefusal(400, "start time must be before end time");
            }
        }
        await context.EmptyAsync(200);
    }

    private IEnumerable<FleetAlert> Firing() =>
        AlertRules
            .At(metrics.Get(), fleet.Now)
            .Concat(rules.All.SelectMany(rules.AlertsOf))
            .Where(a => a.State == "firing");

    private bool Wanted(IQueryCollection query, FleetAlert alert)
    {
        var filters = Filters(query);
        var silenced = SilencersOf(alert.Labels).Any();
        if (silenced ? query["silenced"] == "false" : query["active"] == "false")
        {
            return false;
        }
        return (query["receiver"].ToString() is "" or Hook)
            && Array.TrueForAll(filters, filter => filter.Holds(alert.Labels));
    }

    private static Matcher[] Filters(IQueryCollection query) =>
        [
            .. query["filter"]
                .OfType<string>()
                .Select(text =>
                    Matcher.Parse(text)
                    ?? throw new AlertmanagerRefusal(
                        400,
                        text.StartsWith('{') || text.EndsWith('}')
                            ? $"unexpected open or close brace: {text}"
                            : $"bad matcher format: {text}"
                    )
                ),
        ];

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
                    ["routeLabels"] = new JsonObject(),
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
                ["mutedBy"] = new JsonArray(),
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
        var filters = Filters(query);
        lock (_gate)
        {
            return
            [
                .. _silences
                    .Values.Where(s => query[StateOf(s)] != "false")
                    .Where(s => filters.All(f => s.Matchers.Any(m => m.Name == f.Name && m.Value == f.Value)))
                    .OrderBy(s => s.EndsAt)
                    .Select(Json),
            ];
        }
    }

    private async Task SilenceAsync(HttpContext context)
    {
        var id = Keep(await WantedAsync(context));
        await context.JsonAsync(new JsonObject { ["silenceID"] = id });
    }

    private string Keep(Silence wanted)
    {
        lock (_gate)
        {
            if (_silences.TryGetValue(wanted.Id, out var before))
            {
                if (StateOf(before) != "expired" && before.Matchers.SequenceEqual(wanted.Matchers))
                {
                    _silences[before.Id] = wanted with { StartsAt = before.StartsAt };
                    return before.Id;
                }
                // Another silence takes its place.
                _silences[before.Id] = before with
                {
                    EndsAt = Math.Min(before.EndsAt, fleet.Now),
                };
            }
            else if (IsNewest && wanted.Id.Length > 0)
            {
                throw new AlertmanagerRefusal(404, "silence not found");
            }
            wanted = wanted with { Id = Guid.NewGuid().ToString() };
            _silences[wanted.Id] = wanted;
            return wanted.Id;
        }
    }

    private async Task<Silence> WantedAsync(HttpContext context)
    {
        if (IsNewest && !context.Request.HasJsonContentType())
        {
            throw new AlertmanagerRefusal(
                415,
                $"unsupported media type \"{context.Request.ContentType}\", only [application/json] are allowed",
                415
            );
        }
        var body = await context.ReadJsonAsync();
        if (body is null && IsNewest)
        {
            throw new AlertmanagerRefusal(400, "parsing silence body from \"\" failed, because unexpected EOF", 400);
        }
        foreach (var required in (string[])["comment", "createdBy", "endsAt", "matchers", "startsAt"])
        {
            if (body?[required] is null)
            {
                throw new AlertmanagerRefusal(422, $"{required} in body is required", 602);
            }
        }
        var matchers = Conditions(body!["matchers"] as JsonArray ?? []);
        if (!Time(body["startsAt"], out var starts) || !Time(body["endsAt"], out var ends))
        {
            throw new AlertmanagerRefusal(400, "bad times");
        }
        if (ends <= fleet.Now || (!IsNewest && ends <= starts))
        {
            throw new AlertmanagerRefusal(
                400,
                IsNewest
                    ? "Failed to create silence: end time can't be in the past"
                    : "silence invalid: end time can't be in the past"
            );
        }
        if (ends <= starts)
        {
            throw new AlertmanagerRefusal(400, "Failed to create silence: start time must be before end time");
        }
        return new Silence(
            Text(body["id"]),
            matchers,
            Math.Max(starts, fleet.Now),
            ends,
            fleet.Now,
            Text(body["createdBy"]),
            Text(body["comment"])
        )
        {
            Annotations = (body["annotations"] as JsonObject)?.ToJsonString(),
        };
    }

    private Matcher[] Conditions(JsonArray written)
    {
        if (written.Count == 0)
        {
            throw IsNewest
                ? new AlertmanagerRefusal(422, "matchers in body should have at least 1 items", 612)
                : new AlertmanagerRefusal(400, "bad matchers or times");
        }
        var matchers = new List<Matcher>();
        foreach (var one in written)
        {
            matchers.Add(
                Matcher.Read(one)
                    ?? throw new AlertmanagerRefusal(
                        400,
                        IsNewest
                            ? $"invalid silence: invalid label matcher {matchers.Count} in set 0: invalid regular expression \"{one?["value"]}\": error parsing regexp: missing closing ): `{one?["value"]}`"
                            : "bad matchers or times"
                    )
            );
        }
        if (IsNewest && matchers.TrueForAll(matcher => matcher.Holds(LabelSet.Empty)))
        {
            throw new AlertmanagerRefusal(
                400,
                "invalid silence: matcher set 0: at least one matcher must not match the empty string"
            );
        }
        return [.. matchers];
    }

    private Task OneAsync(HttpContext context, string id)
    {
        if (IsNewest && !Guid.TryParse(id, out _))
        {
            throw new AlertmanagerRefusal(422, $"silenceID in path must be of type uuid: \"{id}\"", 601);
        }
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

    private JsonObject Json(Silence silence)
    {
        var json = new JsonObject
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
        if (silence.Annotations is { } annotations)
        {
            json["annotations"] = JsonNode.Parse(annotations);
        }
        return json;
    }

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
                ["version"] = IsNewest ? "0.35.0+sandbox" : "0.25.0+sandbox",
            },
        };

    private const string Hook = "hook";

    private static JsonObject Receiver() => new() { ["name"] = Hook };

    private static JsonObject ReceiverItself() =>
        new()
        {
            ["name"] = Hook,
            ["labels"] = new JsonObject { ["name"] = Hook },
        };

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
    )
    {
        /// <summary>As JSON; null where none were given.</summary>
        public string? Annotations { get; init; }
    }
}

/// <summary>A request that it refuses.</summary>
/// <param name="code">Of what the schema found; null for what Alertmanager finds itself, whose answer is a JSON string.</param>
internal sealed class AlertmanagerRefusal(int status, string message, int? code = null) : Exception(message)
{
    public int Status { get; } = status;

    public int? Code { get; } = code;
}
