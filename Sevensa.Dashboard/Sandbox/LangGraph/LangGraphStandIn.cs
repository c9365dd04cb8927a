using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.LangGraph;

/// <summary>Whose answers it gives: the two servers differ in two dozen ways.</summary>
internal enum LangGraphManner
{
    /// <summary>langgraph-api 0.16.</summary>
    Python,

    /// <summary>@langchain/langgraph-cli 2.0.</summary>
    JavaScript,
}

/// <summary>
/// A LangGraph server with the graphs of the recordings: <c>asks</c> asks a person, <c>two</c> ask at once, <c>slow</c> goes on until
/// it is let go, <c>fails</c> raises, and <c>proposes</c> asks for an action by its name.
/// </summary>
internal sealed class LangGraphStandIn(LangGraphManner manner, TimeProvider time) : IStandIn
{
    private const long FirstId = 1795883654881;

    /// <summary>Of a run that goes on without a word.</summary>
    private static readonly TimeSpan beat = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly Dictionary<string, SimulatedThread> threads = [];

    private bool IsPython => manner == LangGraphManner.Python;

    /// <summary>What <c>proposes</c> asks for; another node of the same thread asks for <see cref="AlsoProposes"/>.</summary>
    public JsonObject Proposes { get; set; } =
        new()
        {
            ["kind"] = "container.restart",
            ["target"] = "rentguy-web-1",
            ["parameters"] = new JsonObject(),
            ["reason"] = "Its answers take 2 s since 10:00.",
        };

    /// <summary>The graphs of the Sandbox in place of those of the recordings.</summary>
    public VpsDecision? Manager { get; init; }

    private IReadOnlyList<string> Graphs => Manager is null ? SimulatedThread.Graphs : VpsDecision.Graphs;

    /// <summary>Null when it asks for one thing alone.</summary>
    public JsonObject? AlsoProposes { get; set; }

    /// <summary>How often <c>asks</c> asks at once.</summary>
    public int Times { get; set; } = 1;

    /// <summary>Threads that it gives the answers of another for, by their ids.</summary>
    public ConcurrentDictionary<string, string> Mistakes { get; } = new();

    /// <summary>Told of each request before it is answered.</summary>
    public Action<HttpContext>? Asked { get; set; }

    /// <summary>Answers that were handed in, in order: the map of each call.</summary>
    public List<string> Resumed { get; } = [];

    /// <summary>Runs of a node's start, which do their effects each time.</summary>
    public int Starts { get; private set; }

    /// <summary>Key that it wants in <c>X-Api-Key</c>; none when null.</summary>
    public string? Key { get; set; }

    /// <summary>Ids of its threads.</summary>
    public IReadOnlyList<string> Threads
    {
        get
        {
            lock (gate)
            {
                return [.. threads.Keys];
            }
        }
    }

    /// <summary>Runs that were begun on a thread.</summary>
    public int RunsOf(string thread)
    {
        lock (gate)
        {
            return threads[thread].Runs.Count;
        }
    }

    /// <summary>As it tells of a thread.</summary>
    public string StatusOf(string thread)
    {
        lock (gate)
        {
            return threads[thread].Status;
        }
    }

    /// <summary>Lets a slow run go on to its end.</summary>
    public void LetGo(string thread) => Within(thread, one => one.End("done"));

    /// <summary>Stopped and started again: what was under way is gone with its thread, or called running for ever.</summary>
    public void Restart()
    {
        lock (gate)
        {
            foreach (var (id, thread) in threads.ToList())
            {
                if (thread.Status == "busy" && IsPython)
                {
                    threads.Remove(id);
                }
                thread.Die();
            }
        }
    }

    /// <summary>Somebody answers at the server itself.</summary>
    public void AnswerThere(string thread, string answer) =>
        Within(thread, one => one.Resume(one.Open.ToDictionary(asked => asked.Id, _ => (JsonNode?)answer)));

    public async Task AnswerAsync(HttpContext context)
    {
        Asked?.Invoke(context);
        if (Key is { } key && context.Request.Headers["X-Api-Key"] != key)
        {
            await RefuseAsync(context, 403, "Forbidden");
            return;
        }
        var isPost = context.Request.Method == "POST";
        var body = isPost ? await context.ReadJsonAsync() : null;
        if (isPost && body is null && context.Request.ContentLength > 0)
        {
            await RefuseAsync(
                context,
                IsPython ? 422 : 400,
                IsPython ? "Invalid JSON in request body" : "Malformed JSON in request body"
            );
            return;
        }
        await RouteAsync(context, body);
    }

