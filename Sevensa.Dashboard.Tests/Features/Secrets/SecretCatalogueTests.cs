using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>What is listed when Vault tells all, a part, or nothing.</summary>
public class SecretCatalogueTests
{
    private const string Denied = """{"errors":["1 error occurred:\n\t* permission denied\n\n"]}""";
    private const string Ended = """{"errors":["permission denied"]}""";
    private const string Nothing = """{"errors":[]}""";
    private static readonly DateTimeOffset Now = new(2026, 11, 28, 12, 0, 0, TimeSpan.Zero);
    private static readonly TenantScope Scope = new(["rentguy"]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A Vault of version 2 that holds these secrets, can't scan, and answers some paths otherwise.</summary>
    private static VaultStub Holding(
        IReadOnlyCollection<string> secrets,
        Func<VaultStub.Asked, (int, string)?>? otherwise = null
    ) =>
        new(asked =>
        {
            if (otherwise?.Invoke(asked) is { } other)
            {
                return other;
            }
            const string metadata = "/v1/secret/metadata/rentguy/";
            if (!asked.PathAndQuery.StartsWith(metadata, StringComparison.Ordinal))
            {
                return (404, """{"errors":["1 error occurred:\n\t* unsupported path\n\n"]}""");
            }
            var path = Uri.UnescapeDataString(asked.PathAndQuery[metadata.Length..].Split('?')[0]);
            if (asked.PathAndQuery.EndsWith("?list=true", StringComparison.Ordinal))
            {
                var names = secrets
                    .Where(secret => secret.StartsWith(path, StringComparison.Ordinal))
                    .Select(secret => secret[path.Length..])
                    .Select(name => name.IndexOf('/') is >= 0 and var cut ? name[..(cut + 1)] : name)
                    .Distinct()
                    .ToArray();
                return names.Length == 0
                    ? (404, Nothing)
                    : (200, $$$"""{"data":{"keys":{{{JsonSerializer.Serialize(names)}}}}}""");
            }
            return secrets.Contains(path) ? (200, Metadata()) : (404, Nothing);
        });

    private static string Metadata(string deletion = "", bool destroyed = false, int current = 1)
    {
        const string written = "2026-11-01T12:00:00Z";
        var versions = new Dictionary<string, object>();
        if (current > 0)
        {
            versions[current.ToString(CultureInfo.InvariantCulture)] = new
            {
                created_time = written,
                deletion_time = deletion,
                destroyed,
            };
        }
        return JsonSerializer.Serialize(
            new
            {
                data = new
                {
                    cas_required = false,
                    created_time = written,
                    current_version = current,
                    custom_metadata = (object?)null,
                    delete_version_after = "0s",
                    max_versions = 0,
                    oldest_version = 0,
                    updated_time = written,
                    versions,
                },
            }
        );
    }

    private static SecretCatalogue Catalogue(
        VaultStub stub,
        FakeTimeProvider? time = null,
        SecretsOptions? options = null
    )
    {
        time ??= new FakeTimeProvider(Now);
        var set = options ?? new SecretsOptions { Address = "http://vault.test", SandboxToken = "t" };
        return new SecretCatalogue(
            () => stub.Client(set, time),
            new SecretConsumers(new StubFleet()),
            new Ageless(),
            Options.Create(set),
            time
        );
    }

    /// <summary>Nothing was ever written back.</summary>
    private sealed class Ageless() : SecretAgeStore(null!, null!)
    {
        public override Task<IReadOnlyDictionary<(string Path, int Version), DateTimeOffset>> OfAsync(
            string tenant,
            CancellationToken cancellation
        ) =>
            Task.FromResult<IReadOnlyDictionary<(string Path, int Version), DateTimeOffset>>(
                new Dictionary<(string Path, int Version), DateTimeOffset>()
            );
    }

    private static Task<SecretList> ListAsync(VaultStub stub, string? after = null, int most = 100) =>
        Catalogue(stub).ListAsync(Scope, "rentguy", after, most, Cancellation);

    [Fact]
    public async Task A_folder_that_may_not_be_listed_is_one_row_and_the_rest_is_there()
    {
        var stub = Holding(
            ["api/database", "locked/a", "locked/b", "web/key"],
            asked => asked.PathAndQuery.Contains("/locked/", StringComparison.Ordinal) ? (403, Denied) : null
        );
        var list = await ListAsync(stub);
        Assert.Equal(["api/database", "locked/", "web/key"], list.Items.Select(item => item.Path));
        Assert.Equal(["live", "notAllowed", "live"], list.Items.Select(item => item.State));
        Assert.True(list.Partial);
        Assert.Contains("permission denied", list.Items[1].Note, StringComparison.Ordinal);
        Assert.Contains("policy", list.Items[1].Note, StringComparison.Ordinal);
        // One path says nothing of Vault.
        Assert.Equal(UpstreamState.Connected, stub.Upstreams.Find("Vault")!.State);
    }

    [Fact]
    public async Task A_secret_that_may_not_be_read_costs_its_own_row()
    {
        var stub = Holding(
            ["api/database", "api/other"],
            asked => asked.PathAndQuery.EndsWith("/api/other", StringComparison.Ordinal) ? (403, Denied) : null
        );
        var list = await ListAsync(stub);
        Assert.Equal(["live", "notAllowed"], list.Items.Select(item => item.State));
    }

    [Fact]
    public async Task Where_nothing_may_be_listed_it_is_said_as_vault_says_it()
    {
        var stub = Holding([], _ => (403, Denied));
        var refused = await Assert.ThrowsAnyAsync<UpstreamException>(() => ListAsync(stub));
        Assert.Contains("policy", refused.Remedy, StringComparison.Ordinal);
        Assert.Equal(UpstreamState.Degraded, stub.Upstreams.Find("Vault")!.State);
    }

    [Fact]
    public async Task A_token_that_ended_is_no_matter_of_the_policy()
    {
        var stub = Holding(["a"], _ => (403, Ended));
        var refused = await Assert.ThrowsAsync<UpstreamException>(() => ListAsync(stub));
        Assert.Contains("ended or was revoked", refused.Remedy, StringComparison.Ordinal);
        Assert.DoesNotContain("policy", refused.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", false, 1, "live", null)]
    [InlineData("2099-01-01T00:00:00Z", false, 1, "live", "2099-01-01T00:00:00Z")]
    [InlineData("2026-11-28T11:59:59.999999999Z", false, 1, "deleted", null)]
    [InlineData("", true, 1, "destroyed", null)]
    [InlineData("2026-11-02T00:00:00Z", true, 1, "destroyed", null)]
    [InlineData("", false, 0, "neverWritten", null)]
    public async Task Live_deleted_destroyed_and_never_written_are_told_apart(
        string deletion,
        bool destroyed,
        int current,
        string state,
        string? ends
    )
    {
        var stub = Holding(
            ["timed"],
            asked =>
                asked.PathAndQuery.EndsWith("/timed", StringComparison.Ordinal)
                    ? (200, Metadata(deletion, destroyed, current))
                    : null
        );
        var secret = Assert.Single((await ListAsync(stub)).Items);
        Assert.Equal(state, secret.State);
        Assert.Equal(ends is null ? null : DateTimeOffset.Parse(ends, CultureInfo.InvariantCulture), secret.EndsAt);
        Assert.Equal(state is "live", secret.DueAt is not null);
        Assert.Equal(state is "live", secret.Note is null);
    }

    [Fact]
    public async Task Pages_lead_to_the_last_of_many_without_losing_or_repeating_one()
    {
        string[] all =
        [
            .. Enumerable.Range(0, 2408).Select(n => $"s{n:0000}"),
            "api",
            "api-x",
            "api/a",
            "api/b/c",
            "api0",
        ];
        var stub = Holding(all);
        List<string> seen = [];
        string? after = null;
        do
        {
            var page = await ListAsync(stub, after, 500);
            seen.AddRange(page.Items.Select(item => item.Path));
            after = page.Next;
        } while (after is not null);
        Assert.Equal(all.Order(StringComparer.Ordinal), seen);
    }

    [Fact]
    public async Task A_page_that_ends_with_a_denied_folder_is_followed_by_what_comes_after_it()
    {
        var stub = Holding(
            ["a", "locked/x", "z"],
            asked => asked.PathAndQuery.Contains("/locked/", StringComparison.Ordinal) ? (403, Denied) : null
        );
        var first = await ListAsync(stub, null, 2);
        Assert.Equal((2, "locked/"), (first.Items.Count, first.Next));
        Assert.Equal("z", Assert.Single((await ListAsync(stub, first.Next)).Items).Path);
    }

    [Theory]
    [InlineData("with space/é#")]
    [InlineData("100%")]
    [InlineData("50%25 off")]
    [InlineData("a?b*c")]
    public async Task Names_that_need_encoding_are_listed_and_found(string name)
    {
        var stub = Holding([name]);
        Assert.Equal(
            (name, "live"),
            ((await ListAsync(stub)).Items.Single().Path, (await ListAsync(stub)).Items.Single().State)
        );
        Assert.NotNull(await Catalogue(stub).FindAsync(Scope, "rentguy", name, Cancellation));
    }

    [Fact]
    public async Task A_name_that_could_lead_elsewhere_is_a_row_that_says_so()
    {
        var stub = Holding(["fine", "a%2fb"]);
        var list = await ListAsync(stub);
        Assert.Equal(["notKnown", "live"], list.Items.Select(item => item.State));
        Assert.DoesNotContain(stub.Requests, asked => asked.PathAndQuery.Contains("252f", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_whole_tree_is_one_request_where_the_server_can_scan()
    {
        var entry = Metadata();
        var one = JsonDocument.Parse(entry).RootElement.GetProperty("data").GetRawText();
        var tree = string.Join(',', Enumerable.Range(0, 500).Select(n => $"\"s{n:000}\":{one}"));
        var stub = new VaultStub(asked =>
            asked.PathAndQuery == "/v1/secret/detailed-metadata/rentguy/?scan=true"
                ? (200, "{\"data\":{\"key_info\":{" + tree + ",\"s000/\":" + one + "}}}")
                : (500, """{"errors":["asked too much"]}""")
        );
        var list = await ListAsync(stub, most: 500);
        Assert.Equal(500, list.Items.Count);
        Assert.All(list.Items, item => Assert.Equal(27, item.AgeDays));
        Assert.Single(stub.Requests);
        Assert.Equal("s009", (await ListAsync(stub, most: 10)).Next);
    }

    [Fact]
    public async Task A_server_that_cannot_scan_is_not_asked_again_for_a_while()
    {
        var stub = Holding(["a"]);
        await ListAsync(stub);
        await ListAsync(stub);
        Assert.Single(stub.Requests, asked => asked.PathAndQuery.Contains("scan=true", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_engine_of_version_1_is_listed_and_said_to_keep_no_versions()
    {
        var stub = new VaultStub(asked =>
            asked.PathAndQuery switch
            {
                "/v1/sys/internal/ui/mounts/secret" => (
                    200,
                    """{"data":{"type":"kv","options":{"version":"1"},"path":"secret/"}}"""
                ),
                "/v1/secret/rentguy/?list=true" => (200, """{"data":{"keys":["api"]}}"""),
                _ => (404, Nothing),
            }
        );
        var secret = Assert.Single((await ListAsync(stub)).Items);
        Assert.Equal(("api", "kv1", 0), (secret.Path, secret.Kind, secret.Version));
        Assert.Contains("version 1", secret.Note, StringComparison.Ordinal);
        Assert.Equal("kv1", (await Catalogue(stub).FindAsync(Scope, "rentguy", "api", Cancellation))!.Kind);
        Assert.Null(await Catalogue(stub).FindAsync(Scope, "rentguy", "web", Cancellation));
        // Its values are all that it could tell.
        Assert.DoesNotContain(stub.Requests, asked => asked.PathAndQuery == "/v1/secret/rentguy/api");
    }

    [Fact]
    public async Task A_path_that_is_asked_too_often_is_asked_again_when_vault_says()
    {
        var refused = 0;
        var time = new FakeTimeProvider(Now);
        var stub = Paused(() => refused++ == 0, "2");
        var listing = Catalogue(stub, time).ListAsync(Scope, "rentguy", null, 100, Cancellation);
        await UntilAsync(() => refused == 1);
        var asked = stub.Requests.Count(one => one.PathAndQuery.EndsWith("/busy", StringComparison.Ordinal));
        Assert.Equal(1, asked);
        time.Advance(TimeSpan.FromSeconds(1.5));
        Assert.Equal(1, stub.Requests.Count(one => one.PathAndQuery.EndsWith("/busy", StringComparison.Ordinal)));
        // The pause is set a moment after the answer, so time goes on until it is over.
        while (!listing.IsCompleted)
        {
            time.Advance(TimeSpan.FromSeconds(0.5));
            await Task.Yield();
        }
        Assert.Equal(["live", "live"], (await listing).Items.Select(item => item.State));
    }

    [Fact]
    public async Task A_path_that_is_to_be_left_alone_for_long_costs_itself()
    {
        var stub = Paused(() => true, "60");
        var time = new FakeTimeProvider(Now);
        for (var turn = 0; turn < 2; turn++)
        {
            var list = await Catalogue(stub, time).ListAsync(Scope, "rentguy", null, 100, Cancellation);
            Assert.Equal(["notKnown", "live"], list.Items.Select(item => item.State));
            Assert.Contains("60 s", list.Items[0].Note, StringComparison.Ordinal);
        }
        Assert.Single(stub.Requests, asked => asked.PathAndQuery.EndsWith("/busy", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_path_that_is_to_be_left_alone_for_years_is_asked_again_after_a_while()
    {
        var stub = Paused(() => true, "Sun, 29 Nov 2099 12:00:00 GMT");
        var time = new FakeTimeProvider(Now);
        await Catalogue(stub, time).ListAsync(Scope, "rentguy", null, 100, Cancellation);
        time.Advance(TimeSpan.FromMinutes(11));
        await Catalogue(stub, time).ListAsync(Scope, "rentguy", null, 100, Cancellation);
        Assert.Equal(2, stub.Requests.Count(one => one.PathAndQuery.EndsWith("/busy", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData(200, """{"data":null}""")]
    [InlineData(200, "<html>")]
    [InlineData(502, "<html>")]
    [InlineData(500, """{"errors":["1 error occurred:\n\t* internal error\n\n"]}""")]
    public async Task A_secret_whose_answer_is_broken_costs_its_own_row(int status, string body)
    {
        var stub = Holding(
            ["api/broken", "api/database"],
            asked => asked.PathAndQuery.EndsWith("/api/broken", StringComparison.Ordinal) ? (status, body) : null
        );
        var list = await ListAsync(stub);
        Assert.Equal(["notKnown", "live"], list.Items.Select(item => item.State));
        Assert.StartsWith("Vault: ", list.Items[0].Note, StringComparison.Ordinal);
        Assert.True(list.Partial);
    }

    [Fact]
    public async Task Where_every_answer_is_broken_it_is_no_matter_of_this_or_that_secret()
    {
        var stub = Holding(
            ["a", "b"],
            asked => asked.PathAndQuery.EndsWith("list=true", StringComparison.Ordinal) ? null : (502, "<html>")
        );
        var failed = await Assert.ThrowsAsync<UpstreamException>(() => ListAsync(stub));
        Assert.Equal(502, failed.Status);
        Assert.Equal(UpstreamState.Degraded, stub.Upstreams.Find("Vault")!.State);
    }

    private static VaultStub Paused(Func<bool> refuses, string seconds)
    {
        static bool IsBusy(VaultStub.Asked asked) => asked.PathAndQuery.EndsWith("/busy", StringComparison.Ordinal);
        var holding = Holding(["busy", "free"]);
        return new VaultStub(asked =>
            IsBusy(asked) && refuses()
                ? (429, """{"errors":["request path \"secret/metadata/rentguy/busy\": rate limit quota exceeded"]}""")
                : holding.Says(asked)
        )
        {
            Header = asked => IsBusy(asked) ? ("Retry-After", seconds) : null,
        };
    }

    private static async Task UntilAsync(Func<bool> done)
    {
        while (!done())
        {
            await Task.Delay(5, Cancellation);
        }
    }
}
