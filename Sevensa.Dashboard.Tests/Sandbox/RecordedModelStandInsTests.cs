using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Assistant;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Sandbox;

/// <summary>The stand-ins of chat models asked all that Ollama and llama.cpp's server were asked: they answer alike.</summary>
public sealed class RecordedModelStandInsTests
{
    /// <summary>What the stand-in is not asked, by the reason.</summary>
    private static readonly (string Reason, string[] Names)[] Beyond =
    [
        (
            "makes models of weights, and it has none",
            [
                "create tiny",
                "create plain",
                "create qwen2.5-coder:0.5b",
                "create smollm2:135m",
                "create tiny-tpl",
                "create qwen-tpl",
            ]
        ),
        ("its models are always there", ["tags, none"]),
        (
            "came of a process that was killed",
            [
                "the runner is killed in mid-stream",
                "right after the runner was killed",
                "the runner is killed, answer not streamed",
            ]
        ),
        (
            "came of a connection that the client closed",
            ["the client hangs up in mid-stream", "ps after the client hung up while the model loaded"]
        ),
        (
            "came of a crowd before a model that loads, and it loads at once",
            ["one too many waits (OLLAMA_MAX_QUEUE=2)"]
        ),
    ];

    /// <summary>The same request, with the stand-in's model for those that were recorded.</summary>
    [Fact]
    public async Task The_stand_in_answers_like_Ollama()
    {
        var beyond = Beyond.SelectMany(one => one.Names).ToHashSet();
        await using var standIns = await StandIns.StartAsync();
        var compared = 0;
        foreach (var exchange in Recorded.Of("ollama"))
        {
            if (beyond.Remove(exchange.Name))
            {
                continue;
            }
            var (status, type, answer) = await standIns.SendAsync(
                "ollama",
                exchange.Method,
                exchange.Path,
                Own(exchange.RequestBody)
            );
            Assert.True(
                status == exchange.Status,
                $"{exchange.Name}: {exchange.Status} recorded, {status} answered: {answer}"
            );
            Assert.Equal(exchange.ContentType.Split(';')[0], type.Split(';')[0]);
            if (exchange.Status >= 400)
            {
                Assert.Equal(Blurred(UpstreamTerms.Words(exchange.Body)), Blurred(UpstreamTerms.Words(answer)));
            }
            else if (type.StartsWith("application/json", StringComparison.Ordinal))
            {
                Assert.Equal([], Shape(exchange.Body).Except(Shape(answer)));
            }
            if (exchange.Name.Contains("does not fit", StringComparison.Ordinal) && status == 200)
            {
                var read = ModelJson.Number(Last(answer), "prompt_eval_count");
                Assert.True(read < PromptOf(exchange), $"{exchange.Name}: {read} read");
            }
            compared++;
        }
        TestContext.Current.TestOutputHelper!.WriteLine($"{compared} compared");
        Assert.Empty(beyond);
    }

    /// <summary>Of llama.cpp's server the stand-in is not asked these.</summary>
    private static readonly (string Reason, string[] Names)[] BeyondLlama =
    [
        ("it has no slots to show, and nothing here asks for them", ["slots"]),
        ("came of a process that was killed", ["server killed in mid-stream"]),
        (
            "came of two that shared one context, and it has one slot",
            [
                "two at once share one context (4 slots by default, 2)",
                "two at once share one context (4 slots by default, 1)",
            ]
        ),
    ];

    /// <summary>Members of an answer that are about the machine or its pages, and are read by nobody.</summary>
    private static readonly string[] Inside =
    [
        ".default_generation_settings.params",
        ".media_marker",
        ".endpoint_",
        ".ui",
        ".bos_token",
        ".eos_token",
        ".cors_proxy_enabled",
    ];

    [Fact]
    public async Task The_stand_in_answers_like_llama_cpps_server()
    {
        var beyond = BeyondLlama.SelectMany(one => one.Names).ToHashSet();
        await using var standIns = await StandIns.StartAsync();
        foreach (var exchange in Recorded.Of("openai").Where(exchange => !beyond.Remove(exchange.Name)))
        {
            var name =
                exchange.Name.EndsWith("while loading", StringComparison.Ordinal) ? "llama-loading"
                : exchange.Name.Contains("context", StringComparison.Ordinal) ? "llama-small"
                : "llama";
            var (status, type, answer) = await standIns.SendAsync(
                name,
                exchange.Method,
                exchange.Path,
                exchange.RequestBody
            );
            Assert.True(
                status == exchange.Status,
                $"{exchange.Name}: {exchange.Status} recorded, {status} answered: {answer}"
            );
            Assert.Equal(exchange.ContentType.Split(';')[0], type.Split(';')[0]);
            if (status >= 400)
            {
                Assert.Equal(Blurred(UpstreamTerms.Words(exchange.Body)), Blurred(UpstreamTerms.Words(answer)));
            }
            Assert.True(
                Shapes(RecordedChats.Raw(exchange.Body)).Except(Shapes(answer)).All(IsInside),
                $"{exchange.Name} lacks {string.Join(", ", Shapes(RecordedChats.Raw(exchange.Body)).Except(Shapes(answer)).Where(one => !IsInside(one)))}"
            );
        }
        Assert.Empty(beyond);

        static bool IsInside(string member) =>
            Array.Exists(Inside, one => member.StartsWith(one, StringComparison.Ordinal));

        // Of a stream the members of all its events.
        static HashSet<string> Shapes(string body) =>
            [
                .. body.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                    .Select(line => line.StartsWith("data: ", StringComparison.Ordinal) ? line[6..] : line)
                    .Where(line => line.StartsWith('{'))
                    .SelectMany(Shape),
            ];
    }

    /// <summary>The request with the stand-in's model for each that was recorded.</summary>
    private static string? Own(string? body)
    {
        (string Recorded, string Own)[] models =
        [
            ("qwen2.5-coder:0.5b", "sandbox-model"),
            ("smollm2:135m", "sandbox-model"),
            ("tiny-tpl", "sandbox-model"),
            ("qwen-tpl", "sandbox-model"),
            ("tiny", "sandbox-jinja"),
            ("plain", "sandbox-plain"),
        ];
        return models.Aggregate(
            body,
            (text, model) => text?.Replace($"\"{model.Recorded}\"", $"\"{model.Own}\"", StringComparison.Ordinal)
        );
    }

    /// <summary>The members of an object and of the first of each list in it, which a client may look for.</summary>
    private static IEnumerable<string> Shape(string body)
    {
        using var json = JsonDocument.Parse(body);
        return [.. Members(json.RootElement, "")];

        static IEnumerable<string> Members(JsonElement value, string place) =>
            value.ValueKind switch
            {
                JsonValueKind.Object => value
                    .EnumerateObject()
                    .Where(one => one.Name is not ("model_info" or "tensors" or "license" or "system" or "requires"))
                    .SelectMany(one => Members(one.Value, $"{place}.{one.Name}").Append($"{place}.{one.Name}")),
                JsonValueKind.Array => value.EnumerateArray().Take(1).SelectMany(one => Members(one, place + "[]")),
                _ => [],
            };
    }

    private static JsonElement Last(string answer) =>
        JsonSerializer.Deserialize<JsonElement>(answer.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1]);

    private static int PromptOf(Recorded.Exchange exchange) => RecordedChats.Request(exchange.RequestBody).Length / 4;

    private static string Blurred(string words) =>
        System.Text.RegularExpressions.Regex.Replace(words, @"\d+|tiny-tpl|tiny|plain|sandbox-\w+", "·");
}
