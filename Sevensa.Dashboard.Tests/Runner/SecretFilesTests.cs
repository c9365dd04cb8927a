using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Time.Testing;
using Sevensa.Dashboard.Runner;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Secrets;
using Sevensa.Dashboard.Sandbox.Vault;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Sandbox;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>A host's secrets as files in memory, read from a Vault by the host's own sign-in.</summary>
public sealed class SecretFilesTests : IAsyncLifetime
{
    private const string Path = "api/handed";
    private const string Data = "/v1/secret/data/rentguy/api/handed";
    private static readonly Dictionary<string, string> Root = new() { ["X-Vault-Token"] = VaultStandIn.RootToken };
    private static readonly HandedSecret Secret = new("rentguy", Path);

    private readonly string folder = $"/dev/shm/sevensa-secrets-{Guid.NewGuid():n}";
    private readonly string token = System.IO.Path.GetTempFileName();
    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 11, 24, 12, 30, 0, TimeSpan.Zero));
    private readonly HostBook book = new();
    private readonly ToldLines log = new();
    private FakeEngine engine = null!;
    private FakeWorks works = null!;
    private StandIns upstreams = null!;
    private HostVault vault = null!;
    private SecretFiles files = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private string Password => System.IO.Path.Combine(folder, "rentguy", Path, "password");

    public async ValueTask InitializeAsync()
    {
        upstreams = await StandIns.StartAsync();
        await File.WriteAllTextAsync(token, VaultStandIn.RootToken, Cancellation);
        engine = new FakeEngine(time);
        works = new FakeWorks(engine);
        (vault, files) = Files(Settings(token, null, null));
    }

    public async ValueTask DisposeAsync()
    {
        files.Dispose();
        vault.Dispose();
        await upstreams.DisposeAsync();
        File.Delete(token);
        if (Directory.Exists(folder))
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private SecretSettings Settings(string? tokenFile, string? roleIdFile, string? secretIdFile) =>
        new(
            [Secret],
            folder,
            new Uri(upstreams.Address("openbao")),
            "secret",
            null,
            tokenFile,
            roleIdFile,
            secretIdFile
        );

    private (HostVault, SecretFiles) Files(SecretSettings settings)
    {
        var reads = new HostVault(settings, time);
        return (reads, new SecretFiles(settings, reads, SecretFolder.Open(folder), book, engine, works, time, log));
    }

    private async Task WriteAsync(object data)
    {
        var (status, _, text) = await upstreams.SendAsync(
            "openbao",
            "POST",
            Data,
            JsonSerializer.Serialize(new { data }),
            Root
        );
        Assert.True(status == 200, text);
    }

    private Task LookAsync() => files.LookAsync(Secret, Cancellation);

    /// <summary>A container that has the files mounted.</summary>
    private ContainerFacts Container(string onChange = "restart", string policy = "always", string? stopSignal = null)
    {
        var facts = engine.Add(
            "rentguy-api",
            one =>
                one with
                {
                    RestartPolicy = policy,
                    Isolation = Mounted($"{folder}/rentguy/{Path}"),
                    Labels = new Dictionary<string, string>(one.Labels)
                    {
                        ["sevensa.secret.db"] = Path,
                        ["sevensa.secret.db.on-change"] = onChange,
                    },
                }
        );
        works.Describe(facts.Id, new JsonObject { ["Config"] = new JsonObject { ["StopSignal"] = stopSignal } });
        book.Put(facts);
        return facts;
    }

    internal static ContainerIsolation Mounted(string source) =>
        new(
            [],
            [],
            [],
            "",
            "",
            "",
            "",
            0,
            0,
            [],
            [],
            false,
            [],
            [new MountedPlace("bind", source, "/run/secrets/db", false, "rprivate")],
            []
        );

    [Fact]
    public async Task Each_key_is_a_file_that_everybody_in_the_container_reads_and_nobody_else_on_the_host()
    {
        await WriteAsync(
            new
            {
                password = "first",
                port = 5432,
                former = "x",
            }
        );
        await LookAsync();
        Assert.Equal("first", await File.ReadAllTextAsync(Password, Cancellation));
        var port = Password.Replace("password", "port", StringComparison.Ordinal);
        Assert.Equal("5432", await File.ReadAllTextAsync(port, Cancellation));
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead,
            File.GetUnixFileMode(Password)
        );
        Assert.Equal(
            UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute,
            File.GetUnixFileMode(folder)
        );

        await WriteAsync(new { password = "second", port = 5432 });
        await LookAsync();
        Assert.Equal("second", await File.ReadAllTextAsync(Password, Cancellation));
        Assert.Equal(
            ["password", "port"],
            Directory.GetFiles(System.IO.Path.GetDirectoryName(Password)!).Select(System.IO.Path.GetFileName).Order()
        );
        Assert.DoesNotContain(log.Lines, line => line.Contains("second", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_key_that_is_no_name_of_a_file_leads_nowhere_and_is_told()
    {
        await WriteAsync(
            new Dictionary<string, string>
            {
                ["password"] = "first",
                ["../../escape"] = "x",
                [".hidden"] = "x",
            }
        );
        await LookAsync();
        Assert.Single(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
        Assert.Contains(log.Lines, line => line.Contains("../../escape", StringComparison.Ordinal));
    }

    [Fact]
    public async Task While_vault_is_away_or_the_secret_is_deleted_the_files_stay_and_it_is_told_once()
    {
        await WriteAsync(new { password = "first" });
        await LookAsync();
        upstreams.OpenBao.AuditDiskIsFull = true;
        await LookAsync();
        await LookAsync();
        Assert.Single(log.Lines, line => line.Contains("can't be brought up to date", StringComparison.Ordinal));
        upstreams.OpenBao.AuditDiskIsFull = false;
        await upstreams.SendAsync("openbao", "DELETE", Data, null, Root);
        await LookAsync();
        Assert.Contains(log.Lines, line => line.Contains("no version", StringComparison.Ordinal));
        Assert.Equal("first", await File.ReadAllTextAsync(Password, Cancellation));
        await WriteAsync(new { password = "second" });
        await LookAsync();
        Assert.Contains(log.Lines, line => line.Contains("up to date again", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("signal:HUP", "always", "SIGTERM", true)]
    [InlineData("signal:HUP", "no", null, true)]
    // Docker would take it for a stop and never restart it again.
    [InlineData("signal:HUP", "always", null, false)]
    [InlineData("signal:HUP", "on-failure", "SIGHUP", false)]
    [InlineData("signal:HUP", "unless-stopped", "SIGTERM", false)]
    [InlineData("signal:KILL", "no", null, false)]
    [InlineData("restart", "no", null, false)]
    [InlineData("none", "no", null, false)]
    public async Task Who_wants_a_signal_gets_it_when_the_files_are_new_and_it_does_no_harm(
        string onChange,
        string policy,
        string? stopSignal,
        bool isSent
    )
    {
        await WriteAsync(new { password = "first" });
        await LookAsync();
        var container = Container(onChange, policy, stopSignal);
        await LookAsync();
        Assert.Empty(engine.Calls);
        await WriteAsync(new { password = "second" });
        await LookAsync();
        await LookAsync();
        string[] sent = isSent ? [$"signal {container.Id} HUP"] : [];
        Assert.Equal(sent, engine.Calls);
        Assert.Equal(
            onChange.StartsWith("signal", StringComparison.Ordinal) && !isSent,
            log.Lines.Any(line => line.Contains("was not sent", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task A_signal_that_the_engine_did_not_take_is_sent_once_it_is_back()
    {
        await WriteAsync(new { password = "first" });
        var container = Container("signal:HUP", "no");
        engine.Silent = true;
        await LookAsync();
        engine.Silent = false;
        await LookAsync();
        Assert.Equal([$"signal {container.Id} HUP"], engine.Calls);
    }

    [Fact]
    public async Task Right_before_a_container_is_restarted_it_has_the_newest_files()
    {
        await WriteAsync(new { password = "first" });
        await LookAsync();
        var container = Container();
        await WriteAsync(new { password = "second" });
        var found = "";
        engine.OnCall = async _ => found = await File.ReadAllTextAsync(Password, Cancellation);
        await using var desk = new Desk(engine: engine, time: time, works: works, files: files);
        var plan = Samples.Restart("a1", container);
        Assert.True((await desk.DeliverAsync(plan)).Accepted);
        await desk.IdleAsync();
        Assert.Equal(ProposalState.Succeeded, desk.Journal.Find("a1")!.Outcome!.Outcome!.State);
        Assert.Equal("second", found);
    }

    [Fact]
    public async Task With_files_that_may_be_out_of_date_it_is_not_restarted_and_the_outcome_says_why()
    {
        await WriteAsync(new { password = "first" });
        await LookAsync();
        var container = Container();
        upstreams.OpenBao.AuditDiskIsFull = true;
        await using var desk = new Desk(engine: engine, time: time, works: works, files: files);
        Assert.True((await desk.DeliverAsync(Samples.Restart("a1", container))).Accepted);
        await desk.IdleAsync();
        var outcome = desk.Journal.Find("a1")!.Outcome!.Outcome!;
        Assert.Equal(ProposalState.Failed, outcome.State);
        Assert.Contains("out of date", outcome.Text, StringComparison.Ordinal);
        Assert.Empty(engine.Calls);
    }

    [Fact]
    public async Task What_a_key_holds_is_read_as_vault_has_it_now_and_only_of_what_is_handed_out()
    {
        await WriteAsync(new { password = "first" });
        await LookAsync();
        await WriteAsync(new { password = "second" });
        Assert.Equal("second", await ReadAsync("rentguy", "password"));
        Assert.Null(await ReadAsync("rentguy", "user"));
        Assert.Null(await ReadAsync("rentguy", "../handed/password"));
        Assert.Null(await ReadAsync("witcom", "password"));
        Assert.Equal($"{folder}/rentguy/{Path}", files.FolderOf("rentguy", Path));
        Assert.Null(files.FolderOf("rentguy", "api"));
        upstreams.OpenBao.AuditDiskIsFull = true;
        await Assert.ThrowsAsync<StepException>(() => ReadAsync("rentguy", "password"));

        async Task<string?> ReadAsync(string tenant, string key)
        {
            var reading = files.ReadAsync(tenant, Path, key, Cancellation);
            await GoOnUntilAsync(reading);
            return await reading;
        }
    }

    [Fact]
    public async Task A_container_that_is_made_anew_has_the_newest_files()
    {
        await WriteAsync(new { password = "first" });
        await LookAsync();
        var container = Container();
        await WriteAsync(new { password = "second" });
        await GoOnUntilAsync(files.BringAsync(container.Id, Cancellation));
        Assert.Equal("second", await File.ReadAllTextAsync(Password, Cancellation));

        upstreams.OpenBao.AuditDiskIsFull = true;
        engine.Containers[container.Id] = container with { Name = SetAside.NewPrefix + "p1-1" };
        var told = await Assert.ThrowsAsync<StepException>(() => files.BringAsync(container.Id, Cancellation));
        Assert.StartsWith("The new container was not started", told.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(SetAside.NewPrefix, told.Message, StringComparison.Ordinal);
    }

    /// <summary>Where nothing is new, it is looked again once a standby of Vault's has had its time.</summary>
    private async Task GoOnUntilAsync(Task end)
    {
        while (!end.IsCompleted)
        {
            Cancellation.ThrowIfCancellationRequested();
            time.Advance(SecretFiles.StandbyLag);
            await Task.Yield();
        }
        await end.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.True(end.IsCompletedSuccessfully || end.Exception?.InnerException is StepException);
    }

    [Fact]
    public async Task By_an_approle_it_signs_in_anew_when_its_token_has_ended()
    {
        await WriteAsync(new { password = "first" });
        await AskAsync(
            "/v1/sys/policies/acl/host",
            """{"policy": "path \"secret/*\" { capabilities = [\"read\"] }"}"""
        );
        await AskAsync("/v1/auth/approle/role/host", """{"token_policies": ["host"], "token_ttl": "1h"}""");
        const string ids = "/v1/auth/approle/role/host";
        var named = await upstreams.JsonAsync("openbao", $"{ids}/role-id", headers: Root);
        var roleId = (string)named["data"]!["role_id"]!;
        var secretId = (string)(await AskAsync($"{ids}/secret-id", "{}"))!["data"]!["secret_id"]!;
        var (role, secret) = (System.IO.Path.GetTempFileName(), System.IO.Path.GetTempFileName());
        await File.WriteAllTextAsync(role, roleId, Cancellation);
        await File.WriteAllTextAsync(secret, secretId, Cancellation);
        var (reads, handing) = Files(Settings(null, role, secret));
        using (reads)
        {
            await handing.LookAsync(Secret, Cancellation);
            Assert.Equal("first", await File.ReadAllTextAsync(Password, Cancellation));
            // It ends at Vault, and nothing here knows of it.
            upstreams.Clock.Advance(TimeSpan.FromHours(2));
            await WriteAsync(new { password = "second" });
            await handing.LookAsync(Secret, Cancellation);
            Assert.Equal("second", await File.ReadAllTextAsync(Password, Cancellation));
        }
        File.Delete(role);
        File.Delete(secret);
    }

    [Theory]
    [InlineData("rentguy/api/database, rentguy/worker/smtp", 2)]
    [InlineData("rentguy", null)]
    [InlineData("rentguy/../witcom/api", null)]
    [InlineData("rentguy//api", null)]
    [InlineData("/rentguy/api", null)]
    [InlineData("rentguy/.hidden", null)]
    [InlineData("rentguy/database/static-creds/rentguy-report, rentguy/database/static-creds/rentguy", 2)]
    // Another tenant's login is nobody's here, and what is another login at each reading can't be a file.
    [InlineData("rentguy/database/static-creds/witcom-report", null)]
    [InlineData("rentguy/database/static-creds/rentguyx", null)]
    [InlineData("rentguy/database/static-creds/rentguy-a/b", null)]
    [InlineData("rentguy/database/creds/rentguy-app", null)]
    public void What_is_handed_out_is_named_by_tenant_and_path(string text, int? count)
    {
        if (count is { } many)
        {
            Assert.Equal(many, SecretSettings.Parse(text).Count);
            return;
        }
        Assert.Throws<FormatException>(() => SecretSettings.Parse(text));
    }

    [Theory]
    [InlineData("rentguy/api/handed url postgresql://{username|url}:{password|url}@db/rentguy", null)]
    [InlineData("rentguy/api/handed url", "is not a secret")]
    [InlineData("rentguy/api/other url x", "none of the secrets")]
    [InlineData("rentguy/api/handed ../url x", "name of a file")]
    public void A_file_of_several_keys_is_named_with_its_secret(string text, string? wrong)
    {
        if (wrong is null)
        {
            Assert.Equal(("url", Secret), (SecretTemplate.Parse(text, [Secret]).File, Secret));
            return;
        }
        var refused = Assert.Throws<FormatException>(() => SecretTemplate.Parse(text, [Secret]));
        Assert.Contains(wrong, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_connection_string_is_a_file_that_is_made_of_the_keys_and_goes_along_with_them()
    {
        var (reads, handing) = Files(
            Settings(token, null, null) with
            {
                Templates =
                [
                    new(Secret, "url", "postgresql://{username|url}:{password|url}@db/rentguy?x={ }&plain={password}"),
                    new(Secret, "lacking", "{host}"),
                ],
            }
        );
        using var vaulted = reads;
        using var laid = handing;
        var url = Password.Replace("password", "url", StringComparison.Ordinal);
        await WriteAsync(new { username = "rent guy", password = "p@ss/1" });
        await handing.LookAsync(Secret, Cancellation);
        Assert.Equal(
            "postgresql://rent%20guy:p%40ss%2F1@db/rentguy?x={ }&plain=p@ss/1",
            await File.ReadAllTextAsync(url, Cancellation)
        );
        Assert.False(File.Exists(Password.Replace("password", "lacking", StringComparison.Ordinal)));
        Assert.Contains(log.Lines, line => line.Contains("lacking", StringComparison.Ordinal));

        await WriteAsync(new { username = "rentguy", password = "second" });
        await handing.LookAsync(Secret, Cancellation);
        Assert.StartsWith(
            "postgresql://rentguy:second@db",
            await File.ReadAllTextAsync(url, Cancellation),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_login_that_vault_keeps_is_laid_down_and_what_vault_rotates_follows_with_its_signal()
    {
        const string role = "database/static-creds/rentguy-report";
        var login = new HandedSecret("rentguy", role);
        var (reads, handing) = Files(
            Settings(token, null, null) with
            {
                Secrets = [login],
                Templates = [new(login, "url", "postgresql://{username|url}:{password|url}@db/rentguy")],
            }
        );
        using var vaulted = reads;
        using var laid = handing;
        await handing.LookAsync(login, Cancellation);
        var (user, first) = await LoginAsync(role);
        Assert.Equal(user, await LaidAsync("username"));
        Assert.Equal(first, await LaidAsync("password"));
        Assert.Equal($"postgresql://{user}:{first}@db/rentguy", await LaidAsync("url"));
        var container = Container("signal:HUP", "no") with
        {
            Isolation = Mounted($"{folder}/rentguy/{role}"),
            Labels = new Dictionary<string, string>
            {
                ["sevensa.secret.report"] = role,
                ["sevensa.secret.report.on-change"] = "signal:HUP",
            },
        };
        book.Put(container);
        await handing.LookAsync(login, Cancellation);
        Assert.Empty(engine.Calls);

        await AskAsync("/v1/database/rotate-role/rentguy-report", "{}");
        await handing.LookAsync(login, Cancellation);
        var (_, second) = await LoginAsync(role);
        Assert.NotEqual(first, second);
        Assert.Equal($"postgresql://{user}:{second}@db/rentguy", await LaidAsync("url"));
        Assert.Equal([$"signal {container.Id} HUP"], engine.Calls);
        Assert.DoesNotContain(log.Lines, line => line.Contains(second, StringComparison.Ordinal));

        // While it is away, what was handed out stays.
        upstreams.OpenBao.AuditDiskIsFull = true;
        await handing.LookAsync(login, Cancellation);
        upstreams.OpenBao.AuditDiskIsFull = false;
        Assert.Equal(second, await LaidAsync("password"));

        Task<string> LaidAsync(string key) =>
            File.ReadAllTextAsync(System.IO.Path.Combine(folder, "rentguy", role, key), Cancellation);
    }

    [Fact]
    public async Task A_role_that_vault_does_not_keep_is_told_and_lays_nothing_down()
    {
        var login = new HandedSecret("rentguy", "database/static-creds/rentguy-nowhere");
        await files.LookAsync(login, Cancellation);
        Assert.Single(log.Lines, line => line.Contains("rentguy-nowhere", StringComparison.Ordinal));
        Assert.Empty(Directory.GetFiles(folder, "*", SearchOption.AllDirectories));
    }

    private async Task<(string User, string Password)> LoginAsync(string path)
    {
        var told = await upstreams.JsonAsync("openbao", $"/v1/{path}", headers: Root);
        return ((string)told["data"]!["username"]!, (string)told["data"]!["password"]!);
    }

    [Fact]
    public void What_is_missing_to_hand_out_secrets_is_told_by_its_key()
    {
        var mistakes = RunnerHost.Mistakes(
            new ConfigurationBuilder()
                .AddInMemoryCollection(
                    new Dictionary<string, string?>
                    {
                        ["Runner:Hub"] = "https://console.example.org",
                        ["Runner:Secrets"] = "rentguy",
                        ["Runner:VaultRoleIdFile"] = "/etc/sevensa-runner/vault-role-id",
                    }
                )
                .Build(),
            new RunnerOptions()
        );
        Assert.Equal(
            ["Runner:Secrets", "Runner:Vault", "Runner:VaultSecretIdFile"],
            mistakes.Select(mistake => mistake[..mistake.IndexOf(": ", StringComparison.Ordinal)]).Order()
        );
    }

    [Fact]
    public void On_a_disk_nothing_is_laid_down()
    {
        var refused = Assert.Throws<RunnerException>(() => SecretFolder.Open("/var/lib"));
        Assert.Contains("tmpfs", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/run/sevensa-secrets/rentguy/api/handed", true)]
    [InlineData("/run/sevensa-secrets/rentguy", true)]
    [InlineData("/run/sevensa-secrets/rentguy/api/handed2", false)]
    [InlineData("/run/sevensa-secrets/witcom/api/handed", false)]
    [InlineData("/run/sevensa-secrets", false)]
    [InlineData("/etc", false)]
    public void A_container_has_the_secrets_of_its_own_tenant_that_it_mounts(string source, bool has)
    {
        var facts = Samples.Container("rentguy-api") with { Isolation = Mounted(source) };
        Assert.Equal(has, SecretMounts.PlaceOf(facts, SecretMounts.Folder, "rentguy", Path) is not null);
        Assert.Null(SecretMounts.PlaceOf(facts with { Tenant = "witcom" }, SecretMounts.Folder, "rentguy", Path));
    }

    private async Task<JsonNode?> AskAsync(string path, string body)
    {
        var (status, _, text) = await upstreams.SendAsync("openbao", "POST", path, body, Root);
        Assert.True(status is 200 or 204, $"{path}: {status} {text}");
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }
}
