using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.E2E.Fixtures;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>What no store keeps is answered alike on both providers, whichever way it comes in.</summary>
public abstract class StoreBorderTests(SandboxApp app)
{
    [Theory]
    [InlineData(
        "/api/v1/proposals",
        """{"kind":"container.restart","tenant":"rentguy","target":"api","reason":"a\u0000b"}""",
        "$.reason"
    )]
    [InlineData(
        "/api/v1/proposals",
        """{"kind":"container.restart","tenant":"rentguy","target":"api","parameters":{"x":["\ud800"]}}""",
        "$.parameters.x[0]"
    )]
    [InlineData("/api/v1/dispatch/stop", """{"reason":"\udc00"}""", "$.reason")]
    [InlineData("/api/v1/conversations/1/messages", """{"text":"a\u0000b"}""", "$.text")]
    [InlineData("/api/v1/tenants/rentguy/dashboards", """{"title":"a\u0000b","panels":[]}""", "$.title")]
    [InlineData(
        "/mcp",
        """{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"a\u0000b"}}""",
        "$.params.name"
    )]
    public async Task A_body_that_holds_what_is_no_text_is_refused_with_its_place(
        string path,
        string json,
        string place
    )
    {
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await PostAsync(admin, path, Encoding.UTF8.GetBytes(json));
        var told = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.BadRequest, $"{answer.StatusCode} {told}");
        Assert.True(told.Contains(place, StringComparison.Ordinal), told);
    }

    [Theory]
    [InlineData("/api/v1/proposals")]
    [InlineData("/api/v1/conversations/1/messages")]
    [InlineData("/api/v1/dispatch/stop")]
    [InlineData("/mcp")]
    public async Task Bytes_that_are_no_UTF8_and_what_is_no_JSON_are_the_senders_mistake(string path)
    {
        using var admin = await app.ApiAsAsync("admin");
        byte[] broken = [.. "{\"text\":\""u8, 0xFF, 0xFE, .. "\"}"u8];
        foreach (var body in new[] { broken, "{\"text\":"u8.ToArray(), "{\"text\":\"\\ud8\"}"u8.ToArray() })
        {
            using var answer = await PostAsync(admin, path, body);
            Assert.InRange((int)answer.StatusCode, 400, 499);
            Assert.DoesNotContain("Sevensa.", await answer.Content.ReadAsStringAsync());
        }
    }

    [Fact]
    public async Task JSON_in_another_encoding_is_refused_in_words()
    {
        using var admin = await app.ApiAsAsync("admin");
        using var content = new ByteArrayContent(Encoding.Unicode.GetBytes("{}"));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse("application/json; charset=utf-16");
        using var answer = await admin.PostAsync("/api/v1/proposals", content);
        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }

    [Fact]
    public async Task What_comes_by_an_address_is_made_whole()
    {
        using var admin = await app.ApiAsAsync("admin");
        using var report = new StringContent("""{"SchemaVersion":2,"ArtifactName":"a","Results":[]}""");
        report.Headers.ContentType = new("application/json");
        using var taken = await admin.PostAsync(
            $"/api/v1/scans?image=a%00b&digest=sha256:{new string('a', 64)}",
            report
        );
        Assert.InRange((int)taken.StatusCode, 200, 499);
        foreach (
            var path in new[]
            {
                "/api/v1/audit?target=a%00b",
                "/api/v1/findings?tenant=rentguy%00",
                "/api/v1/proposals?tenant=a%00",
            }
        )
        {
            using var answer = await admin.GetAsync(path);
            Assert.InRange((int)answer.StatusCode, 200, 499);
        }
        using var browser = app.Browser();
        using var signIn = await SandboxApp.SubmitAsync(
            browser,
            "/signin",
            ("Input.Name", "a\0"),
            ("Input.Password", "b\0")
        );
        Assert.InRange((int)signIn.StatusCode, 200, 499);
    }

    [Fact]
    public async Task What_another_program_told_is_kept_whole()
    {
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        var row = new IdempotencyRow
        {
            Caller = "half \uD83D",
            Path = "nul \0 inside",
            Key = "🐳",
            RequestHash = "\uDC33",
            BegunAt = DateTimeOffset.UnixEpoch,
        };
        store.Add(row);
        await store.SaveChangesAsync();
        store.ChangeTracker.Clear();
        string[] paths = ["nul \0 inside"];
        var kept = await store
            .Set<IdempotencyRow>()
            .SingleAsync(found => paths.Contains(found.Path) || found.Path == paths[0]);
        Assert.Equal(
            ("half ", "nul \uFFFD inside", "🐳", "\uFFFD"),
            (kept.Caller, kept.Path, kept.Key, kept.RequestHash)
        );
        await store.Set<IdempotencyRow>().ExecuteUpdateAsync(set => set.SetProperty(found => found.ContentType, "\0"));
        var log = app.Services.GetRequiredService<IAuditLog>();
        await log.AppendAsync(new AuditEntry(AuditActor.System, "test.whole", Target: "a\uD83D", Detail: "\0"));
        using var admin = await app.ApiAsAsync("admin");
        using var verified = JsonDocument.Parse(await admin.GetStringAsync("/api/v1/audit/verify"));
        Assert.True(verified.RootElement.GetProperty("valid").GetBoolean(), verified.RootElement.ToString());
    }

    [Fact]
    public async Task A_text_that_is_longer_than_its_column_is_refused_with_the_limit()
    {
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync();
        store.Add(
            new IdempotencyRow
            {
                Caller = new string('x', 201),
                Path = "",
                Key = "",
                RequestHash = "",
                BegunAt = DateTimeOffset.UnixEpoch,
            }
        );
        var refused = await Assert.ThrowsAsync<TextTooLongException>(() => store.SaveChangesAsync());
        Assert.Equal("\"caller\" has 201 characters; at most 200 are taken.", refused.Message);
        Assert.Equal(422, new PlatformProblems().For(refused)!.Status);
    }

    private static async Task<HttpResponseMessage> PostAsync(HttpClient client, string path, byte[] body)
    {
        using var content = new ByteArrayContent(body);
        content.Headers.ContentType = new("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        if (path == "/mcp")
        {
            request.Headers.Accept.ParseAdd("application/json, text/event-stream");
        }
        return await client.SendAsync(request);
    }
}

public class SqliteBorderTests(SandboxApp app) : StoreBorderTests(app), IClassFixture<SandboxApp>;

public class PostgresBorderTests(PostgresApp postgres) : StoreBorderTests(postgres.App), IClassFixture<PostgresApp>;

/// <summary>The program on a PostgreSQL of its own.</summary>
public sealed class PostgresApp : IAsyncLifetime
{
    public PostgresCluster Cluster { get; } = new();

    public ConfiguredApp App { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await Cluster.InitializeAsync();
        App = new ConfiguredApp(
            ("Storage:Postgres", await Cluster.DatabaseAsync("dashboard")),
            ("Docker:Endpoint", "none")
        );
        await App.InitializeAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (App is not null)
        {
            await App.DisposeAsync();
        }
        await Cluster.DisposeAsync();
    }
}
