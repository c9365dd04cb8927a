using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Accesses;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Secrets.Accesses;

/// <summary>What Vault's audit lines say of a tenant's secrets, and what of it is unusual.</summary>
public class AccessRecordTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 20, 12, 0, 0, TimeSpan.Zero);
    private static readonly AuditReading Reading = new("secret", "", ["rentguy", "witcom", "psra", "psra-ltsd"]);

    private sealed class Log(IReadOnlyList<(DateTimeOffset At, string Text)> lines) : ILogs
    {
        public List<(string Scope, string Query, int Count)> Asked { get; } = [];

        public Task<IReadOnlyList<LogLine>> RecentAsync(
            TenantScope scope,
            string? logQl,
            DateTimeOffset from,
            DateTimeOffset to,
            int most,
            CancellationToken cancellation
        )
        {
            IReadOnlyList<LogLine> given =
            [
                .. lines
                    .Where(line => line.At >= from && line.At < to)
                    .OrderByDescending(line => line.At)
                    .Take(most)
                    .Select(line => new LogLine(
                        line.At.ToUnixTimeMilliseconds() * 1_000_000,
                        line.Text,
                        new Dictionary<string, string>()
                    )),
            ];
            Asked.Add((scope.OrgId, logQl!, given.Count));
            return Task.FromResult(given);
        }

        public Task<IReadOnlyList<string>> LabelValuesAsync(
            TenantScope scope,
            string label,
            DateTimeOffset from,
            DateTimeOffset to,
            CancellationToken cancellation
        ) => throw new NotSupportedException();

        public string QueryFor(string? service, string? contains, string? level = null) =>
            throw new NotSupportedException();
    }

    private sealed class Registry : ITenants
    {
        private static readonly IReadOnlyList<Tenant> all =
        [
            .. new[] { "rentguy", "witcom", "platform" }.Select(id => new Tenant(id, id, "#000000", [], [])),
        ];

        public ValueTask<IReadOnlyList<Tenant>> AllAsync(CancellationToken cancellation = default) =>
            ValueTask.FromResult(all);

        public ValueTask<IReadOnlyList<Tenant>> VisibleAsync(Caller caller, CancellationToken cancellation = default) =>
            ValueTask.FromResult(all);
    }

    private static int number;

    private static (DateTimeOffset, string) Line(
        DateTimeOffset at,
        string path = "secret/data/rentguy/api/database",
        string role = "rentguy-api",
        string address = "10.0.0.5",
        string? error = null,
        string? id = null
    )
    {
        var line = new JsonObject
        {
            ["time"] = at.ToString("O", CultureInfo.InvariantCulture),
            ["type"] = "response",
            ["auth"] = new JsonObject
            {
                ["display_name"] = "approle",
                ["policies"] = new JsonArray("default", "rentguy-read"),
                ["metadata"] = new JsonObject { ["role_name"] = role },
                ["entity_id"] = $"entity-{role}",
            },
            ["request"] = new JsonObject
            {
                ["id"] = id ?? $"id-{Interlocked.Increment(ref number):d6}",
                ["operation"] = "read",
                ["namespace"] = new JsonObject { ["id"] = "root" },
                ["path"] = path,
                ["remote_address"] = address,
            },
        };
        if (error is not null)
        {
            line["error"] = error;
        }
        return (at, line.ToJsonString());
    }

    private static async Task<(AccessList List, Log Log)> OfAsync(
        IEnumerable<(DateTimeOffset, string)> lines,
        string tenant = "rentguy"
    )
    {
        var log = new Log([.. lines]);
        var scopes = new StubScopes();
        var record = new AccessRecord(
            log,
            new Registry(),
            scopes,
            Options.Create(new SecretsOptions { AuditLogs = "{job=\"vault-audit\"}" }),
            new FakeTimeProvider(Now)
        );
        var (from, to) = record.Usual();
        return (
            await record.OfAsync(scopes.ForSystem(tenant), tenant, from, to, TestContext.Current.CancellationToken),
            log
        );
    }

    /// <summary>A reader who comes every day about ten, from fourteen days before the time that is asked for.</summary>
    private static IEnumerable<(DateTimeOffset, string)> Usual() =>
        Enumerable
            .Range(0, 20)
            .SelectMany(day =>
                Enumerable
                    .Range(0, 3)
                    .Select(minute => Line(Now.AddDays(day - 20).AddHours(-2).AddMinutes(minute * 10)))
            );

    [Fact]
    public async Task What_is_as_it_always_is_has_no_mark()
    {
        var (list, log) = await OfAsync(Usual());
        Assert.True(list.Complete);
        Assert.InRange(list.Items.Count, 18, 24);
        Assert.All(list.Items, one => Assert.Empty(one.Marks));
        var newest = list.Items[0];
        Assert.Equal(
            ("api/database", "kv", "read", "rentguy-api (approle)", "10.0.0.5"),
            (newest.Path, newest.Kind, newest.Operation, newest.Reader, newest.Address)
        );
        Assert.Equal(list.Items.OrderByDescending(one => one.At), list.Items);
        // The log is the platform's, whoever's secrets are asked for.
        Assert.All(log.Asked, asked => Assert.Equal("platform", asked.Scope));
    }

    [Fact]
    public async Task A_new_reader_a_new_address_a_new_hour_and_a_burst_are_marked()
    {
        var (list, _) = await OfAsync([
            .. Usual(),
            Line(Now.AddHours(-1).AddMinutes(-30), role: "stranger", id: "reader"),
            Line(Now.AddHours(-2).AddMinutes(40), address: "203.0.113.9", id: "address"),
            Line(Now.AddHours(-8), id: "hour"),
            .. Enumerable
                .Range(0, 40)
                .Select(n => Line(Now.AddHours(-2).AddMinutes(45).AddSeconds(n), id: $"burst{n:d2}")),
        ]);
        var marks = list.Items.ToDictionary(one => one.Id, one => one.Marks);
        Assert.Equal([AccessMark.NewReader], marks["reader"]);
        Assert.Equal([AccessMark.NewAddress], marks["address"]);
        Assert.Equal([AccessMark.NewHour], marks["hour"]);
        Assert.Empty(marks["burst05"]);
        Assert.Equal([AccessMark.Burst], marks["burst39"]);
    }

    [Fact]
    public async Task Somebody_who_always_reads_much_is_no_burst()
    {
        var (list, _) = await OfAsync(
            Enumerable.Range(0, 4000).Select(n => Line(Now.AddSeconds(-10 * n - 1))).ToList()
        );
        Assert.DoesNotContain(
            list.Items.Where(one => one.At > Now.AddHours(-5)),
            one => one.Marks.Contains(AccessMark.Burst)
        );
    }

    [Fact]
    public async Task Where_nothing_is_known_from_before_nothing_is_unusual()
    {
        var marking = new AccessMarking(Now.AddHours(-3));
        var line = Reading.Read(Line(Now.AddHours(-1)).Item2)!;
        Assert.Empty(marking.Next(line));
        await Task.CompletedTask;
    }

    [Fact]
    public async Task More_than_is_read_at_once_is_read_piece_by_piece_and_a_cut_is_told()
    {
        var (list, log) = await OfAsync(
            Enumerable.Range(0, 12_000).Select(n => Line(Now.AddSeconds(-20 * n - 1))).ToList()
        );
        Assert.True(list.Complete);
        Assert.Equal(12_000, list.Items.Select(one => one.Id).Distinct().Count());
        Assert.InRange(log.Asked.Count, 3, 4);
        var (cut, _) = await OfAsync(
            Enumerable.Range(0, 40_000).Select(n => Line(Now.AddSeconds(-10 * n - 1))).ToList()
        );
        Assert.False(cut.Complete);
        Assert.True(cut.KnownSince > Now.AddDays(-7));
    }

    [Theory]
    [InlineData("secret/data/rentguy/api/database", "rentguy", "api/database", "kv")]
    [InlineData("secret/destroy/rentguy/api", "rentguy", "api", "kv")]
    [InlineData("secret/rentguy/of/version/one", "rentguy", "of/version/one", "kv")]
    [InlineData("database/creds/rentguy-app", "rentguy", "database/creds/rentguy-app", "database")]
    [InlineData("database/static-creds/psra-ltsd-api", "psra-ltsd", "database/static-creds/psra-ltsd-api", "database")]
    public void A_line_belongs_to_the_tenant_whose_path_it_is(string path, string tenant, string relative, string kind)
    {
        var read = Reading.Read(Line(Now, path).Item2)!;
        Assert.Equal((tenant, relative, kind), (read.Tenant, read.Path, read.Kind));
    }

    [Theory]
    [InlineData("secret/metadata/rentguy/api")]
    [InlineData("secret/data/stranger/api")]
    [InlineData("secret/data/rentguy")]
    [InlineData("other/data/rentguy/api")]
    [InlineData("sys/leases/lookup")]
    [InlineData("database/creds/stranger")]
    [InlineData("database/config/rentguy")]
    public void What_is_no_use_of_a_tenants_secret_is_left_out(string path) =>
        Assert.Null(Reading.Read(Line(Now, path).Item2));

    [Theory]
    [InlineData("")]
    [InlineData("no json")]
    [InlineData("[]")]
    [InlineData("{\"type\":\"response\",\"time\":\"2026\",\"request\":7}")]
    [InlineData("{\"type\":\"response\",\"time\":7,\"auth\":[],\"request\":{\"path\":\"secret/data/rentguy/a\"}}")]
    public void What_is_no_audit_line_is_passed_over(string text) => Assert.Null(Reading.Read(text));

    [Fact]
    public async Task A_line_with_half_a_character_takes_no_other_along()
    {
        var (at, text) = Line(Now.AddHours(-1), role: "half");

        var (list, _) = await OfAsync([
            (at, text.Replace("\"half\"", "\"\\ud83d half\"", StringComparison.Ordinal)),
            Line(Now.AddHours(-2), role: "whole"),
        ]);

        Assert.Equal(["\uFFFD half (approle)", "whole (approle)"], list.Items.Select(read => read.Reader));
    }

    [Fact]
    public async Task A_line_of_another_tenant_is_never_given_out_whatever_Loki_answers()
    {
        var (list, _) = await OfAsync([
            Line(Now.AddHours(-1), "secret/data/witcom/psra-api/database"),
            Line(Now.AddHours(-1), "database/creds/witcom-app"),
            Line(Now.AddHours(-1)),
        ]);
        Assert.Equal("rentguy", Assert.Single(list.Items).Tenant);
    }

    [Fact]
    public async Task A_refusal_is_told_in_Vaults_words()
    {
        var (list, _) = await OfAsync([Line(Now.AddHours(-1), error: "1 error occurred:\n\t* permission denied\n\n")]);
        Assert.Equal("1 error occurred: * permission denied", Assert.Single(list.Items).Refused);
    }

    [Fact]
    public void Lines_that_a_real_server_wrote_are_read()
    {
        var lines = File.ReadLines(Path.Combine(Recorded.Folder(), "openbao", "audit.jsonl"))
            .Select(Reading.Read)
            .OfType<AuditLine>()
            .ToList();
        Assert.Contains(
            lines,
            line =>
                line is { Path: "api/database", Operation: "create", Reader: "root", Address: "127.0.0.1", Error: null }
        );
        Assert.Contains(lines, line => line is { Path: "api", Operation: "update", Error: not null });
        Assert.Contains(lines, line => line is { Kind: "database", Path: "database/creds/rentguy-app" });
        Assert.DoesNotContain(lines, line => JsonSerializer.Serialize(line).Contains("hmac", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_read_a_secret_lately_is_told_once_each_and_nobody_else()
    {
        var seen = Seen([
            Line(Now.AddDays(-3), address: "10.0.0.5"),
            Line(Now.AddHours(-1), address: "10.0.0.6"),
            Line(Now.AddDays(-2), role: "somebodys-script", address: "10.0.0.9"),
            Line(Now.AddDays(-2), role: "refused", error: "permission denied"),
            Line(Now.AddDays(-2), role: "elsewhere", path: "secret/data/rentguy/api/other"),
            Line(Now.AddDays(-2), role: "of-another", path: "secret/data/witcom/api/database"),
            Line(Now.AddDays(-15), role: "long-ago"),
        ]);
        var readers = await seen.OfAsync(
            new StubScopes().ForSystem("rentguy"),
            "rentguy",
            "api/database",
            TestContext.Current.CancellationToken
        );
        Assert.NotNull(readers);
        Assert.Equal(["rentguy-api (approle)", "somebodys-script (approle)"], readers.Select(reader => reader.Reader));
        Assert.Equal((2, Now.AddHours(-1)), (readers[0].Times, readers[0].LastAt));
        Assert.Equal(["10.0.0.5", "10.0.0.6"], readers[0].Addresses);
        var note = await seen.NoteAsync(
            new StubScopes().ForSystem("rentguy"),
            "rentguy",
            "api/database",
            TestContext.Current.CancellationToken
        );
        Assert.Contains("somebodys-script (approle) 1×, last 2026-03-18 12:00 UTC", note, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Where_the_log_is_not_read_nobody_is_said_to_have_read_anything()
    {
        var seen = Seen([Line(Now.AddHours(-1))], new SecretsOptions());
        Assert.Null(
            await seen.OfAsync(
                new StubScopes().ForSystem("rentguy"),
                "rentguy",
                "api/database",
                TestContext.Current.CancellationToken
            )
        );
    }

    private static SeenReaders Seen(IReadOnlyList<(DateTimeOffset, string)> lines, SecretsOptions? options = null)
    {
        var set = Options.Create(options ?? new SecretsOptions { AuditLogs = "{job=\"vault-audit\"}" });
        return new SeenReaders(
            new AccessRecord(new Log(lines), new Registry(), new StubScopes(), set, new FakeTimeProvider(Now)),
            set
        );
    }

    [Fact]
    public async Task Without_the_setting_it_says_which()
    {
        var record = new AccessRecord(
            new Log([]),
            new Registry(),
            new StubScopes(),
            Options.Create(new SecretsOptions()),
            new FakeTimeProvider(Now)
        );
        var fault = await Assert.ThrowsAsync<UpstreamException>(() =>
            record.OfAsync(
                new StubScopes().ForSystem("rentguy"),
                "rentguy",
                Now.AddDays(-1),
                Now,
                TestContext.Current.CancellationToken
            )
        );
        Assert.Equal(UpstreamFault.NotConfigured, fault.Fault);
        Assert.Contains("Vault:AuditLogs", fault.Remedy, StringComparison.Ordinal);
    }
}
