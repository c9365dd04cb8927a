using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.AppRoles;
using Sevensa.Dashboard.Features.Secrets.Entering;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>A rotation from proposal to outcome, against the Vault stand-in over HTTP.</summary>
public class RotationTests
{
    private const string Marker = "marker-value-of-the-former-version";
    private const string Path = "/v1/secret/data/rentguy/api/rotated";
    private static readonly Dictionary<string, string> Root = new() { ["X-Vault-Token"] = "sandbox-root" };

    private static Workshop Shop(string address, ToldLines logs, HttpMessageHandler? between = null) =>
        new(services =>
        {
            services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(logs));
            services.AddSingleton(
                Options.Create(new SecretsOptions { Address = address, SandboxToken = "sandbox-root" })
            );
            services.AddSingleton<Upstreams>();
            services.AddSingleton<VaultSession>();
            services.AddTransient(provider => new VaultClient(
                new HttpClient(between ?? new HttpClientHandler(), disposeHandler: false)
                {
                    BaseAddress = new Uri(address.TrimEnd('/') + "/"),
                },
                provider.GetRequiredService<IOptions<SecretsOptions>>(),
                provider.GetRequiredService<VaultSession>(),
                provider.GetRequiredService<Upstreams>()
            ));
            services.AddSingleton<Func<VaultClient>>(provider => provider.GetRequiredService<VaultClient>);
            services.AddSingleton<SecretCatalogue>();
            services.AddSingleton<SecretConsumers>();
            services.AddSingleton<AlternationPlan>();
            services.AddSingleton<UsedLogins>();
            services.AddSingleton<LoginSteps>();
            services.AddSingleton<AppRolePlan>();
            services.AddSingleton<ProbeDoor>();
            services.AddSingleton<ProbeStep>();
            services.AddSingleton<EnteredNews>();
            services.AddSingleton<EnteredStep>();
            services.AddSingleton<SecretAgeStore>();
            services.AddSingleton<VersionSteps>();
            services.AddSingleton<RotationUndo>();
            services.AddSingleton<RotationDenials>();
            services.AddSingleton<RotationSaga>();
            services.AddSingleton<IActionKind, RotateSecret>();
            services.AddSingleton<IDashboardExecutor, RotateSecretExecutor>();
            services.AddSingleton<IDashboardReconciler, RotationAftermath>();
        });

    private static async Task<StandIns> VaultAsync()
    {
        var upstreams = await StandIns.StartAsync();
        await WriteAsync(upstreams, $$"""{"data": {"username": "api", "password": "{{Marker}}"} }""");
        return upstreams;
    }

    private static async Task WriteAsync(StandIns upstreams, string body) =>
        Assert.Equal(200, (await upstreams.SendAsync("vault", "POST", Path, body, Root)).Status);

    private static async Task<(int Version, string Password)> ReadAsync(StandIns upstreams)
    {
        var (_, _, body) = await upstreams.SendAsync("vault", "GET", Path, headers: Root);
        var data = JsonDocument.Parse(body).RootElement.GetProperty("data");
        Assert.Equal("api", data.GetProperty("data").GetProperty("username").GetString());
        return (
            data.GetProperty("metadata").GetProperty("version").GetInt32(),
            data.GetProperty("data").GetProperty("password").GetString()!
        );
    }

    [Fact]
    public async Task Runs_to_its_end_and_no_value_is_written_anywhere_but_vault()
    {
        await using var upstreams = await VaultAsync();
        var logs = new ToldLines();
        await using var shop = Shop(upstreams.Address("vault"), logs);

        var proposal = await shop.ProposeAsync("secret.rotate", "api/rotated", """{"length": 40}""");
        Assert.Equal(Risk.Medium, proposal.Risk);
        Assert.Contains(proposal.Plan.Changes, change => change is { Before: "version 1", After: "version 2" });
        Assert.Contains(proposal.Plan.Untouched, text => text.Contains("username", StringComparison.Ordinal));
        await shop.ApproveAsync(proposal);
        var ended = await shop.UntilAsync(proposal.Id, ProposalState.Succeeded);

        var (version, password) = await ReadAsync(upstreams);
        Assert.Equal((2, 40), (version, password.Length));
        Assert.NotEqual(Marker, password);
        var events = new List<ProposalEvent>();
        await foreach (
            var told in shop.Proposals.EventsAsync(Callers.Admin, proposal.Id, 0, TestContext.Current.CancellationToken)
        )
        {
            events.Add(told);
        }
        Assert.Equal(
            3,
            events.Count(told =>
                told.Type == "step" && told.Data.ToString().Contains("\"done\"", StringComparison.Ordinal)
            )
        );
        foreach (
            var written in (string[])
                [
                    JsonSerializer.Serialize(ended),
                    JsonSerializer.Serialize(events),
                    JsonSerializer.Serialize(shop.Audit.Entries),
                    .. logs.Lines,
                ]
        )
        {
            Assert.DoesNotContain(Marker, written);
            Assert.DoesNotContain(password, written);
        }
    }

    [Fact]
    public async Task A_version_that_came_meanwhile_is_refused_at_approval()
    {
        await using var upstreams = await VaultAsync();
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines());
        var proposal = await shop.ProposeAsync("secret.rotate", "api/rotated");
        await WriteAsync(upstreams, """{"data": {"username": "api", "password": "theirs"}}""");

        var conflict = await Assert.ThrowsAsync<DecisionConflictException>(() => shop.ApproveAsync(proposal));
        Assert.Equal("worldChanged", conflict.Code);
        Assert.Equal(["api/rotated was at version 1 and is at version 2"], conflict.Differences);
        Assert.Equal((2, "theirs"), await ReadAsync(upstreams));
    }

    [Fact]
    public async Task A_version_that_comes_between_reading_and_writing_is_refused_as_stale_by_check_and_set()
    {
        await using var upstreams = await VaultAsync();
        var between = new Between(
            (request, _) =>
                request.Method == HttpMethod.Post
                    ? WriteAsync(upstreams, """{"data": {"username": "api", "password": "theirs"}}""")
                    : Task.CompletedTask
        );
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines(), between);
        var proposal = await shop.ProposeAsync("secret.rotate", "api/rotated");
        await shop.ApproveAsync(proposal);
        var ended = await shop.UntilAsync(proposal.Id, ProposalState.Refused);
        Assert.Equal("stale", ended.Outcome!.Code);
        Assert.Equal((2, "theirs"), await ReadAsync(upstreams));
    }

    [Fact]
    public async Task What_does_not_read_back_is_undone_with_the_former_data()
    {
        await using var upstreams = await VaultAsync();
        var between = new Between(
            change: (request, text) =>
                request.RequestUri!.Query == "?version=2"
                    ? text.Replace("\"username\":\"api\"", "\"username\":\"bent\"", StringComparison.Ordinal)
                    : text
        );
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines(), between);
        var proposal = await shop.ProposeAsync("secret.rotate", "api/rotated");
        await shop.ApproveAsync(proposal);
        var ended = await shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Equal("done", ended.Outcome!.Undo);
        Assert.Equal((3, Marker), await ReadAsync(upstreams));
    }

    private static async Task<StandIns> ClusterAsync()
    {
        var upstreams = await StandIns.StartAsync();
        var body = $$"""{"data": {"username": "api", "password": "{{Marker}}"} }""";
        Assert.Equal(200, (await upstreams.SendAsync("openbao", "POST", Path, body, Root)).Status);
        // The standby has caught up with what was before.
        upstreams.Clock.Advance(TimeSpan.FromSeconds(1));
        return upstreams;
    }

    private static async Task<string?> PasswordAsync(StandIns upstreams)
    {
        var read = await upstreams.JsonAsync("openbao", Path, headers: Root);
        return (string?)read["data"]!["data"]!["password"];
    }

    [Fact]
    public async Task Through_a_standby_that_reads_the_past_a_rotation_is_told_as_it_is()
    {
        await using var upstreams = await ClusterAsync();
        await using var shop = Shop(upstreams.Address("openbao-standby"), new ToldLines());
        for (var turn = 2; turn < 5; turn++)
        {
            // The clock stands still: the standby never catches up by itself.
            var proposal = await shop.ProposeAsync("secret.rotate", "api/rotated");
            await shop.ApproveAsync(proposal);
            var ended = await shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
            Assert.Contains($"Version {turn} ", ended.Outcome!.Text, StringComparison.Ordinal);
            Assert.NotEqual(Marker, await PasswordAsync(upstreams));
        }
    }

    [Fact]
    public async Task A_standby_that_says_nothing_of_where_it_is_accuses_nobody()
    {
        await using var upstreams = await ClusterAsync();
        var between = new Between(
            (request, _) =>
            {
                // As a server does that knows no such header.
                request.Headers.Remove("X-Vault-Index");
                request.Headers.Remove("X-Vault-Inconsistent");
                return Task.CompletedTask;
            }
        );
        await using var shop = Shop(upstreams.Address("openbao-standby"), new ToldLines(), between);
        var proposal = await shop.ProposeAsync("secret.rotate", "api/rotated");
        await shop.ApproveAsync(proposal);
        var ending = shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        while (!ending.IsCompleted)
        {
            upstreams.Clock.Advance(TimeSpan.FromMilliseconds(10));
            shop.Time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
        Assert.Equal("Version 2 ", (await ending).Outcome!.Text![..10]);
    }

    [Fact]
    public async Task A_secret_that_keeps_one_version_is_promised_no_undo()
    {
        await using var upstreams = await VaultAsync();
        await upstreams.SendAsync(
            "vault",
            "POST",
            "/v1/secret/metadata/rentguy/api/rotated",
            """{"max_versions": 1}""",
            Root
        );
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines());
        var plan = (await shop.ProposeAsync("secret.rotate", "api/rotated")).Plan;
        Assert.Equal("none", plan.Undo.Kind);
        Assert.DoesNotContain(plan.Untouched, text => text.Contains("history", StringComparison.Ordinal));
        Assert.Contains(plan.Untouched, text => text.Contains("one version only", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("DELETE", "/v1/secret/data/rentguy/api/rotated", null, "is deleted", "vault kv undelete -versions=1")]
    [InlineData(
        "PUT",
        "/v1/secret/destroy/rentguy/api/rotated",
        """{"versions":[1]}""",
        "is destroyed",
        "vault kv put"
    )]
    [InlineData("DELETE", "/v1/secret/metadata/rentguy/api/rotated", null, "has no secret", "")]
    public async Task What_is_not_there_any_more_is_told_by_how_it_went(
        string method,
        string path,
        string? body,
        string words,
        string remedy
    )
    {
        await using var upstreams = await VaultAsync();
        await upstreams.SendAsync("vault", method, path, body, Root);
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines());
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            shop.ProposeAsync("secret.rotate", "api/rotated")
        );
        Assert.Contains(words, refused.Message, StringComparison.Ordinal);
        Assert.Contains(remedy, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_that_was_never_written_and_one_that_will_end_are_told_apart()
    {
        await using var upstreams = await StandIns.StartAsync();
        const string meta = "/v1/secret/metadata/rentguy/";
        await upstreams.SendAsync("openbao", "POST", meta + "empty", """{"custom_metadata": {"owner": "x"} }""", Root);
        await upstreams.SendAsync("openbao", "POST", meta + "timed", """{"delete_version_after": "10000h"}""", Root);
        await upstreams.SendAsync(
            "openbao",
            "POST",
            "/v1/secret/data/rentguy/timed",
            """{"data":{"password":"p"} }""",
            Root
        );
        await using var shop = Shop(upstreams.Address("openbao"), new ToldLines());
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() => shop.ProposeAsync("secret.rotate", "empty"));
        Assert.Contains("never written", refused.Message, StringComparison.Ordinal);
        var plan = (await shop.ProposeAsync("secret.rotate", "timed")).Plan;
        Assert.Contains(plan.Untouched, text => text.Contains("will end too", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_sealed_vault_cannot_be_planned_with_and_the_words_say_why()
    {
        await using var upstreams = await VaultAsync();
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines());
        await upstreams.SendAsync("vault", "PUT", "/v1/sys/seal", headers: Root);
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            shop.ProposeAsync("secret.rotate", "api/rotated")
        );
        Assert.Contains("Vault is sealed", refused.Message);
        Assert.Contains("vault operator unseal", refused.Message);
    }

    [Theory]
    [InlineData("../witcom/psra-api/database", null, "no secret")]
    [InlineData("api/none", null, "no secret")]
    [InlineData("api/rotated", """{"key": "pin"}""", "It has password, username")]
    [InlineData("api/rotated", """{"length": 8}""", "length")]
    [InlineData("web/payment-provider", null, "publishable_key, secret_key")]
    public async Task What_cannot_be_planned_says_why(string target, string? parameters, string words)
    {
        await using var upstreams = await VaultAsync();
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines());
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            shop.ProposeAsync("secret.rotate", target, parameters)
        );
        Assert.Contains(words, refused.Message);
    }

    [Fact]
    public async Task A_lost_answer_is_found_out_by_reading_versions()
    {
        await using var upstreams = await VaultAsync();
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines());
        var plan = (await shop.ProposeAsync("secret.rotate", "api/rotated", """{"length": 16}""")).Plan;
        var aftermath = shop
            .Services.GetServices<IDashboardReconciler>()
            .Single(found => found.Kind == "secret.rotate");
        Task<ActionOutcome?> LookAsync(DateTimeOffset since) =>
            aftermath.ReconcileAsync(plan, since, TestContext.Current.CancellationToken);

        Assert.Null(await LookAsync(shop.Time.GetUtcNow()));
        Assert.Equal(ProposalState.Failed, (await LookAsync(shop.Time.GetUtcNow().AddMinutes(-5)))!.State);

        await WriteAsync(upstreams, """{"data": {"username": "api", "password": "abcdefghijkmnopq"}}""");
        Assert.Equal(ProposalState.Succeeded, (await LookAsync(shop.Time.GetUtcNow()))!.State);
    }

    [Fact]
    public async Task A_version_of_somebody_else_is_not_taken_for_ours()
    {
        await using var upstreams = await VaultAsync();
        await using var shop = Shop(upstreams.Address("vault"), new ToldLines());
        var plan = (await shop.ProposeAsync("secret.rotate", "api/rotated", """{"length": 16}""")).Plan;
        await WriteAsync(upstreams, """{"data": {"username": "api", "password": "theirs"}}""");
        var outcome = await shop
            .Services.GetServices<IDashboardReconciler>()
            .Single(found => found.Kind == "secret.rotate")
            .ReconcileAsync(plan, shop.Time.GetUtcNow(), TestContext.Current.CancellationToken);
        Assert.Equal(ProposalState.Failed, outcome!.State);
    }

    /// <summary>Does something before a request goes out, or changes an answer that comes back.</summary>
    private sealed class Between(
        Func<HttpRequestMessage, string, Task>? before = null,
        Func<HttpRequestMessage, string, string>? change = null
    ) : DelegatingHandler(new HttpClientHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        )
        {
            if (before is not null)
            {
                await before(request, "");
            }
            var answer = await base.SendAsync(request, cancellationToken);
            if (change is not null)
            {
                var text = await answer.Content.ReadAsStringAsync(cancellationToken);
                answer.Content = new StringContent(change(request, text));
            }
            return answer;
        }
    }
}
