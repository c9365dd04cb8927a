using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>What one person may have and write, and what they are told at its end.</summary>
public sealed class LimitsTests : IAsyncLifetime
{
    private readonly ConfiguredApp app = new(("Platform:TailsPerPerson", "2"), ("Platform:EventStreamsPerPerson", "2"));

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task Tails_and_event_streams_of_one_person_are_counted_and_a_closed_one_makes_room()
    {
        await app.FleetIsKnownAsync();
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var viewer = await app.ApiAsAsync("viewer");
        using var first = await TailAsync("viewer", patience.Token);
        using var second = await TailAsync("viewer", patience.Token);
        var many = await Assert.ThrowsAsync<WebSocketException>(() => TailAsync("viewer", patience.Token));
        Assert.Contains("429", many.Message, StringComparison.Ordinal);
        // Somebody else has places of their own.
        using var others = await TailAsync("operator", patience.Token);
        await first.CloseAsync(WebSocketCloseStatus.NormalClosure, null, patience.Token);
        using var again = await RetryAsync(() => TailAsync("viewer", patience.Token), patience.Token);

        using var one = await FollowAsync(viewer, patience.Token);
        using var two = await FollowAsync(viewer, patience.Token);
        using var three = await FollowAsync(viewer, patience.Token);
        Assert.Equal(HttpStatusCode.TooManyRequests, three.StatusCode);
        var problem = await three.Content.ReadAsStringAsync(patience.Token);
        Assert.Contains("2 event streams", problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_program_that_fails_is_held_off_and_others_at_its_address_are_not(bool byHeader)
    {
        using var client = app.Anonymous();
        var failing = $"failing-{byHeader}";
        var last = HttpStatusCode.OK;
        for (var number = 0; number < 40 && last != HttpStatusCode.TooManyRequests; number++)
        {
            using var answer = await AskAsync(failing, "guess");
            last = answer.StatusCode;
        }
        Assert.Equal(HttpStatusCode.TooManyRequests, last);
        using var other = await AskAsync("sandbox-viewer", "sandbox-viewer");
        Assert.True(other.StatusCode == HttpStatusCode.OK, await other.Content.ReadAsStringAsync());

        Task<HttpResponseMessage> AskAsync(string id, string secret)
        {
            var form = new Dictionary<string, string> { ["grant_type"] = "client_credentials" };
            var request = new HttpRequestMessage(HttpMethod.Post, "/connect/token");
            if (byHeader)
            {
                request.Headers.Authorization = new(
                    "Basic",
                    Convert.ToBase64String(Encoding.UTF8.GetBytes($"{id}:{secret}"))
                );
            }
            else
            {
                form["client_id"] = id;
                form["client_secret"] = secret;
            }
            request.Content = new FormUrlEncodedContent(form);
            return client.SendAsync(request);
        }
    }

    [Fact]
    public async Task Personal_tokens_of_one_person_have_an_end()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        var made = await Task.WhenAll(
            Enumerable
                .Range(0, PersonalTokenStore.MostPerPerson + 4)
                .Select(number =>
                    viewer.PostAsJsonAsync(
                        "/api/v1/tokens",
                        new { name = $"number {number}", scopes = new[] { "read" } }
                    )
                )
        );
        Assert.True(
            made.Count(answer => answer.StatusCode == HttpStatusCode.Created) <= PersonalTokenStore.MostPerPerson
        );
        var refused = made.First(answer => answer.StatusCode == HttpStatusCode.UnprocessableEntity);
        Assert.Contains(
            $"{PersonalTokenStore.MostPerPerson} personal tokens",
            await refused.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
        var rows = await viewer.GetFromJsonAsync<JsonElement>("/api/v1/tokens");
        Assert.InRange(rows.GetProperty("items").GetArrayLength(), 1, PersonalTokenStore.MostPerPerson);
    }

    [Theory]
    [InlineData("/api/v1/hosts/enrolment-tokens", """{"tenants":["TEXT"]}""")]
    [InlineData("/api/v1/people", """{"userName":"x","displayName":"x","role":"viewer","tenants":["TEXT"]}""")]
    [InlineData(
        "/api/v1/tenants/rentguy/objectives",
        """{"service":"api","kind":"latency","target":0.9,"thresholdSeconds":1,"histogram":"TEXT","windowDays":28}"""
    )]
    [InlineData("/api/v1/tenants/TEXT/silences", "{}")]
    public async Task What_is_refused_comes_back_in_part(string path, string body)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.PostAsync(
            path.Replace("TEXT", new string('x', 6_000), StringComparison.Ordinal),
            new StringContent(
                body.Replace("TEXT", new string('x', 100_000), StringComparison.Ordinal),
                System.Text.Encoding.UTF8,
                "application/json"
            )
        );
        Assert.InRange((int)answer.StatusCode, 400, 499);
        Assert.InRange((await answer.Content.ReadAsStringAsync()).Length, 1, 5_000);
    }

    public static TheoryData<string, string, string> Texts =>
        new()
        {
            {
                "/api/v1/people",
                """{"userName":"TEXT","displayName":"x","role":"viewer","tenants":["rentguy"]}""",
                "64"
            },
            {
                "/api/v1/people",
                """{"userName":"x","displayName":"TEXT","role":"viewer","tenants":["rentguy"]}""",
                "64"
            },
            {
                "/api/v1/clients",
                """{"id":"long-name","name":"TEXT","role":"viewer","tenants":["rentguy"],"scopes":["read"]}""",
                "64"
            },
            {
                "/api/v1/clients",
                """{"id":"long-uri","role":"viewer","scopes":["read"],"redirectUris":["https://x.example/TEXT"]}""",
                "2000"
            },
            { "/api/v1/tokens", """{"name":"TEXT","scopes":["read"]}""", "64" },
            { "/api/v1/tickets", """{"path":"/api/v1/TEXT"}""", "8000" },
        };

    [Theory]
    [MemberData(nameof(Texts))]
    public async Task A_text_that_is_too_long_is_refused_with_its_limit(string path, string body, string limit)
    {
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.PostAsync(
            path,
            new StringContent(
                body.Replace("TEXT", new string('x', 10_000), StringComparison.Ordinal),
                System.Text.Encoding.UTF8,
                "application/json"
            )
        );
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
        Assert.Contains($"at most {limit} ", problem.GetProperty("detail").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_given_a_tenant_that_does_not_exist()
    {
        using var admin = await app.ApiAsAsync("admin");
        using var person = await admin.PostAsJsonAsync(
            "/api/v1/people",
            new
            {
                userName = "early",
                displayName = "Early",
                role = "viewer",
                tenants = new[] { "rentguy", "next-client" },
            }
        );
        await IsRefusedAsync(person);
        using var change = await admin.PutAsJsonAsync(
            "/api/v1/people/sandbox-person-viewer",
            new
            {
                displayName = "Viewer",
                role = "viewer",
                tenants = new[] { "next-client" },
            }
        );
        await IsRefusedAsync(change);
        using var client = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id = "early-client",
                role = "viewer",
                tenants = new[] { "next-client" },
                scopes = new[] { "read" },
            }
        );
        await IsRefusedAsync(client);

        static async Task IsRefusedAsync(HttpResponseMessage answer)
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
            var detail = (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("detail").GetString();
            Assert.Contains("no tenant \"next-client\"", detail, StringComparison.Ordinal);
            Assert.Contains("rentguy", detail, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_ticket_opens_the_tail_it_was_made_for_and_nothing_else()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var query = "query=" + Uri.EscapeDataString("{service=\"api\"}");
        const string path = "/api/v1/tenants/rentguy/loki/api/v1/tail";
        foreach (
            var other in new[]
            {
                "/api/v1/tenants/witcom/loki/api/v1/tail?" + query,
                path + "?query=" + Uri.EscapeDataString("{service=\"web\"}"),
                path + "?limit=5&" + query,
            }
        )
        {
            var refused = await Assert.ThrowsAsync<WebSocketException>(async () =>
                await OpenAsync($"{other}&ticket={await TicketAsync(viewer, $"{path}?{query}")}", patience.Token)
            );
            Assert.Contains("401", refused.Message, StringComparison.Ordinal);
        }
        using var right = await OpenAsync(
            $"{path}?ticket={await TicketAsync(viewer, $"{path}?{query}")}&{query}",
            patience.Token
        );
        Assert.Equal(WebSocketState.Open, right.State);
        // No other door takes one, not even as a WebSocket.
        foreach (var door in new[] { "/api/v1/tenants", "/hubs/runner", "/mcp", "/_blazor" })
        {
            var shut = await Assert.ThrowsAsync<WebSocketException>(async () =>
                await OpenAsync($"{door}?ticket={await TicketAsync(viewer, null)}", patience.Token)
            );
            Assert.Matches("'40[0-9]'", shut.Message);
        }
    }

    private static async Task<string> TicketAsync(HttpClient client, string? path)
    {
        using var issued = await client.PostAsJsonAsync("/api/v1/tickets", new { path });
        Assert.Equal(HttpStatusCode.Created, issued.StatusCode);
        return (await issued.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("ticket").GetString()!;
    }

    private async Task<ClientWebSocket> OpenAsync(string path, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri($"ws://{app.Address.Authority}{path}"), cancellation);
        return socket;
    }

    private async Task<ClientWebSocket> TailAsync(string name, CancellationToken cancellation)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", $"Bearer {await app.GetTokenAsync(name)}");
        await socket.ConnectAsync(
            new Uri(
                $"ws://{app.Address.Authority}/api/v1/tenants/rentguy/loki/api/v1/tail?query={Uri.EscapeDataString("{service=\"api\"}")}"
            ),
            cancellation
        );
        return socket;
    }

    private static async Task<ClientWebSocket> RetryAsync(
        Func<Task<ClientWebSocket>> open,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            try
            {
                return await open();
            }
            catch (WebSocketException refused)
                when (refused.Message.Contains("429", StringComparison.Ordinal) && !cancellation.IsCancellationRequested
                )
            {
                // The place is free when the server has noticed the end.
            }
        }
    }

    private static Task<HttpResponseMessage> FollowAsync(HttpClient client, CancellationToken cancellation) =>
        client.GetAsync(
            "/api/v1/tenants/rentguy/containers/rentguy-api-1/logs?follow=true&tail=1",
            HttpCompletionOption.ResponseHeadersRead,
            cancellation
        );
}
