using System.Net;
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
    public static TheoryData<string> Ends => [.. MadePerson.Ends, "code used twice"];

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
        var code = what == "code used twice" ? await made.CodeAsync("read") : null;
        using var there = code is null
            ? await made.PersonalAsync("read")
            : two.There.WithToken((await made.RedeemAsync(code)).GetProperty("access_token").GetString()!);
        using var here = two.Here.WithToken(there.DefaultRequestHeaders.Authorization!.Parameter!);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        using var tail = await OpenTail.ConnectAsync(here, "rentguy", patience.Token);
        // Everything about them has just been looked at, and is remembered here.
        using (var before = await here.GetAsync("/api/v1/tenants/rentguy/alerts", patience.Token))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }
        var closed = OpenTail.ClosedAsync(tail, patience.Token);

        await (code is null ? made.EndAsync(what, there) : made.RedeemAsync(code));
        using var since = new OwnTime();
        var (status, reason) = await closed;
        TestContext.Current.TestOutputHelper?.WriteLine($"{what}: the tail ended after {since.Elapsed}.");
        Assert.True(since.Elapsed < Patience.OfFiveSeconds, $"It took {since.Elapsed}.");
        Assert.Equal(WebSocketCloseStatus.PolicyViolation, status);
        Assert.Contains("access ended", reason, StringComparison.Ordinal);
        while (true)
        {
            using var after = await here.GetAsync("/api/v1/tenants/rentguy/alerts", patience.Token);
            if (after.StatusCode != HttpStatusCode.OK)
            {
                break;
            }
            Assert.True(since.Elapsed < Patience.OfFiveSeconds, $"A request still passes after {since.Elapsed}.");
            await Task.Delay(20, patience.Token);
        }
    }

    [Fact]
    public async Task What_a_client_may_is_taken_from_it_there_and_ends_here()
    {
        var (id, there) = await two.There.ProgramAsync("viewer", ["rentguy"], "read");
        using var ended = there;
        using var here = two.Here.WithToken(there.DefaultRequestHeaders.Authorization!.Parameter!);
        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync("/api/v1/tenants")).StatusCode);
        await two
            .There.Services.GetRequiredService<ApiClients>()
            .ChangeAsync(id, client => client with { Disabled = true }, default);
        using var since = new OwnTime();
        while ((await here.GetAsync("/api/v1/tenants")).StatusCode == HttpStatusCode.OK)
        {
            Assert.True(since.Elapsed < Patience.OfFiveSeconds, $"It still passes after {since.Elapsed}.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
