using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>The dashboard's token, its namespace, and what is remembered between requests.</summary>
public sealed class VaultSessionTests : IDisposable
{
    private const string Metadata =
        """{"data":{"current_version":1,"created_time":"2026-11-01T12:00:00Z","updated_time":"2026-11-01T12:00:00Z","versions":{}}}""";
    private const string Denied = """{"errors":["1 error occurred:\n\t* permission denied\n\n"]}""";
    private const string Ended = """{"errors":["permission denied"]}""";

    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-vault-").FullName;
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 28, 12, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(folder, true);

    private string File(string name, string text)
    {
        var path = Path.Combine(folder, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }

    private SecretsOptions FromFile() => new() { Address = "http://vault.test", TokenFile = File("token", "s.one\n") };

    private static int Count(VaultStub stub, string end) =>
        stub.Requests.Count(asked => asked.PathAndQuery.EndsWith(end, StringComparison.Ordinal));

    [Fact]
    public async Task A_token_from_a_file_is_renewed_when_two_thirds_of_its_time_are_over()
    {
        var life = 3600;
        var stub = new VaultStub(asked =>
            asked.PathAndQuery switch
            {
                "/v1/auth/token/lookup-self" => (
                    200,
                    """{"data":{"display_name":"token","policies":["dashboard"],"ttl":3600,"creation_ttl":3600,"period":3600,"renewable":true}}"""
                ),
                "/v1/auth/token/renew-self" => (
                    200,
                    $$$"""{"auth":{"client_token":"{{{asked.Token}}}","lease_duration":{{{life}}},"renewable":true}}"""
                ),
                _ => (404, """{"errors":[]}"""),
            }
        );
        var client = stub.Client(FromFile(), time);
        var session = stub.Session!;
        Assert.Equal((time.GetUtcNow().AddSeconds(2400), null), await session.KeepAsync(client, Cancellation));
        time.Advance(TimeSpan.FromSeconds(2399));
        await session.KeepAsync(client, Cancellation);
        Assert.Equal((1, 0), (Count(stub, "/lookup-self"), Count(stub, "/renew-self")));
        time.Advance(TimeSpan.FromSeconds(2));
        await session.KeepAsync(client, Cancellation);
        Assert.Equal((1, 1), (Count(stub, "/lookup-self"), Count(stub, "/renew-self")));
        Assert.Equal("s.one", stub.Requests.Last().Token);

        // Another one in the file is looked up anew.
        File("token", "s.two");
        await session.KeepAsync(client, Cancellation);
        Assert.Equal((2, 1), (Count(stub, "/lookup-self"), Count(stub, "/renew-self")));

        // At its longest life there is nothing more to be had, and that is said.
        time.Advance(TimeSpan.FromSeconds(2500));
        life = 1100;
        Assert.Equal(
            (DateTimeOffset.MaxValue, time.GetUtcNow().AddSeconds(1100)),
            await session.KeepAsync(client, Cancellation)
        );
    }

    [Fact]
    public async Task A_denied_path_makes_no_new_login_and_an_ended_token_one()
    {
        var (denied, ended, logins) = (true, false, 0);
        var stub = new VaultStub(asked =>
        {
            if (asked.PathAndQuery.EndsWith("/login", StringComparison.Ordinal))
            {
                ended = false;
                return (
                    200,
                    $$$"""{"auth":{"client_token":"s.{{{++logins}}}","lease_duration":1200,"renewable":true}}"""
                );
            }
            return ended ? (403, Ended)
                : denied ? (403, Denied)
                : (200, Metadata);
        });
        var client = stub.Client(
            new SecretsOptions
            {
                Address = "http://vault.test",
                RoleIdFile = File("role", "r"),
                SecretIdFile = File("secret", "s"),
            },
            time
        );
        for (var turn = 0; turn < 3; turn++)
        {
            await Assert.ThrowsAnyAsync<UpstreamException>(() => client.MetadataAsync("rentguy/api", Cancellation));
        }
        Assert.Equal(1, Count(stub, "/login"));
        (denied, ended) = (false, true);
        Assert.NotNull(await client.MetadataAsync("rentguy/api", Cancellation));
        Assert.Equal(2, Count(stub, "/login"));
    }

    [Fact]
    public async Task A_token_that_somebody_replaces_while_it_is_used_is_read_again()
    {
        var stub = new VaultStub(asked =>
        {
            if (asked.Token == "s.two")
            {
                return (200, Metadata);
            }
            File("token", "s.two");
            return (403, Ended);
        });
        Assert.NotNull(await stub.Client(FromFile(), time).MetadataAsync("rentguy/api", Cancellation));
    }

    [Fact]
    public async Task The_health_probe_asks_without_the_namespace_and_what_is_asked_for_with_it()
    {
        var recorded = Recorded.Of("openbao").ToLookup(exchange => exchange.Name);
        var stub = new VaultStub(asked =>
        {
            var name =
                asked.PathAndQuery != "/v1/sys/health" ? "lookup self limited"
                : asked.Headers.ContainsKey("X-Vault-Namespace") ? "namespaced health"
                : "health active";
            return (recorded[name].First().Status, recorded[name].First().Body);
        });
        var options = FromFile();
        options.Namespace = "/witcom/";
        await stub.Client(options, time).ProbeAsync(Cancellation);
        Assert.Equal(UpstreamState.Connected, stub.Upstreams.Find("Vault")!.State);
        Assert.Equal(
            "witcom",
            stub.Requests.Single(asked => asked.PathAndQuery != "/v1/sys/health").Headers["X-Vault-Namespace"]
        );
    }

    [Theory]
    [InlineData("namespace unknown", "namespace not found", "Vault:Namespace")]
    [InlineData("expired token lookup", "permission denied", "Vault:TokenFile")]
    public async Task The_probe_names_an_unknown_namespace_and_an_ended_token(string name, string words, string remedy)
    {
        var recorded = Recorded.Of("openbao").ToLookup(exchange => exchange.Name);
        var stub = new VaultStub(asked =>
        {
            var exchange = recorded[asked.PathAndQuery == "/v1/sys/health" ? "health active" : name].First();
            return (exchange.Status, exchange.Body);
        });
        var options = FromFile();
        options.Namespace = "nobody";
        var client = stub.Client(options, time);
        for (var turn = 0; turn < 2; turn++)
        {
            await Assert.ThrowsAnyAsync<UpstreamException>(() => client.ProbeAsync(Cancellation));
            var state = stub.Upstreams.Find("Vault")!;
            Assert.Equal((UpstreamState.Degraded, words), (state.State, state.Message));
            Assert.Contains(remedy, state.Remedy, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Where_nothing_is_answered_while_its_health_is_well_the_probe_says_so()
    {
        var (recorded, full) = (Recorded.Of("openbao").ToLookup(exchange => exchange.Name), false);
        var stub = new VaultStub(asked =>
            asked.PathAndQuery == "/v1/sys/health" ? (200, recorded["health active"].First().Body)
            : full ? (500, """{"errors":["internal error"]}""")
            : (200, recorded["lookup self limited"].First().Body)
        );
        var client = stub.Client(FromFile(), time);
        await client.ProbeAsync(Cancellation);
        full = true;
        await Assert.ThrowsAsync<UpstreamException>(() => client.LookupSelfAsync(Cancellation));
        await Assert.ThrowsAsync<UpstreamException>(() => client.ProbeAsync(Cancellation));
        var state = stub.Upstreams.Find("Vault")!;
        Assert.Equal((UpstreamState.Degraded, "internal error"), (state.State, state.Message));
        Assert.Contains("audit", state.Remedy, StringComparison.Ordinal);
        full = false;
        await client.ProbeAsync(Cancellation);
        Assert.Equal(UpstreamState.Connected, stub.Upstreams.Find("Vault")!.State);
    }

    [Fact]
    public async Task What_is_no_answer_of_health_is_not_taken_for_one()
    {
        var refused = VaultStub.Answering(400, """{"errors":["operation unavailable in namespaces"]}""");
        var exception = await Assert.ThrowsAsync<UpstreamException>(() => refused.Client().HealthAsync(Cancellation));
        Assert.Equal("operation unavailable in namespaces", exception.Message);
        await Assert.ThrowsAsync<UpstreamException>(() =>
            VaultStub.Answering(503, "{}").Client().HealthAsync(Cancellation)
        );
    }

    [Fact]
    public async Task After_a_write_what_is_read_knows_of_it()
    {
        const string index = "eyJjbHVzdGVyIjoiYSIsInZhbHVlIjoiMzg4MiJ9";
        var stub = new VaultStub(asked =>
            asked.Method == "POST" ? (200, """{"data":{"version":2}}""") : (200, Metadata)
        )
        {
            Header = asked => asked.Method == "POST" ? ("X-Vault-Index", index) : null,
        };
        var client = stub.Client(time: time);
        await client.MetadataAsync("rentguy/api", Cancellation);
        Assert.False(stub.Requests.Last().Headers.ContainsKey("X-Vault-Index"));
        await client.WriteAsync("rentguy/api", [], 1, Cancellation);
        // A client of another use: the dashboard takes a new one each time.
        await stub.Client(time: time).MetadataAsync("rentguy/api", Cancellation);
        Assert.Equal(index, stub.Requests.Last().Headers["X-Vault-Index"]);
        Assert.Equal("forward-active-node", stub.Requests.Last().Headers["X-Vault-Inconsistent"]);
        time.Advance(TimeSpan.FromMinutes(2));
        await client.MetadataAsync("rentguy/api", Cancellation);
        Assert.False(stub.Requests.Last().Headers.ContainsKey("X-Vault-Index"));
    }

    [Fact]
    public async Task A_place_that_the_server_cannot_read_is_given_up()
    {
        var stub = new VaultStub(asked =>
            asked.Method == "POST" ? (200, """{"data":{"version":2}}""")
            : asked.Headers.ContainsKey("X-Vault-Index")
                ? (400, """{"errors":["failed to decode \"X-Vault-Index\""]}""")
            : (200, Metadata)
        )
        {
            Header = asked => asked.Method == "POST" ? ("X-Vault-Index", "abc") : null,
        };
        var client = stub.Client(time: time);
        await client.WriteAsync("rentguy/api", [], 1, Cancellation);
        Assert.NotNull(await client.MetadataAsync("rentguy/api", Cancellation));
        Assert.NotNull(await client.MetadataAsync("rentguy/api", Cancellation));
        Assert.Equal(4, stub.Requests.Count);
    }
}
