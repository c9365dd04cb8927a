using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Values by the API: entered for a plan that waits, and handed over by a token; kept by no Idempotency-Key and in no file.</summary>
public sealed class SecretDeedsApiTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private const string Root = "/api/v1/tenants/rentguy/secrets";
    private const string Path = "web/payment-provider";
    private const string Marker = "sk_live_marker-that-stays-in-vault";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<(int Status, JsonNode Body)> PostAsync(
        HttpClient client,
        string address,
        object body,
        string? key = null
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = JsonContent.Create(body) };
        if (key is not null)
        {
            request.Headers.Add("Idempotency-Key", key);
        }
        using var answer = await client.SendAsync(request, Cancellation);
        var text = await answer.Content.ReadAsStringAsync(Cancellation);
        return ((int)answer.StatusCode, JsonNode.Parse(text.Length == 0 ? "{}" : text)!);
    }

    private static async Task<string> ProofAsync(HttpClient client, string deed, string path = Path)
    {
        var (status, body) = await PostAsync(
            client,
            $"{Root}/step-up",
            new
            {
                deed,
                path,
                password = "sandbox",
            },
            "the-same-key-each-time"
        );
        Assert.True(status == 200, $"{status} {body}");
        return (string)body["proof"]!;
    }

    /// <summary>All bytes of all files of the data folder but locks, which hold nothing.</summary>
    private string Files()
    {
        var text = new StringBuilder();
        foreach (
            var file in Directory
                .EnumerateFiles(app.Folder, "*", SearchOption.AllDirectories)
                .Where(file => !file.EndsWith(".lock", StringComparison.Ordinal))
        )
        {
            using var open = new FileStream(
                file,
                FileMode.Open,
                FileAccess.Read,
                FileShare.ReadWrite | FileShare.Delete
            );
            using var reader = new StreamReader(open, Encoding.Latin1);
            text.Append(reader.ReadToEnd());
        }
        Assert.True(text.Length > 10_000);
        return text.ToString();
    }

    /// <summary>Not even a hash of a body, from which a password or a value could be guessed.</summary>
    private async Task NothingIsKeptAsync()
    {
        await using var store = await app
            .Services.GetRequiredService<IDbContextFactory<Store>>()
            .CreateDbContextAsync(Cancellation);
        Assert.Empty(
            await store
                .Set<IdempotencyRow>()
                .Where(row => row.Path.StartsWith(Root))
                .Select(row => row.Path)
                .ToListAsync(Cancellation)
        );
    }

    [Fact]
    public async Task A_value_is_entered_for_the_plan_that_waits_and_is_in_no_file()
    {
        await app.FleetIsKnownAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var person = await app.ApiAsAsync("operator");
        using var approver = await app.ApiAsAsync("approver");
        var (made, proposal) = await PostAsync(
            person,
            "/api/v1/proposals",
            new
            {
                kind = "secret.enter",
                tenant = "rentguy",
                target = Path,
                parameters = new { key = "secret_key", consumers = "none" },
                reason = "the provider gave a new one",
            }
        );
        Assert.True(made == 201, $"{made} {proposal}");
        var id = (string)proposal["id"]!;
        var wish = new
        {
            path = Path,
            key = "secret_key",
            version = 2,
            value = Marker,
            stepUp = await ProofAsync(admin, "enter"),
        };
        Assert.Equal(409, (await PostAsync(admin, $"{Root}/values", wish, "first")).Status);
        var (approved, text) = await PostAsync(
            approver,
            $"/api/v1/proposals/{id}/approve",
            new { planHash = (string)proposal["planHash"]! }
        );
        Assert.True(approved == 200, $"{approved} {text}");
        // The same key, now that it is awaited: the refusal before was not kept either.
        using var patience = new CancellationTokenSource(Patience.Usual);
        (int Status, JsonNode Body) entered;
        while ((entered = await PostAsync(admin, $"{Root}/values", wish, "first")).Status == 409)
        {
            await Task.Delay(50, patience.Token);
        }
        Assert.True(entered.Status == 200, $"{entered}");
        Assert.Equal(3, (int)entered.Body["version"]!);
        while ((string?)(await person.GetFromJsonAsync<JsonNode>($"/api/v1/proposals/{id}"))!["state"] != "succeeded")
        {
            await Task.Delay(50, patience.Token);
        }
        Assert.DoesNotContain(Marker, entered.Body.ToJsonString(), StringComparison.Ordinal);
        var log = await admin.GetStringAsync("/api/v1/audit?limit=200");
        Assert.Contains("secret.entered", log, StringComparison.Ordinal);
        Assert.DoesNotContain(Marker, log, StringComparison.Ordinal);
        var files = Files();
        Assert.DoesNotContain(Marker, files, StringComparison.Ordinal);
        await NothingIsKeptAsync();
    }

    [Fact]
    public async Task A_secret_is_handed_over_by_a_token_that_works_once()
    {
        using var admin = await app.ApiAsAsync("admin");
        const string path = "worker/smtp";
        var (status, given) = await PostAsync(
            admin,
            $"{Root}/hand-overs",
            new
            {
                path,
                reason = "the mail relay is set up by hand",
                stepUp = await ProofAsync(admin, "handOver", path),
            },
            "once"
        );
        Assert.True(status == 200, $"{status} {given}");
        var token = (string)given["token"]!;
        Assert.Contains("vault unwrap", (string)given["unwrap"]!, StringComparison.Ordinal);

        using var vault = new HttpClient
        {
            BaseAddress = new Uri(
                app.Services.GetRequiredService<IOptions<SecretsOptions>>().Value.Address!.TrimEnd('/') + "/"
            ),
        };
        async Task<(HttpStatusCode Status, string Body)> UnwrapAsync()
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, "v1/sys/wrapping/unwrap")
            {
                Content = JsonContent.Create(new { token }),
            };
            request.Headers.Add("X-Vault-Token", "sandbox-root");
            using var answer = await vault.SendAsync(request, Cancellation);
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync(Cancellation));
        }
        var (unwrapped, body) = await UnwrapAsync();
        Assert.Equal(HttpStatusCode.OK, unwrapped);
        var password = (string)JsonNode.Parse(body)!["data"]!["data"]!["password"]!;
        Assert.NotEqual(HttpStatusCode.OK, (await UnwrapAsync()).Status);
        var log = await admin.GetStringAsync("/api/v1/audit?limit=200");
        Assert.Contains("the mail relay is set up by hand", log, StringComparison.Ordinal);
        Assert.Contains((string)given["accessor"]!, log, StringComparison.Ordinal);
        var files = Files();
        foreach (var secret in (string[])[token, password])
        {
            Assert.DoesNotContain(secret, log, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, files, StringComparison.Ordinal);
            if (secret == password)
            {
                Assert.DoesNotContain(secret, given.ToJsonString(), StringComparison.Ordinal);
            }
        }
        await NothingIsKeptAsync();
    }

    [Fact]
    public async Task It_takes_an_administrator_a_password_a_reason_and_a_secret_of_the_tenant()
    {
        using var admin = await app.ApiAsAsync("admin");
        using var person = await app.ApiAsAsync("operator");
        const string path = "worker/smtp";
        var proof = await ProofAsync(admin, "handOver", path);
        async Task<(int, string?)> GiveAsync(object wish, HttpClient? by = null)
        {
            var (status, body) = await PostAsync(by ?? admin, $"{Root}/hand-overs", wish);
            return (status, (string?)body["code"]);
        }
        Assert.Equal(
            403,
            (
                await GiveAsync(
                    new
                    {
                        path,
                        reason = "x",
                        stepUp = proof,
                    },
                    person
                )
            ).Item1
        );
        Assert.Equal(
            (422, "reason"),
            await GiveAsync(
                new
                {
                    path,
                    reason = " ",
                    stepUp = proof,
                }
            )
        );
        Assert.Equal(
            (422, "ttl"),
            await GiveAsync(
                new
                {
                    path,
                    reason = "x",
                    ttlSeconds = 3601,
                    stepUp = proof,
                }
            )
        );
        Assert.Equal((403, "stepUpRequired"), await GiveAsync(new { path, reason = "x" }));
        Assert.Equal(
            (403, "stepUpRequired"),
            await GiveAsync(
                new
                {
                    path = "api/database",
                    reason = "x",
                    stepUp = proof,
                }
            )
        );
        foreach (var strange in (string[])["no/such", "../witcom/psra-api/api-key", "witcom/psra-api/api-key"])
        {
            Assert.Equal(
                (404, "noSuchSecret"),
                await GiveAsync(
                    new
                    {
                        path = strange,
                        reason = "x",
                        stepUp = proof,
                    }
                )
            );
        }
        var (wrong, _) = await PostAsync(
            admin,
            $"{Root}/step-up",
            new
            {
                deed = "handOver",
                path,
                password = "not-it",
            }
        );
        Assert.Equal(403, wrong);
        // Nothing of that used it up.
        Assert.Equal(
            200,
            (
                await GiveAsync(
                    new
                    {
                        path,
                        reason = "x",
                        stepUp = proof,
                    }
                )
            ).Item1
        );
        Assert.Equal(
            (403, "stepUpRequired"),
            await GiveAsync(
                new
                {
                    path,
                    reason = "x",
                    stepUp = proof,
                }
            )
        );
    }

    [Fact]
    public async Task The_kinds_are_in_the_catalogue_and_none_takes_a_value()
    {
        using var viewer = await app.ApiAsAsync("viewer");
        var kinds = (await viewer.GetFromJsonAsync<JsonNode>("/api/v1/actions/catalogue?limit=500"))!["items"]!
            .AsArray()
            .Where(kind => ((string)kind!["kind"]!).StartsWith("secret.", StringComparison.Ordinal))
            .ToDictionary(kind => (string)kind!["kind"]!, kind => kind!);
        Assert.Equal(
            [
                "secret.enter",
                "secret.rehearse",
                "secret.restore",
                "secret.retire-id",
                "secret.root",
                "secret.rotate",
                "secret.unexpose",
            ],
            kinds.Keys.Order(StringComparer.Ordinal)
        );
        Assert.Equal("high", (string)kinds["secret.root"]["risk"]!);
        Assert.All(
            kinds.Values,
            kind => Assert.DoesNotContain("\"value\":", kind.ToJsonString(), StringComparison.Ordinal)
        );
    }
}
