using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Two dashboards on one PostgreSQL.</summary>
public sealed class TwoDashboards : IAsyncLifetime
{
    private readonly PostgresCluster cluster = new();
    private readonly string keys = Directory.CreateTempSubdirectory("sevensa-keys-").FullName;

    public ConfiguredApp Here { get; private set; } = null!;
    public ConfiguredApp There { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await cluster.InitializeAsync();
        var database = await cluster.DatabaseAsync("shared");
        There = App();
        await There.InitializeAsync();
        Here = App();
        await Here.InitializeAsync();

        ConfiguredApp App() =>
            new(
                ("Storage:Postgres", database),
                ("Security:KeyFile", Path.Combine(keys, "store.key")),
                ("Identity:PublicUrl", "http://dashboard.example")
            );
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var app in new[] { Here, There })
        {
            if (app is not null)
            {
                await app.DisposeAsync();
            }
        }
        await cluster.DisposeAsync();
        Directory.Delete(keys, recursive: true);
    }
}

/// <summary>What ends on one dashboard ends on another that shares its store: streams that are open here, and every request after.</summary>
public sealed class EndedElsewhereTests(TwoDashboards two) : IClassFixture<TwoDashboards>
{
    /// <summary>Five seconds are promised; a machine that is slower has this long for the same work.</summary>
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(Environment.ProcessorCount > 4 ? 5 : 10);

    public static TheoryData<string> Ends =>
        ["disabled", "reset", "role taken away", "tenant taken away", "personal token ended", "code used twice"];

    [Theory]
    [MemberData(nameof(Ends))]
    public async Task A_tail_here_ends_soon_after_its_right_ended_there(string what)
    {
        var made = await MadePerson.MakeAsync(
            two.There,
            "there-" + what.Replace(' ', '-'),
            "operator",
            "rentguy",
            "witcom"
        );
        using var browser = made.Browser;
        using var admin = await two.There.ApiAsAsync("admin");
        var code = what == "code used twice" ? await made.CodeAsync("read") : null;
        using var there = code is null
            ? await made.PersonalAsync("read")
            : made.WithToken((await made.RedeemAsync(code)).GetProperty("access_token").GetString()!);
        using var here = (made with { App = two.Here }).WithToken(
            there.DefaultRequestHeaders.Authorization!.Parameter!
        );
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var tail = new ClientWebSocket();
        tail.Options.SetRequestHeader("Authorization", here.DefaultRequestHeaders.Authorization!.ToString());
        await tail.ConnectAsync(Tail, patience.Token);
        // Everything about them has just been looked at, and is remembered here.
        using (var before = await here.GetAsync("/api/v1/tenants/rentguy/alerts", patience.Token))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }
        var closed = ClosedAsync(tail, patience.Token);

        await (code is null ? EndAsync(what, admin, there, made.Id) : made.RedeemAsync(code));
        var since = Stopwatch.StartNew();
        var (status, reason) = await closed;
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: the tail ended after {since.Elapsed}.");
        Assert.True(since.Elapsed < Soon, $"It took {since.Elapsed}.");
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, status);
        Assert.Contains("access ended", reason, StringComparison.Ordinal);
        while (true)
        {
            using var after = await here.GetAsync("/api/v1/tenants/rentguy/alerts", patience.Token);
            if (after.StatusCode != HttpStatusCode.OK)
            {
                break;
            }
            Assert.True(since.Elapsed < Soon, $"A request still passes after {since.Elapsed}.");
        }
    }

    [Fact]
    public async Task What_a_client_may_is_taken_from_it_there_and_ends_here()
    {
        using var admin = await two.There.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id = "two-places",
                role = "viewer",
                tenants = new[] { "rentguy" },
                scopes = new[] { "read" },
            }
        );
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;
        using var nobody = two.Here.Anonymous();
        using var token = await nobody.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "two-places",
                    ["client_secret"] = secret,
                }
            )
        );
        nobody.DefaultRequestHeaders.Authorization = new(
            "Bearer",
            (await token.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("access_token").GetString()!
        );
        Assert.Equal(HttpStatusCode.OK, (await nobody.GetAsync("/api/v1/tenants")).StatusCode);
        await two
            .There.Services.GetRequiredService<ApiClients>()
            .ChangeAsync("two-places", client => client with { Disabled = true }, default);
        var since = Stopwatch.StartNew();
        while ((await nobody.GetAsync("/api/v1/tenants")).StatusCode == HttpStatusCode.OK)
        {
            Assert.True(since.Elapsed < Soon, $"It still passes after {since.Elapsed}.");
        }
    }

    private static Task EndAsync(string what, HttpClient admin, HttpClient own, string id)
    {
        return what switch
        {
            "disabled" => GoodAsync(admin.PostAsync($"/api/v1/people/{id}/disable", null)),
            "reset" => GoodAsync(admin.PostAsync($"/api/v1/people/{id}/reset", null)),
            "role taken away" => ChangeAsync("client", "rentguy"),
            "tenant taken away" => ChangeAsync("operator", "witcom"),
            _ => EndTokenAsync(),
        };

        Task ChangeAsync(string role, string tenant) =>
            GoodAsync(
                admin.PutAsJsonAsync(
                    $"/api/v1/people/{id}",
                    new
                    {
                        displayName = "changed",
                        role,
                        tenants = new[] { tenant },
                    }
                )
            );

        async Task EndTokenAsync()
        {
            var rows = await own.GetFromJsonAsync<JsonElement>("/api/v1/tokens");
            await GoodAsync(
                own.DeleteAsync($"/api/v1/tokens/{rows.GetProperty("items")[0].GetProperty("id").GetString()}")
            );
        }
    }

    private static async Task GoodAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    private Uri Tail =>
        new UriBuilder(two.Here.Address)
        {
            Scheme = "ws",
            Path = "/api/v1/tenants/rentguy/loki/api/v1/tail",
            Query = "query=" + Uri.EscapeDataString("{service=\"api\"}"),
        }.Uri;

    private static async Task<(WebSocketCloseStatus? Status, string? Reason)> ClosedAsync(
        ClientWebSocket socket,
        CancellationToken cancellation
    )
    {
        var buffer = new byte[64 * 1024];
        while ((await socket.ReceiveAsync(buffer, cancellation)).MessageType != WebSocketMessageType.Close) { }
        return (socket.CloseStatus, socket.CloseStatusDescription);
    }
}
