using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Graphs;
using Sevensa.Dashboard.Tests.App;
using static Sevensa.Dashboard.Tests.Features.Graphs.GraphHouse;

namespace Sevensa.Dashboard.Tests.Features.Graphs;

/// <summary>What comes about in a thread is told as it comes, in order, and from where somebody left off.</summary>
public sealed class GraphEventsTests(GraphHouse app) : IClassFixture<GraphHouse>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private sealed record Told(int Id, string Kind, JsonElement Data);

    private static async Task<List<Told>> ReadAsync(
        HttpClient client,
        string thread,
        int? after,
        Func<Told, bool>? until = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"{Threads}/{thread}/events");
        if (after is { } last)
        {
            request.Headers.Add("Last-Event-ID", last.ToString(CultureInfo.InvariantCulture));
        }
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Stop);
        Assert.Equal("text/event-stream", answer.Content.Headers.ContentType!.MediaType);
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(Stop));
        var (all, id, kind) = (new List<Told>(), 0, "");
        while (await reader.ReadLineAsync(Stop) is { } line)
        {
            if (line.StartsWith("id: ", StringComparison.Ordinal))
            {
                id = int.Parse(line[4..], CultureInfo.InvariantCulture);
            }
            else if (line.StartsWith("event: ", StringComparison.Ordinal))
            {
                kind = line[7..];
            }
            else if (line.StartsWith("data: ", StringComparison.Ordinal))
            {
                all.Add(new Told(id, kind, JsonElement.Parse(line[6..])));
                if (until?.Invoke(all[^1]) == true)
                {
                    break;
                }
            }
        }
        return all;
    }

    [Theory]
    [InlineData("python")]
    [InlineData("javascript")]
    public async Task A_stream_tells_all_once_goes_on_where_it_broke_off_and_ends_with_the_thread(string server)
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, server, "asks", "Which colour?");
        var before = await ReadAsync(operators, id, null, told => told.Kind == "question");
        var asked = before[^1];
        Assert.Equal("Which colour?", asked.Data.GetProperty("payload").GetProperty("what").GetString());
        Assert.Equal("open", asked.Data.GetProperty("state").GetString());
        Assert.Equal("starting", before[0].Data.GetProperty("state").GetString());

        var rest = ReadAsync(operators, id, asked.Id);
        using var answered = await operators.PostAsJsonAsync(
            $"{Threads}/{id}/questions/{asked.Data.GetProperty("id").GetString()}/answer",
            new { text = "blue" },
            Stop
        );
        Assert.Equal(HttpStatusCode.OK, answered.StatusCode);
        var after = await rest;
        Assert.Equal(Enumerable.Range(1, after[^1].Id), before.Concat(after).Select(told => told.Id));
        Assert.Contains(
            after,
            told => told.Kind == "question" && told.Data.GetProperty("state").GetString() == "handed"
        );
        Assert.Equal(
            ["look", "ask", "last"],
            before
                .Concat(after)
                .Where(told => told.Kind == "step")
                .Select(told => told.Data.GetProperty("name").GetString())
        );
        Assert.Equal(("state", "done"), (after[^1].Kind, after[^1].Data.GetProperty("state").GetString()));
        Assert.Contains("answer blue", after[^1].Data.GetProperty("result").GetString(), StringComparison.Ordinal);

        // Whoever comes later reads it from the beginning, and it ends.
        var again = await ReadAsync(operators, id, null);
        Assert.Equal(Enumerable.Range(1, after[^1].Id), again.Select(told => told.Id));
    }

    [Fact]
    public async Task What_is_written_at_the_same_moment_is_told_one_after_the_other()
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, "python", "asks", "Together.");
        await AskedAsync(operators, id, 1, "open");
        var store = app.Services.GetRequiredService<GraphStore>();
        var from = (await store.FindAsync(id, Stop))!.Events;
        await Task.WhenAll(
            Enumerable
                .Range(0, 6)
                .Select(number => store.ChangeAsync(id, row => row.Trouble = $"trouble {number}", Stop))
        );
        var told = await store.EventsAsync(id, from, Stop);
        Assert.Equal(Enumerable.Range(from + 1, 6), told.Take(6).Select(one => one.Number));
    }

    [Fact]
    public async Task Nobody_reads_a_thread_of_another_tenant_and_no_nonsense_is_taken_for_a_place()
    {
        using var operators = await app.ApiAsAsync("operator");
        var id = await StartAsync(operators, "python", "asks");
        var stranger = await MadePerson.MakeAsync(app, "follows-threads", "operator", "witcom");
        using var browser = stranger.Browser;
        using var theirs = await stranger.PersonalAsync("read", "propose");
        using var refused = await theirs.GetAsync($"{Threads}/{id}/events", Stop);
        Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        using var nonsense = await operators.GetAsync($"{Threads}/{id}/events?lastEventId=-3", Stop);
        Assert.Equal(HttpStatusCode.BadRequest, nonsense.StatusCode);
        using var none = await operators.GetAsync($"{Threads}/{Guid.NewGuid():D}/events", Stop);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }
}
