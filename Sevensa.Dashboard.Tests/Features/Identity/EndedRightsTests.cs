using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>What rests on a right ends soon after it: streams that are open, tokens and tickets that were given before.</summary>
public sealed class EndedRightsTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    public static TheoryData<string> Ends => [.. MadePerson.Ends, "client removed"];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_tail_and_an_event_stream_end_with_what_let_them_in(string what)
    {
        await app.FleetIsKnownAsync();
        var name = "ends-" + what.Replace(' ', '-');
        var person = await MadePerson.MakeAsync(app, name, "operator", "rentguy", "witcom");
        using var browser = person.Browser;
        var (reader, end) = await ReaderAsync(person, what);
        using var let = reader;
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));

        using var tail = await OpenTail.ConnectAsync(reader, "rentguy", patience.Token);
        using var log = await reader.GetAsync(
            "/api/v1/tenants/rentguy/containers/rentguy-api-1/logs?follow=true&tail=1",
            HttpCompletionOption.ResponseHeadersRead,
            patience.Token
        );
        Assert.Equal(HttpStatusCode.OK, log.StatusCode);
        var logEnds = DrainAsync(log, patience.Token);
        var tailEnds = OpenTail.ClosedAsync(tail, patience.Token);

        await end();
        using var since = new OwnTime();
        var (status, reason) = await tailEnds;
        var told = await logEnds;
        Assert.True(since.Elapsed < Patience.OfFiveSeconds, $"It took {since.Elapsed}.");
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, status);
        Assert.Contains("access ended", reason, StringComparison.Ordinal);
        Assert.Contains("\"accessEnded\"", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_go_on_is_asked_for_all_at_once()
    {
        await app.FleetIsKnownAsync();
        const int open = 6;
        var person = await MadePerson.MakeAsync(app, "many-open", "operator", "rentguy");
        using var browser = person.Browser;
        using var reader = await person.PersonalAsync("read");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var logs = await Task.WhenAll(
            Enumerable
                .Range(0, open)
                .Select(_ =>
                    reader.GetAsync(
                        "/api/v1/tenants/rentguy/containers/rentguy-api-1/logs?follow=true&tail=1",
                        HttpCompletionOption.ResponseHeadersRead,
                        patience.Token
                    )
                )
        );
        Assert.All(logs, log => Assert.Equal(HttpStatusCode.OK, log.StatusCode));
        var looks = 0;
        using (
            StoreQuestions.Listen(
                app.Folder,
                sql => looks += sql.Contains("PersonalTokens", StringComparison.Ordinal) ? 1 : 0
            )
        )
        {
            var since = Stopwatch.StartNew();
            while (since.Elapsed < TimeSpan.FromSeconds(4))
            {
                await Task.Delay(100, patience.Token);
            }
            Assert.InRange(looks, 1, since.Elapsed.TotalSeconds + 2);
        }
        foreach (var log in logs)
        {
            log.Dispose();
        }
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("reset")]
    [InlineData("tenant taken away")]
    public async Task A_ticket_that_was_given_before_opens_nothing_after(string what)
    {
        var person = await MadePerson.MakeAsync(app, "ticket-" + what.Replace(' ', '-'), "viewer", "rentguy", "witcom");
        using var browser = person.Browser;
        var (reader, end) = await ReaderAsync(person, what);
        using var let = reader;
        using var issued = await reader.PostAsJsonAsync("/api/v1/tickets", new { });
        var ticket = (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ticket").GetString();
        await end();
        using var tail = new ClientWebSocket();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var refused = await Assert.ThrowsAsync<WebSocketException>(() =>
            tail.ConnectAsync(new Uri($"{OpenTail.AddressOf(app.Address, "rentguy")}&ticket={ticket}"), patience.Token)
        );
        Assert.Matches("40[14]", refused.Message);
    }

    [Fact]
    public async Task A_new_password_ends_the_tokens_that_were_given_before()
    {
        using var admin = await app.ApiAsAsync("admin");
        var person = await MadePerson.MakeAsync(app, "renewed", "operator", "rentguy");
        using var browser = person.Browser;
        using var personal = await person.PersonalAsync("read");
        using var access = await person.ApiAsync("read");
        foreach (var client in new[] { personal, access })
        {
            using var before = await client.GetAsync("/api/v1/tenants");
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }
        using var reset = await admin.PostAsync($"/api/v1/people/{person.Id}/reset", null);
        var link = (await reset.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("link").GetString()!;
        await person.ChooseAsync(link);
        foreach (var client in new[] { personal, access })
        {
            using var after = await client.GetAsync("/api/v1/tenants");
            Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        }
        // What is given from now on holds.
        using var anew = await person.ApiAsync("read");
        using var read = await anew.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);
    }

    private async Task<(HttpClient Reader, Func<Task> End)> ReaderAsync(MadePerson person, string what)
    {
        if (what == "client removed")
        {
            var (id, program) = await app.ProgramAsync("viewer", ["rentguy"], "read");
            return (program, () => RemoveAsync(id));
        }
        var reader = what is "disabled" or "role taken away"
            ? await person.ApiAsync("read")
            : await person.PersonalAsync("read");
        return (reader, () => person.EndAsync(what, reader));

        async Task RemoveAsync(string id)
        {
            using var admin = await app.ApiAsAsync("admin");
            await SandboxApp.GoodAsync(admin.DeleteAsync($"/api/v1/clients/{id}"));
        }
    }

    private static async Task<string> DrainAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        using var reader = new StreamReader(await answer.Content.ReadAsStreamAsync(cancellation));
        return await reader.ReadToEndAsync(cancellation);
    }
}
