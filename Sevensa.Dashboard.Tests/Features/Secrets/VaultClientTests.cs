using System.Text.Json;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>The client is held to exchanges with a real Vault.</summary>
public class VaultClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static VaultStub Replay(string name)
    {
        var exchange = Recorded.Of("vault").Single(found => found.Name == name);
        return VaultStub.Answering(exchange.Status, exchange.Body);
    }

    [Fact]
    public async Task Reads_health_whether_sealed_or_not()
    {
        var well = Replay("health");
        Assert.Equal("1.8.0-dev", (await well.Client().HealthAsync(Cancellation)).Version);
        Assert.Equal(UpstreamState.Connected, well.Upstreams.Find("Vault")!.State);

        var closed = Replay("health sealed");
        Assert.True((await closed.Client().HealthAsync(Cancellation)).Sealed);
        Assert.Equal(UpstreamState.Degraded, closed.Upstreams.Find("Vault")!.State);
        Assert.Contains("vault operator unseal", closed.Upstreams.Find("Vault")!.Remedy);
    }

    [Fact]
    public async Task Reads_versions_and_times()
    {
        var metadata = await Replay("kv metadata").Client().MetadataAsync("rentguy/api", Cancellation);
        Assert.Equal(2, metadata!.CurrentVersion);
        Assert.Equal(2, metadata.Versions.Count);
        Assert.Equal(
            new DateTimeOffset(2026, 11, 23, 11, 47, 34, TimeSpan.Zero),
            metadata.Versions["2"].CreatedTime,
            TimeSpan.FromSeconds(1)
        );
        Assert.Null(await Replay("kv get missing").Client().MetadataAsync("rentguy/none", Cancellation));
    }

    [Theory]
    [InlineData("kv list", "api")]
    [InlineData("kv list by query", "api")]
    [InlineData("kv list missing", null)]
    public async Task Lists_names(string recording, string? only)
    {
        var names = await Replay(recording).Client().ListAsync("rentguy/", Cancellation);
        Assert.Equal(only is null ? [] : [only], names);
    }

    [Fact]
    public async Task Names_keys_and_knows_versions_that_are_gone()
    {
        Assert.Equal(
            ["API_KEY", "DB_PASSWORD"],
            await Replay("kv get").Client().KeyNamesAsync("rentguy/api", 2, Cancellation)
        );
        Assert.Null(await Replay("kv get deleted version").Client().DataAsync("rentguy/api", 1, Cancellation));
        Assert.Null(await Replay("kv get destroyed version").Client().DataAsync("rentguy/api", 1, Cancellation));
    }

    [Fact]
    public async Task Writes_with_check_and_set_and_tells_a_mismatch_from_a_failure()
    {
        var data = new Dictionary<string, JsonElement> { ["x"] = JsonSerializer.SerializeToElement("y") };
        var stub = Replay("kv put second version");
        Assert.Equal(2, await stub.Client().WriteAsync("rentguy/api", data, 1, Cancellation));
        using var sent = JsonDocument.Parse(stub.Requests.Single().Body);
        Assert.Equal(1, sent.RootElement.GetProperty("options").GetProperty("cas").GetInt32());
        Assert.Equal("y", sent.RootElement.GetProperty("data").GetProperty("x").GetString());

        Assert.Null(await Replay("kv put cas mismatch").Client().WriteAsync("rentguy/api", data, 1, Cancellation));
        await Assert.ThrowsAsync<UpstreamException>(() =>
            Replay("read sealed").Client().WriteAsync("rentguy/api", data, 1, Cancellation)
        );
    }

    [Theory]
    [InlineData("read sealed", 503, "error performing token check: Vault is sealed", "vault operator unseal")]
    [InlineData("limited denied", 403, "permission denied", "policy")]
    [InlineData("bad token", 403, "permission denied", "ended or was revoked")]
    [InlineData("no token", 400, "missing client token", "Vault:TokenFile")]
    [InlineData("unsupported path", 404, "no handler for route 'nope/x'", null)]
    public async Task Keeps_vaults_status_and_words(string recording, int status, string words, string? remedy)
    {
        var exception = await Assert.ThrowsAnyAsync<UpstreamException>(() =>
            Replay(recording).Client().MetadataAsync("rentguy/api", Cancellation)
        );
        Assert.Equal((status, words), (exception.Status, exception.Message));
        Assert.Contains(remedy ?? "", exception.Remedy ?? "");
        // What Vault denies the dashboard must not look like the asker's own 403.
        Assert.NotEqual(UpstreamFault.Refused, exception.Fault);
    }

    [Fact]
    public async Task A_broken_answer_is_told_without_its_content()
    {
        var exception = await Assert.ThrowsAsync<UpstreamException>(() =>
            VaultStub
                .Answering(200, """{"data": {"data": {"password": "marker-value" """)
                .Client()
                .DataAsync("rentguy/api", 1, Cancellation)
        );
        Assert.Equal(UpstreamFault.Garbled, exception.Fault);
        Assert.DoesNotContain("marker-value", exception.ToString());
    }

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"data":{}}""")]
    [InlineData("""{"data":{"keys":null}}""")]
    [InlineData("""{"data":{"versions":{"1":null}}}""")]
    [InlineData("""{"status":"success","data":{"resultType":"vector","result":[]}}""")]
    public async Task JSON_of_another_server_is_told_as_such(string body)
    {
        var client = VaultStub.Answering(200, body).Client();
        var metadata = await Assert.ThrowsAsync<UpstreamException>(() =>
            client.MetadataAsync("rentguy/api", Cancellation)
        );
        Assert.Equal(UpstreamFault.Garbled, metadata.Fault);
        Assert.Contains("not what Vault sends", metadata.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_an_address_it_says_which_setting_is_missing()
    {
        var exception = await Assert.ThrowsAsync<UpstreamException>(() =>
            VaultStub.Answering(200, "{}").Client(new SecretsOptions()).MetadataAsync("a/b", Cancellation)
        );
        Assert.Equal(UpstreamFault.NotConfigured, exception.Fault);
        Assert.Contains("Vault:Address", exception.Remedy);
    }

    [Fact]
    public async Task An_app_role_logs_in_once_renews_and_logs_in_again_when_the_token_is_refused()
    {
        var recordings = Recorded.Of("vault").ToDictionary(exchange => exchange.Name);
        var refuse = false;
        var stub = new VaultStub(asked =>
        {
            var name =
                asked.PathAndQuery.EndsWith("/login", StringComparison.Ordinal) ? "approle login"
                : asked.PathAndQuery.EndsWith("/renew-self", StringComparison.Ordinal) ? "renew self"
                : refuse ? "bad token"
                : "kv metadata";
            refuse = refuse && name == "approle login" ? false : refuse;
            return (recordings[name].Status, recordings[name].Body);
        });
        var folder = Directory.CreateTempSubdirectory("sevensa-vault-").FullName;
        var (role, secret) = (Path.Combine(folder, "role"), Path.Combine(folder, "secret"));
        await File.WriteAllTextAsync(role, "role-id\n", Cancellation);
        await File.WriteAllTextAsync(secret, "secret-id\n", Cancellation);
        var time = new FakeTimeProvider();
        var client = stub.Client(
            new SecretsOptions
            {
                Address = "http://vault.test",
                RoleIdFile = role,
                SecretIdFile = secret,
            },
            time
        );
        int Count(string end) =>
            stub.Requests.Count(asked => asked.PathAndQuery.EndsWith(end, StringComparison.Ordinal));

        await client.MetadataAsync("rentguy/api", Cancellation);
        await client.MetadataAsync("rentguy/api", Cancellation);
        Assert.Equal((1, 0), (Count("/login"), Count("/renew-self")));
        Assert.Contains("role-id", stub.Requests.First().Body);
        Assert.DoesNotContain("\\n", stub.Requests.First().Body);

        time.Advance(TimeSpan.FromSeconds(1200 * 0.7));
        await client.MetadataAsync("rentguy/api", Cancellation);
        Assert.Equal((1, 1), (Count("/login"), Count("/renew-self")));

        refuse = true;
        Assert.NotNull(await client.MetadataAsync("rentguy/api", Cancellation));
        Assert.Equal(2, Count("/login"));
        Directory.Delete(folder, true);
    }

    [Theory]
    [InlineData("""{"errors":["1 error occurred:\n\t* permission denied\n\n"]}""", true)]
    [InlineData("""{"errors":["1 error occurred:\n\t* the namespace has been locked\n\n"]}""", false)]
    [InlineData("<html>Forbidden</html>", false)]
    public async Task Only_a_policys_denial_is_called_one(string body, bool isDenial)
    {
        var exception = await Assert.ThrowsAnyAsync<UpstreamException>(() =>
            VaultStub.Answering(403, body).Client().MetadataAsync("rentguy/api", Cancellation)
        );
        Assert.Equal((403, isDenial), (exception.Status, exception is VaultDenial));
    }

    [Theory]
    [InlineData(404, "404 page not found")]
    [InlineData(404, "")]
    [InlineData(404, """{"message":"no Route matched with those values"}""")]
    [InlineData(405, "<html>Not Allowed</html>")]
    [InlineData(500, "<html>Internal Server Error</html>")]
    public async Task What_a_proxy_answers_in_vaults_place_is_no_word_of_vaults(int status, string body)
    {
        var stub = VaultStub.Answering(status, body);
        var client = stub.Client();
        foreach (
            var asking in (Func<Task>[])
                [
                    () => client.MetadataAsync("rentguy/api", Cancellation),
                    () => client.DataAsync("rentguy/api", 1, Cancellation),
                    () => client.ListAsync("rentguy/", Cancellation),
                    () => client.WriteAsync("rentguy/api", [], 1, Cancellation),
                    () => client.WrapAsync("rentguy/api", 1, 60, Cancellation),
                    () => client.StaticRoleAsync("rentguy-a", Cancellation),
                    () => client.RotateRoleAsync("rentguy-a", Cancellation),
                    () => client.LookUpSecretIdAsync("rentguy-ci", "id", Cancellation),
                    () => client.WhyNoLoginAsync("role", "id", Cancellation),
                    () => client.LookAtLeaseAsync("database/creds/rentguy-a/1", Cancellation),
                ]
        )
        {
            var exception = await Assert.ThrowsAsync<ForeignAnswer>(asking);
            Assert.Equal(status, exception.Status);
            Assert.Contains("in front of Vault", exception.Message, StringComparison.Ordinal);
        }
        Assert.Equal(UpstreamState.Degraded, stub.Upstreams.Find("Vault")!.State);
        // What can be done without is done without.
        Assert.Equal(2, await client.EngineVersionAsync(Cancellation));
        Assert.Null(await client.KeptVersionsAsync(Cancellation));
    }
}
