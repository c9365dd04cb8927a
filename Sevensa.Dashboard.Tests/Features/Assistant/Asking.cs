using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>Asks the assistant over the API and reads what happens.</summary>
internal static class Asking
{
    /// <summary>Scripted models have not been examined: in the Sandbox they may propose all the same, unless a test says otherwise.</summary>
    public static async Task<ConfiguredApp> StartAsync(
        ScriptedModel model,
        string protocol = "ollama",
        params (string Key, string Value)[] settings
    )
    {
        var app = new ConfiguredApp([
            ("Ollama:Url", model.Url + (protocol == "openai" ? "/v1" : "")),
            ("Ollama:Model", "m"),
            ("Ollama:Protocol", protocol),
            .. settings,
        ]);
        await app.InitializeAsync();
        return app;
    }

    public const string Unexamined = "Assistant:UnexaminedMayPropose";

    public static async Task<Told> AskAsync(HttpClient client, string text, string? conversation = null)
    {
        var id = conversation ?? await BeginAsync(client);
        using var answer = await client.PostAsJsonAsync($"/api/v1/conversations/{id}/messages", new { text });
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType?.MediaType);
        return new Told(id, Events(await answer.Content.ReadAsStringAsync()));
    }

    public static async Task<string> BeginAsync(HttpClient client)
    {
        using var begun = await client.PostAsync("/api/v1/conversations", null);
        Assert.Equal(HttpStatusCode.Created, begun.StatusCode);
        return (await begun.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    public static async Task<JsonElement> KeptAsync(HttpClient client, string conversation) =>
        (await client.GetFromJsonAsync<JsonElement>($"/api/v1/conversations/{conversation}/messages"))
            .GetProperty("items")
            .EnumerateArray()
            .Last();

    public static async Task NothingProposedAsync(HttpClient client) =>
        Assert.Empty(
            (await client.GetFromJsonAsync<JsonElement>("/api/v1/proposals")).GetProperty("items").EnumerateArray()
        );

    public static List<(string Type, JsonElement Data)> Events(string stream) =>
        [
            .. stream
                .ReplaceLineEndings("\n")
                .Split("\n\n", StringSplitOptions.RemoveEmptyEntries)
                .Select(block => block.Split('\n'))
                .Where(lines => lines.Any(line => line.StartsWith("data: ", StringComparison.Ordinal)))
                .Select(lines =>
                    (
                        lines
                            .FirstOrDefault(line => line.StartsWith("event: ", StringComparison.Ordinal))
                            ?["event: ".Length..]
                            ?? "message",
                        JsonDocument
                            .Parse(
                                string.Concat(
                                    lines
                                        .Where(line => line.StartsWith("data: ", StringComparison.Ordinal))
                                        .Select(line => line["data: ".Length..])
                                )
                            )
                            .RootElement
                    )
                ),
        ];
}

/// <summary>What was told of one answer.</summary>
internal sealed record Told(string Conversation, IReadOnlyList<(string Type, JsonElement Data)> Events)
{
    public (string Type, JsonElement Data) Last => Events[^1];

    /// <summary>What a client shows in the end.</summary>
    public string Text =>
        Events
            .Where(one => one.Type == "text")
            .Aggregate(
                "",
                (shown, one) =>
                    (one.Data.TryGetProperty("restart", out var again) && again.GetBoolean() ? "" : shown)
                    + one.Data.GetProperty("text").GetString()
            );

    public string Message => Last.Data.GetProperty("message").GetString()!;

    public string Remedy => Last.Data.GetProperty("remedy").GetString()!;

    public IEnumerable<string> Tools(string state) =>
        Events
            .Where(one => one.Type == "tool" && one.Data.GetProperty("state").GetString() == state)
            .Select(one => one.Data.GetProperty("name").GetString()!);
}