    private Task RouteAsync(HttpContext context, JsonObject? body) =>
        (context.Request.Method, context.Segments()) switch
        {
            ("GET", ["ok"]) => context.JsonAsync(
                IsPython ? new JsonObject { ["ok"] = true, ["services"] = new JsonObject() } : new() { ["ok"] = true }
            ),
            ("GET", ["info"]) => context.JsonAsync(
                new JsonObject
                {
                    ["version"] = IsPython ? "0.16.7" : "2.0.0",
                    [IsPython ? "langgraph_py_version" : "langgraph_js_version"] = IsPython ? "1.2.24" : "1.7.3",
                }
            ),
            ("POST", ["assistants", "search"]) => context.JsonAsync(
                new JsonArray([.. Graphs.Select(graph => (JsonNode)Assistant(graph))])
            ),
            ("POST", ["threads"]) => CreateAsync(context, body ?? []),
            (_, ["threads", var id, ..]) when !Guid.TryParseExact(id, "D", out _) => NoUuidAsync(context),
            ("GET", ["threads", var id]) => OnAsync(context, id, thread => context.JsonAsync(thread.Json(IsPython))),
            ("GET", ["threads", var id, "state"]) => OnAsync(context, id, thread => context.JsonAsync(thread.State())),
            ("GET", ["threads", var id, "runs"]) => OnAsync(
                context,
                id,
                thread => context.JsonAsync(thread.RunsJson())
            ),
            ("POST", ["threads", var id, "runs"]) => RunAsync(context, id, body ?? []),
            ("GET", ["threads", var id, "runs", var run]) => OnAsync(
                context,
                id,
                thread =>
                    thread.Runs.Find(one => one.Id == run) is { } found
                        ? context.JsonAsync(thread.RunJson(found))
                        : RefuseAsync(context, 404, "Not Found")
            ),
            ("GET", ["threads", var id, "runs", var run, "stream"]) => StreamAsync(context, id, run),
            ("POST", ["threads", var id, "runs", var run, "cancel"]) => OnAsync(
                context,
                id,
                thread => CancelAsync(context, thread, run)
            ),
            _ => RefuseAsync(context, 404, "Not Found"),
        };

    private Task CreateAsync(HttpContext context, JsonObject body)
    {
        var id = (string?)body["thread_id"] ?? Guid.CreateVersion7().ToString("D");
        JsonObject made;
        lock (gate)
        {
            if (threads.ContainsKey(id) && (string?)body["if_exists"] != "do_nothing")
            {
                return RefuseAsync(context, 409, $"Thread with ID {id} already exists");
            }
            if (!threads.TryGetValue(id, out var thread))
            {
                threads[id] = thread = new SimulatedThread(
                    this,
                    id,
                    time,
                    IsPython,
                    body["metadata"]?.DeepClone() as JsonObject ?? []
                );
            }
            made = thread.Json(IsPython);
        }
        return context.JsonAsync(made);
    }

    private Task RunAsync(HttpContext context, string id, JsonObject body)
    {
        if ((string?)body["assistant_id"] is not { } graph)
        {
            return IsPython
                ? RefuseAsync(
                    context,
                    422,
                    "\"assistant_id\" is a required property\n\nFailed validating \"required\" in schema\n\nOn instance:\n    {\"input\":{}}"
                )
                : context.JsonAsync(Issue("invalid_type", "Required", "assistant_id"), 400);
        }
        if (!Graphs.Contains(graph))
        {
            return IsPython
                ? RefuseAsync(
                    context,
                    422,
                    $"Invalid assistant: '{graph}'. Must be either:\n- A valid assistant UUID, or\n- One of the registered graphs: {string.Join(", ", Graphs)}"
                )
                : RefuseAsync(
                    context,
                    404,
                    $"No assistant found for \"{graph}\". Make sure the assistant ID is for a valid assistant or a valid graph ID."
                );
        }
        JsonObject begun;
        lock (gate)
        {
            if (!threads.TryGetValue(id, out var thread))
            {
                return RefuseAsync(context, 404, $"Thread with ID {id} not found");
            }
            if (thread.Status == "busy" && (!IsPython || (string?)body["multitask_strategy"] == "reject"))
            {
                return RefuseAsync(
                    context,
                    IsPython ? 409 : 422,
                    "Thread is already running a task. Wait for it to finish or choose a different multitask strategy."
                );
            }
            if (body["command"]?["resume"] is { } resume)
            {
                Resumed.Add(resume.ToJsonString());
            }
            begun = thread.Begin(graph, body);
        }
        return context.JsonAsync(begun);
    }

