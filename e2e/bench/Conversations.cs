using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Microsoft.Data.Sqlite;
using Sevensa.Dashboard.E2E.Load;

namespace Sevensa.Dashboard.Bench;

/// <summary>What a hundred open conversations hold, and what a conversation of 10,000 messages costs before its next answer begins.</summary>
internal sealed class Conversations : IBench
{
    private const int Open = 100;
    private const int Stored = 10_000;

    public string Name => "conversations";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var dashboard = await BenchDashboard.StartAsync();
        using var http = await dashboard.ClientOfAsync("operator");
        var (longOne, shortOne) = (await BeginAsync(http), await BeginAsync(http));
        await FirstEventAsync(http, longOne);
        await FirstEventAsync(http, shortOne);
        await StoreAsync(dashboard.DataFolder, longOne);
        List<double> ours = [],
            baseline = [];
        for (var round = -3; round < rounds; round++)
        {
            var (a, b) = (await FirstEventAsync(http, longOne), await FirstEventAsync(http, shortOne));
            if (round < 0)
                continue;
            ours.Add(a);
            baseline.Add(b);
        }
        var talks = new List<string>();
        for (var n = 0; n < Open; n++)
        {
            talks.Add(await BeginAsync(http));
            await FirstEventAsync(http, talks[^1]);
        }
        using var session = await LoadSession.SignInAsync(dashboard.Url, "operator");
        await using (var warm = await CircuitCrowd.OpenAsync(session, 3, n => $"/console/{talks[n]}")) { }
        var (heap, resident) = (await HeapAfterCollection.OfMbAsync(http), Memory.OfMb(dashboard.Process));
        await using var crowd = await CircuitCrowd.OpenAsync(session, Open, n => $"/console/{talks[n]}");
        if (crowd.Errors.Count > 0)
            throw new InvalidOperationException(string.Join('\n', crowd.Errors.Take(3)));
        var (held, grown) = (
            await HeapAfterCollection.OfMbAsync(http) - heap,
            Memory.OfMb(dashboard.Process) - resident
        );
        return
        [
            new Measure(
                $"to the first event of an answer behind {Stored:N0} messages, against behind a few",
                "ms",
                ours,
                baseline,
                Bound.Added(20)
            ),
            new Measure($"{Open} open conversations: heap after collection", "MB", [held], [100], Bound.Ratio(1)),
            new Measure($"{Open} open conversations: resident memory", "MB", [grown], [100], Bound.Ratio(1)),
        ];
    }

    private static async Task<string> BeginAsync(HttpClient http)
    {
        using var answer = await http.PostAsJsonAsync(new Uri("/api/v1/conversations", UriKind.Relative), new { });
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!["id"]!.GetValue<string>();
    }

    /// <summary>Asks what no model is asked for; how long until the answer's first event, in milliseconds. Waits for its end.</summary>
    private static async Task<double> FirstEventAsync(HttpClient http, string conversation)
    {
        var clock = Stopwatch.StartNew();
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/api/v1/conversations/{conversation}/messages")
        {
            Content = JsonContent.Create(new { text = "/help" }),
        };
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        answer.EnsureSuccessStatusCode();
        using var lines = new StreamReader(await answer.Content.ReadAsStreamAsync());
        await lines.ReadLineAsync();
        var first = clock.Elapsed.TotalMilliseconds;
        await lines.ReadToEndAsync();
        return first;
    }

    /// <summary>Puts questions and answers, each answer with 2 kB of what was looked at, behind what was said.</summary>
    private static async Task StoreAsync(string folder, string conversation)
    {
        await using var store = new SqliteConnection($"Data Source={Path.Combine(folder, "sevensa.db")}");
        await store.OpenAsync();
        await using var turn = await store.BeginTransactionAsync();
        await using var insert = store.CreateCommand();
        insert.Transaction = (SqliteTransaction)turn;
        insert.CommandText = """
            insert into ConversationMessages (Id, ConversationId, Author, Text, Events, Exchange, At)
            select $id, $conversation, $author, $text, $events, null, At from ConversationMessages
            where ConversationId = $conversation order by Number limit 1
            """;
        foreach (var name in (string[])["$id", "$conversation", "$author", "$text", "$events"])
            insert.Parameters.AddWithValue(name, "");
        var looked = $"[{{\"type\":\"notice\",\"data\":{{\"text\":\"{new string('x', 2000)}\"}}}}]";
        for (var n = 0; n < Stored; n++)
        {
            insert.Parameters["$id"].Value = Guid.NewGuid().ToString("n");
            insert.Parameters["$conversation"].Value = conversation;
            insert.Parameters["$author"].Value = n % 2 == 0 ? "user" : "assistant";
            insert.Parameters["$text"].Value = string.Create(
                CultureInfo.InvariantCulture,
                $"Message {n}: bookings of the api were slow for a while, and are well again."
            );
            insert.Parameters["$events"].Value = n % 2 == 0 ? "[]" : looked;
            await insert.ExecuteNonQueryAsync();
        }
        await turn.CommitAsync();
    }
}
