using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>
/// An Ollama with one model, which is a grammar of intents and announces itself as such: it exists so that chat,
/// evidence and approval work without weights.
/// </summary>
internal sealed class OllamaStandIn(SimulatedFleet fleet) : IStandIn
{
    public const string Model = "sandbox-model";
    private const string Digest = "sandbox model";

    public Task AnswerAsync(HttpContext context) =>
        (context.Request.Method, context.Segments()) switch
        {
            ("GET" or "HEAD", []) => context.TextAsync("Ollama is running"),
            ("GET", ["api", "version"]) => context.JsonAsync(new JsonObject { ["version"] = "0.6.0-sandbox" }),
            ("GET", ["api", "tags"]) => context.JsonAsync(new JsonObject { ["models"] = new JsonArray(Described()) }),
            ("GET", ["api", "ps"]) => context.JsonAsync(new JsonObject { ["models"] = new JsonArray(Described()) }),
            ("POST", ["api", "show"]) => ShowAsync(context),
            ("POST", ["api", "chat"]) => ChatAsync(context),
            ("POST", ["api", "generate"]) => ErrorAsync(context, 400, $"\"{Model}\" does not support generate"),
            ("POST", ["api", "embed" or "embeddings"]) => ErrorAsync(
                context,
                400,
                $"\"{Model}\" does not support embeddings"
            ),
            ("POST", ["api", "pull"]) => ErrorAsync(context, 500, "pull model manifest: the Sandbox has no registry"),
            _ => context.TextAsync("404 page not found", 404),
        };

    private async Task ChatAsync(HttpContext context)
    {
        var request = await context.ReadJsonAsync();
        if (request is null)
        {
            await ErrorAsync(context, 400, "unexpected EOF");
            return;
        }
        var model = (string?)request["model"] ?? "";
        if (!IsKnown(model))
        {
            await ErrorAsync(context, 404, $"model \"{model}\" not found, try pulling it first");
            return;
        }
        var answer = SandboxModel.Answer(Conversation.Read(request));
        var stream = request["stream"] is not JsonValue s || (bool)s;
        if (!stream)
        {
            await context.JsonAsync(Message(answer.Text, answer.Calls, true));
            return;
        }
        context.Response.ContentType = "application/x-ndjson";
        foreach (var piece in Pieces(answer.Text))
        {
            await context.LineAsync(Message(piece, [], false));
        }
        if (answer.Calls.Count > 0)
        {
            await context.LineAsync(Message("", answer.Calls, false));
        }
        await context.LineAsync(Message("", [], true));
    }

    private async Task ShowAsync(HttpContext context)
    {
        var request = await context.ReadJsonAsync() ?? [];
        var model = (string?)(request["model"] ?? request["name"]) ?? "";
        if (!IsKnown(model))
        {
            await ErrorAsync(context, 404, $"model '{model}' not found");
            return;
        }
        await context.JsonAsync(
            new JsonObject
            {
                ["modelfile"] = $"FROM {Model}",
                ["parameters"] = "",
                ["template"] = "{{ .Prompt }}",
                ["details"] = Details(),
                ["model_info"] = new JsonObject
                {
                    ["general.architecture"] = "sandbox",
                    ["general.parameter_count"] = 0,
                    ["sandbox.context_length"] = 32_768,
                },
                ["capabilities"] = new JsonArray("completion", "tools"),
                ["modified_at"] = Reply.GoTime(fleet.Origin),
            }
        );
    }

    private JsonObject Message(string text, IReadOnlyList<ToolCall> calls, bool done)
    {
        var message = new JsonObject { ["role"] = "assistant", ["content"] = text };
        if (calls.Count > 0)
        {
            message["tool_calls"] = new JsonArray([
                .. calls.Select(c => new JsonObject
                {
                    ["function"] = new JsonObject { ["name"] = c.Name, ["arguments"] = c.Arguments.DeepClone() },
                }),
            ]);
        }
        var line = new JsonObject
        {
            ["model"] = Model,
            ["created_at"] = Reply.GoTime(fleet.Now),
            ["message"] = message,
            ["done"] = done,
        };
        if (done)
        {
            line["done_reason"] = "stop";
            line["total_duration"] = 1_000_000;
            line["load_duration"] = 0;
            line["prompt_eval_count"] = 0;
            line["prompt_eval_duration"] = 0;
            line["eval_count"] = 0;
            line["eval_duration"] = 0;
        }
        return line;
    }

    /// <summary>Words with their spaces, as tokens come.</summary>
    private static IEnumerable<string> Pieces(string text)
    {
        var start = 0;
        for (var i = 1; i < text.Length; i++)
        {
            if (text[i] == ' ' || text[i - 1] == '\n')
            {
                yield return text[start..i];
                start = i;
            }
        }
        if (start < text.Length)
        {
            yield return text[start..];
        }
    }

    private JsonObject Described() =>
        new()
        {
            ["name"] = Model + ":latest",
            ["model"] = Model + ":latest",
            ["modified_at"] = Reply.GoTime(fleet.Origin),
            ["size"] = 0,
            ["digest"] = Noise.Hex(Digest, 64),
            ["details"] = Details(),
        };

    private static JsonObject Details() =>
        new()
        {
            ["parent_model"] = "",
            ["format"] = "grammar",
            ["family"] = "sandbox",
            ["families"] = new JsonArray("sandbox"),
            ["parameter_size"] = "0B",
            ["quantization_level"] = "none",
        };

    private static bool IsKnown(string model) => model is Model or Model + ":latest";

    private static Task ErrorAsync(HttpContext context, int status, string message) =>
        context.JsonAsync(new JsonObject { ["error"] = message }, status);
}