    private Task CancelAsync(HttpContext context, SimulatedThread thread, string run)
    {
        bool did;
        lock (gate)
        {
            did = thread.Cancel(run);
        }
        return !IsPython ? context.EmptyAsync(204)
            : did ? context.JsonAsync(new JsonObject())
            : RefuseAsync(
                context,
                404,
                "No matching runs to cancel. Please verify the thread ID and run IDs are correct, and the runs haven't been deleted or completed."
            );
    }

    private async Task StreamAsync(HttpContext context, string id, string run)
    {
        context.Response.ContentType = IsPython ? "text/event-stream; charset=utf-8" : "text/event-stream";
        var from = 0;
        while (true)
        {
            (IReadOnlyList<(string Kind, JsonNode Data)> Events, Task More, bool Ended, bool Dead) now;
            lock (gate)
            {
                if (!threads.TryGetValue(id, out var thread) || thread.Runs.Find(one => one.Id == run) is not { } found)
                {
                    return;
                }
                now = found.From(from);
            }
            foreach (var (kind, data) in now.Events)
            {
                await WriteAsync(context, kind, data, from++);
            }
            if (now.Ended)
            {
                return;
            }
            // A run that was lost is listened to without an answer; a beat tells that another one lives.
            if (!now.Dead && IsPython)
            {
                await context.Response.WriteAsync(": heartbeat\n\n", context.RequestAborted);
                await context.Response.Body.FlushAsync(context.RequestAborted);
                await Task.WhenAny(now.More, Task.Delay(beat, context.RequestAborted));
                context.RequestAborted.ThrowIfCancellationRequested();
                continue;
            }
            await now.More.WaitAsync(context.RequestAborted);
        }
    }

    private async Task WriteAsync(HttpContext context, string kind, JsonNode data, int number)
    {
        // One writes data in one line, the other in many.
        var text = data.ToJsonString(new JsonSerializerOptions { WriteIndented = !IsPython, IndentSize = 2 });
        var lines = new StringBuilder($"event: {kind}\n");
        foreach (var line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            lines.Append("data: ").Append(line).Append('\n');
        }
        // Ids of the one repeat, as those of events in the same millisecond do there.
        var id = IsPython ? $"{FirstId + number / 2}-0" : $"{number}";
        lines.Append("id: ").Append(id).Append("\n\n");
        await context.Response.WriteAsync(lines.ToString(), context.RequestAborted);
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    private Task OnAsync(HttpContext context, string id, Func<SimulatedThread, Task> answer)
    {
        SimulatedThread? thread;
        lock (gate)
        {
            threads.TryGetValue(Mistakes.GetValueOrDefault(id, id), out thread);
        }
        return thread is null ? RefuseAsync(context, 404, $"Thread with ID {id} not found") : answer(thread);
    }

    private void Within(string thread, Action<SimulatedThread> change)
    {
        lock (gate)
        {
            change(threads[thread]);
        }
    }

    internal void Started() => Starts++;

    /// <summary>A thread that was begun before anybody looked.</summary>
    public SimulatedThread Begun(string id, string graph, string tenant, string text)
    {
        lock (gate)
        {
            var thread = new SimulatedThread(this, id, time, IsPython, new JsonObject { ["tenant"] = tenant });
            threads[id] = thread;
            thread.Begin(graph, new JsonObject { ["input"] = new JsonObject { ["text"] = text } });
            return thread;
        }
    }

    private Task NoUuidAsync(HttpContext context) =>
        IsPython
            ? RefuseAsync(context, 422, "Invalid thread ID: must be a UUID")
            : context.JsonAsync(Issue("invalid_string", "Invalid uuid", "thread_id", "uuid"), 400);

    /// <summary>JSON with <c>detail</c> of the one, plain text of the other.</summary>
    private Task RefuseAsync(HttpContext context, int status, string words) =>
        IsPython ? context.JsonAsync(new JsonObject { ["detail"] = words }, status) : context.TextAsync(words, status);

    private static JsonObject Issue(string code, string message, string path, string? validation = null)
    {
        var issue = new JsonObject();
        if (validation is not null)
        {
            issue["validation"] = validation;
        }
        (issue["code"], issue["message"], issue["path"]) = (code, message, new JsonArray(path));
        return new JsonObject
        {
            ["success"] = false,
            ["error"] = new JsonObject { ["issues"] = new JsonArray(issue), ["name"] = "ZodError" },
        };
    }

    private static JsonObject Assistant(string graph) =>
        new()
        {
            ["assistant_id"] = SimulatedThread.IdOf(graph),
            ["graph_id"] = graph,
            ["name"] = graph,
            ["metadata"] = new JsonObject { ["created_by"] = "system" },
        };
}
