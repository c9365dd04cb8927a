using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.LangGraph;

/// <summary>One run, and what it has told.</summary>
internal sealed class SimulatedRun(string id, string graph, JsonObject metadata)
{
    private readonly List<(string Kind, JsonNode Data)> told = [];
    private TaskCompletionSource news = New();

    public string Id { get; } = id;
    public string Graph { get; } = graph;
    public JsonObject Metadata { get; } = metadata;
    public string Status { get; private set; } = "running";
    public bool IsDead { get; private set; }

    public void Tell(string kind, JsonNode data)
    {
        told.Add((kind, data));
        Wake();
    }

    public void End(string status)
    {
        Status = status;
        Wake();
    }

    public void Die()
    {
        IsDead = Status == "running";
        Wake();
    }

    public (IReadOnlyList<(string Kind, JsonNode Data)> Events, Task More, bool Ended, bool Dead) From(int place) =>
        IsDead ? ([], news.Task, false, true) : ([.. told.Skip(place)], news.Task, Status != "running", false);

    private void Wake()
    {
        var waiting = news;
        news = New();
        waiting.TrySetResult();
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/// <summary>One thread of the simulated server: its graphs go as far as they can at once.</summary>
internal sealed class SimulatedThread(
    LangGraphStandIn server,
    string id,
    TimeProvider time,
    bool isPython,
    JsonObject metadata
)
{
    public static IReadOnlyList<string> Graphs { get; } = ["asks", "two", "slow", "fails", "proposes"];

    private readonly List<string> notes = [];
    private readonly List<string> said = [];
    private readonly string task = Guid.NewGuid().ToString("D");
    private string text = "";
    private int asked;
    private string? error;
    private DateTimeOffset updated = time.GetUtcNow();
    private int moved;

    public string Status { get; private set; } = "idle";
    public List<SimulatedRun> Runs { get; } = [];

    /// <summary>What it asks now.</summary>
    public List<(string Id, JsonNode Value)> Open { get; private set; } = [];

    private string Updated => updated.AddMilliseconds(moved).ToString("O", CultureInfo.InvariantCulture);

    public static string IdOf(string graph) =>
        new Guid(SHA256.HashData(Encoding.UTF8.GetBytes(graph)).AsSpan(0, 16)).ToString("D");

    public JsonObject Begin(string graph, JsonObject body)
    {
        var own = new JsonObject
        {
            ["created_by"] = "system",
            ["graph_id"] = graph,
            ["assistant_id"] = IdOf(graph),
        };
        foreach (var (name, value) in (body["metadata"] as JsonObject ?? []).Concat(metadata))
        {
            own[name] = value?.DeepClone();
        }
        var run = new SimulatedRun(Guid.CreateVersion7().ToString("D"), graph, own);
        Runs.Insert(0, run);
        (Status, error) = ("busy", null);
        Move();
        run.Tell("metadata", new JsonObject { ["run_id"] = run.Id, ["attempt"] = 1 });
        // As it was answered: pending, whatever becomes of it in the same moment.
        var answered = RunJson(run, "pending");
        if (body["command"]?["resume"] is { } resume)
        {
            Resume(
                resume is JsonObject map
                    ? map.ToDictionary(one => one.Key, one => one.Value?.DeepClone())
                    : Open.ToDictionary(one => one.Id, _ => (JsonNode?)resume.DeepClone())
            );
        }
        else
        {
            var input = body["input"] as JsonObject;
            text = (string?)input?["text"] ?? (string?)input?["messages"]?[0]?["content"] ?? "";
            Open = [];
            Go(graph, run);
        }
        return answered;
    }

    /// <summary>Answers what it asks; what it does not ask is ignored, and the node's start is run again.</summary>
    public void Resume(Dictionary<string, JsonNode?> answers)
    {
        var run = Runs[0];
        if (server.Manager is { } manager)
        {
            Resume(run, manager, answers);
            return;
        }
        foreach (var (asked, _) in Open)
        {
            server.Started();
            if (answers.TryGetValue(asked, out var answer))
            {
                notes.Add($"answer {(answer is JsonValue word ? word.ToString() : answer?.ToJsonString())}");
            }
        }
        Open = [.. Open.Where(one => !answers.ContainsKey(one.Id))];
        if (Open.Count > 0)
        {
            Ask(run);
            return;
        }
        run.Tell("updates", new JsonObject { ["ask"] = Notes() });
        notes.Add("done");
        run.Tell("updates", new JsonObject { ["last"] = Notes() });
        Rest("idle", "success");
    }

    private void Resume(SimulatedRun run, VpsDecision manager, Dictionary<string, JsonNode?> answers)
    {
        if (Open is not [var question] || !answers.TryGetValue(question.Id, out var answer))
        {
            Ask(run);
            return;
        }
        Open = [];
        if (question.Value["kind"] is null)
        {
            text = $"{text} {answer}";
            run.Tell("updates", new JsonObject { ["ask"] = new JsonObject { ["answer"] = answer?.ToString() } });
            Ask(run, manager.Asks(Tenant, text));
            return;
        }
        Say(run, "propose", VpsDecision.Says(question.Value, answer));
    }

    private void Say(SimulatedRun run, string node, string words)
    {
        said.Add(words);
        run.Tell("updates", new JsonObject { [node] = new JsonObject { ["messages"] = Messages() } });
        Rest("idle", "success");
    }

    private JsonArray Messages() => new([Message("user", text), .. said.Select(words => Message("assistant", words))]);

    private static JsonNode Message(string role, string words) =>
        new JsonObject { ["role"] = role, ["content"] = words };

    /// <summary>What it said last.</summary>
    public string? Said => said.Count > 0 ? said[^1] : null;

    /// <summary>What its nodes said, in order.</summary>
    public IEnumerable<(string Node, string Text)> Told() =>
        from run in Runs
        from told in run.From(0).Events
        where told.Kind == "updates" && told.Data is JsonObject
        from node in told.Data.AsObject()
        where node.Key != "__interrupt__"
        select (node.Key, node.Value?.ToJsonString() ?? "");

    private string Tenant => (string?)metadata["tenant"] ?? "";

    public void End(string note)
    {
        notes.Add(note);
        Runs[0].Tell("updates", new JsonObject { ["last"] = Notes() });
        Rest("idle", "success");
    }

    /// <summary>Its server was stopped.</summary>
    public void Die()
    {
        foreach (var run in Runs)
        {
            run.Die();
        }
    }

    public bool Cancel(string run)
    {
        if (Runs.Find(one => one.Id == run) is not { Status: "running" })
        {
            return false;
        }
        Rest(isPython ? "interrupted" : "error", isPython ? "interrupted" : "error");
        return true;
    }

    public JsonObject Json(bool withErrors)
    {
        var interrupts = new JsonObject();
        if (Open.Count > 0)
        {
            interrupts[task] = Asked();
        }
        else if (!isPython && Status == "error")
        {
            interrupts[task] = new JsonArray();
        }
        var json = new JsonObject
        {
            ["thread_id"] = id,
            ["created_at"] = Updated,
            ["updated_at"] = Updated,
            ["metadata"] = metadata.DeepClone(),
            ["status"] = Status,
            ["config"] = new JsonObject { ["configurable"] = new JsonObject() },
            ["values"] = Values(),
            ["interrupts"] = interrupts,
        };
        if (withErrors)
        {
            json["error"] = error;
        }
        return json;
    }

    public JsonObject State() =>
        new()
        {
            ["values"] = Values(),
            ["next"] = Open.Count > 0 ? new JsonArray("ask") : new JsonArray(),
            ["tasks"] =
                Open.Count > 0 || error is not null
                    ? new JsonArray(
                        new JsonObject
                        {
                            ["id"] = task,
                            ["name"] = "ask",
                            ["error"] = error,
                            ["interrupts"] = Asked(),
                        }
                    )
                    : new JsonArray(),
            ["checkpoint"] = new JsonObject
            {
                ["thread_id"] = id,
                ["checkpoint_id"] = moved.ToString(CultureInfo.InvariantCulture),
            },
        };

    public JsonArray RunsJson() => new([.. Runs.Select(run => (JsonNode)RunJson(run))]);

    public JsonObject RunJson(SimulatedRun run, string? status = null) =>
        new()
        {
            ["run_id"] = run.Id,
            ["thread_id"] = id,
            ["assistant_id"] = IdOf(run.Graph),
            ["metadata"] = run.Metadata.DeepClone(),
            ["status"] = status ?? run.Status,
        };

    private void Go(string graph, SimulatedRun run)
    {
        if (server.Manager is { } manager)
        {
            run.Tell("updates", new JsonObject { ["look"] = manager.Look(Tenant) });
            if (graph == VpsDecision.Report)
            {
                Say(run, "report", manager.Reports(Tenant));
            }
            else
            {
                Ask(run, manager.Asks(Tenant, text));
            }
            return;
        }
        notes.Add("looked");
        run.Tell("updates", new JsonObject { ["look"] = Notes() });
        switch (graph)
        {
            case "asks":
                Ask(run, [.. Enumerable.Range(0, server.Times).Select(_ => new JsonObject { ["what"] = text })]);
                break;
            case "two":
                Ask(run, new JsonObject { ["which"] = "a" }, new JsonObject { ["which"] = "b" });
                break;
            case "proposes":
                Ask(run, [server.Proposes, .. server.AlsoProposes is { } other ? [other] : Array.Empty<JsonObject>()]);
                break;
            case "fails":
                error = isPython ? "ValueError('no such host: vps-9')" : null;
                run.Tell(
                    "error",
                    new JsonObject
                    {
                        ["error"] = isPython ? "ValueError" : "Error",
                        ["message"] = "no such host: vps-9",
                    }
                );
                Rest("error", "error");
                break;
        }
    }

    private void Ask(SimulatedRun run, params JsonObject[] questions)
    {
        foreach (var question in questions)
        {
            server.Started();
            // The Sandbox's seed knows its questions by their ids, also after another start.
            var own = server.Manager is null ? Guid.NewGuid().ToString("N") : IdOf($"{id} {++asked}");
            Open.Add((own, question.DeepClone()));
        }
        run.Tell("updates", new JsonObject { ["__interrupt__"] = Asked() });
        Rest("interrupted", "success");
    }

    private void Rest(string status, string ofRun)
    {
        Status = status;
        Move();
        Runs[0].End(ofRun);
    }

    private void Move()
    {
        updated = time.GetUtcNow();
        moved++;
    }

    private JsonArray Asked() =>
        new([.. Open.Select(one => (JsonNode)new JsonObject { ["id"] = one.Id, ["value"] = one.Value.DeepClone() })]);

    private JsonObject Notes() => new() { ["notes"] = new JsonArray([.. notes.Select(one => (JsonNode)one)]) };

    private JsonObject Values()
    {
        var values = Notes();
        values["text"] = text;
        if (server.Manager is not null)
        {
            values["messages"] = Messages();
        }
        return values;
    }
}
