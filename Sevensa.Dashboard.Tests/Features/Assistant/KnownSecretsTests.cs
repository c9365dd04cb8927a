using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Vault;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.Features.Secrets;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>What this program has used or read as a secret is found wherever it was planted, though neither its form nor a name says so.</summary>
public sealed class KnownSecretsTests : IDisposable
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private readonly string folder = Directory.CreateTempSubdirectory("known-secrets-").FullName;
    private readonly FakeTimeProvider clock = new();
    private readonly KnownSecrets known = new();

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task Planted_in_logs_environment_and_labels_none_reaches_a_model()
    {
        var file = Path.Combine(folder, "loki.token");
        await File.WriteAllTextAsync(file, "wolk over het veld 7\n", Cancel);
        var redaction = Of(
            ("Logs:TokenFile", file),
            ("VAULT_TOKEN", "paard.boom.fiets.regen"),
            ("Storage:Postgres", "Host=db;Username=dash;Password=Zee-en-zand;Database=dash"),
            ("Metrics:Url", "http://reader:Appel+taart@prometheus:9090")
        );
        string[] planted = ["wolk over het veld 7", "paard.boom.fiets.regen", "Zee-en-zand", "Appel+taart"];
        var line = $"started with {string.Join(" and ", planted)}; {Uri.EscapeDataString(planted[0])}";
        var tool = AIFunctionFactory.Create(
            () =>
                new
                {
                    lines = new[] { new { text = line, labels = new { note = planted[1] } } },
                    environment = new { BANNER = planted[2], PORT = "8080" },
                    link = $"/tenants/rentguy/logs?q={Uri.EscapeDataString(planted[3])}",
                },
            "recent_logs"
        );
        var source = Substitute.For<IToolSource>();
        source.ToolsFor(Arg.Any<Caller>()).Returns([tool]);
        var tools = new TurnTools([source], new ProposeTool(Substitute.For<IProposals>(), []), [], redaction);
        using var turn = new Turn(
            new Caller("1", "Viewer", Role.Viewer, true, TenantSet.All, ApiScopes.Read),
            "c",
            new AssistantOptions()
        );
        var told = await tools.CallAsync(
            turn,
            new ModelCall("1", "recent_logs", JsonElement.Parse("{}")),
            4_000,
            Cancel
        );
        Assert.All(
            planted.SelectMany(one => (string[])[one, Uri.EscapeDataString(one)]),
            one => Assert.DoesNotContain(one, told + string.Join(' ', turn.Results), StringComparison.Ordinal)
        );
        Assert.Contains("8080", told, StringComparison.Ordinal);
        Assert.Contains("started with", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_was_changed_is_read_again()
    {
        var file = Path.Combine(folder, "smtp.password");
        await File.WriteAllTextAsync(file, "Eerste geheim", Cancel);
        var redaction = Of(("Notices:SmtpPasswordFile", file));
        Assert.Equal("with " + KnownSecrets.Instead, redaction.Of("with Eerste geheim", TenantSet.All));
        Assert.Equal("with Tweede geheim", redaction.Of("with Tweede geheim", TenantSet.All));
        await File.WriteAllTextAsync(file, "Tweede geheim", Cancel);
        File.SetLastWriteTimeUtc(file, File.GetLastWriteTimeUtc(file).AddMinutes(1));
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal("with " + KnownSecrets.Instead, redaction.Of("with Tweede geheim", TenantSet.All));
        Assert.Equal("with " + KnownSecrets.Instead, redaction.Of("with Eerste geheim", TenantSet.All));
    }

    [Fact]
    public async Task What_it_reads_from_Vault_and_writes_there_is_known_and_names_are_none()
    {
        var vault = new VaultStub(asked =>
            asked.Method == "POST"
                ? (200, """{"data":{"version":4}}""")
                : (
                    200,
                    """{"data":{"data":{"password":"Kaas en brood","username":"rentguy-api-2026","value":"rentguy-worker"}}}"""
                )
        );
        var set = Options.Create(new SecretsOptions { Address = "http://vault.test", SandboxToken = "t" });
        using var session = new VaultSession(set, clock);
        using var http = new HttpClient(vault) { BaseAddress = new Uri("http://vault.test/") };
        var client = new VaultClient(http, set, session, vault.Upstreams, known);
        var data = (await client.DataAsync("rentguy/api/database", 3, Cancel))!;
        data["password"] = JsonSerializer.SerializeToElement("Wijn en druiven");
        await client.WriteAsync("rentguy/api/database", data, 3, Cancel);
        Assert.Equal(
            $"rentguy-api-2026 of rentguy-worker used {KnownSecrets.Instead}, now {KnownSecrets.Instead}",
            known.Hide(
                "rentguy-api-2026 of rentguy-worker used Kaas en brood, now Wijn en druiven",
                tenant => tenant == "rentguy"
            )
        );
    }

    [Fact]
    public async Task A_tenants_are_taken_out_for_who_sees_it_and_tell_nobody_else_of_a_guess()
    {
        var client = Holding("""{"password":"Kaas en brood"}""").Client(known: known);
        await client.DataAsync("rentguy/api/database", 3, Cancel);
        var (redaction, guess) = (Of(), "tried Kaas en brood");
        Assert.Equal($"tried {KnownSecrets.Instead}", redaction.Of(guess, TenantSet.Of(["rentguy"])));
        Assert.Equal($"tried {KnownSecrets.Instead}", redaction.Of(guess, TenantSet.All));
        Assert.Equal(guess, redaction.Of(guess, TenantSet.Of(["witcom"])));
    }

    [Fact]
    public async Task Of_what_lies_beside_a_secret_nothing_is_taken_out_and_who_looks_at_names_leaves_nothing_known()
    {
        const string ordinary =
            "postgres-01.internal Rentguy-Backups 2026-11-30T08:00:00Z https://rentguy.nl/Welkom 2026-12-31 12345678";
        const string secret = "Peper en zout, Kaas en brood, Wijn en druiven and Zout+azijn";
        var client = Holding(
                """
                {
                    "PGHOST": "postgres-01.internal", "bucket": "Rentguy-Backups", "rotated_at": "2026-11-30T08:00:00Z",
                    "site": "https://rentguy.nl/Welkom", "tokenExpiry": "2026-12-31", "secret": "12345678",
                    "PGPASSWORD": "Peper en zout", "apiKey": "Kaas en brood", "client_secret": "Wijn en druiven",
                    "DATABASE_URL": "postgres://api:Zout+azijn@postgres-01.internal/api"
                }
                """
            )
            .Client(known: known);
        Assert.Equal(10, (await client.KeyNamesAsync("rentguy/api/database", 3, Cancel))!.Count);
        Assert.Equal(secret, known.Hide(secret, _ => true));
        await client.DataAsync("rentguy/api/database", 3, Cancel);
        Assert.Equal(ordinary, known.Hide(ordinary, _ => true));
        var hidden = known.Hide(secret, _ => true);
        Assert.Equal(4, hidden.Split(KnownSecrets.Instead).Length - 1);
    }

    [Fact]
    public void A_tenant_with_many_pushes_out_its_own_oldest_and_nobody_elses()
    {
        known.Remember("Zee-en-zand 9");
        known.Remember("Wolk-en-wind 9", "witcom");
        // Each has two forms at least: as it is, and in base 64.
        for (var number = 0; number < KnownSecrets.MostOfTenant; number++)
        {
            known.Remember($"{number:00000} Geheim", "rentguy");
        }
        Assert.Equal(
            $"{KnownSecrets.Instead}, {KnownSecrets.Instead}, 00000 Geheim, {KnownSecrets.Instead}",
            known.Hide(
                $"Zee-en-zand 9, Wolk-en-wind 9, 00000 Geheim, {KnownSecrets.MostOfTenant - 1:00000} Geheim",
                _ => true
            )
        );
    }

    [Fact]
    public async Task A_pipe_that_a_setting_names_holds_nobody_up_and_what_a_link_leads_to_is_read()
    {
        var (pipe, real, link) = (Named("pipe"), Named("real"), Named("link"));
        using (var made = Process.Start("mkfifo", new[] { pipe }))
        {
            await made.WaitForExitAsync(Cancel);
        }
        await File.WriteAllTextAsync(real, "Mist op de Maas", Cancel);
        File.CreateSymbolicLink(link, real);
        var redaction = Of(("Logs:TokenFile", pipe), ("Notices:SmtpPasswordFile", link));
        var told = await Task.Run(() => redaction.Of("it is Mist op de Maas", TenantSet.All), Cancel)
            .WaitAsync(TimeSpan.FromSeconds(30), Cancel);
        Assert.Equal($"it is {KnownSecrets.Instead}", told);

        string Named(string name) => Path.Combine(folder, name);
    }

    [Fact]
    public void Ids_and_where_links_lead_stay_whole()
    {
        known.Remember("Rentguy-Worker-2026");
        var told = Of()
            .Of(
                JsonElement.Parse(
                    """{"id":"Rentguy-Worker-2026","link":"/c/Rentguy-Worker-2026?q=Rentguy-Worker-2026","text":"Rentguy-Worker-2026"}"""
                ),
                TenantSet.All
            );
        Assert.Equal("Rentguy-Worker-2026", told.GetProperty("id").GetString());
        Assert.Equal($"/c/Rentguy-Worker-2026?q={KnownSecrets.Instead}", told.GetProperty("link").GetString());
        Assert.Equal(KnownSecrets.Instead, told.GetProperty("text").GetString());
    }

    [Fact]
    public async Task What_it_signs_in_with_is_known()
    {
        using var http = new HttpClient(new UnsaidSecrets(known) { InnerHandler = new Fine() });
        var pair = Convert.ToBase64String(Encoding.UTF8.GetBytes("reader:Mist op de Maas"));
        using var asked = new HttpRequestMessage(HttpMethod.Get, "http://prometheus/-/ready");
        asked.Headers.Authorization = new AuthenticationHeaderValue("Basic", pair);
        using var answer = await http.SendAsync(asked, Cancel);
        Assert.Equal($"it is {KnownSecrets.Instead}.", known.Hide("it is Mist op de Maas."));
        Assert.DoesNotContain(pair, known.Hide($"sent {pair}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_in_a_header_of_the_upstreams_own_is_known_and_a_tenants_value_is_left_to_who_sends_it()
    {
        using var http = new HttpClient(new UnsaidSecrets(known) { InnerHandler = new Fine() });
        using var asked = new HttpRequestMessage(HttpMethod.Get, "http://n8n/api/v1/workflows");
        asked.Headers.Add("X-N8N-API-KEY", "n8n-key-of-the-Maas");
        asked.Options.Set(UnsaidSecrets.Own, "n8n-key-of-the-Maas");
        asked.Options.Set(UnsaidSecrets.Carried, "a-value-of-Rentguys-own");
        using var answer = await http.SendAsync(asked, Cancel);
        Assert.Equal($"it is {KnownSecrets.Instead}.", known.Hide("it is n8n-key-of-the-Maas."));
        Assert.Equal("it is a-value-of-Rentguys-own.", known.Hide("it is a-value-of-Rentguys-own."));
    }

    [Fact]
    public void A_short_one_within_a_word_stays_and_a_longer_one_goes()
    {
        known.Remember("Winter26");
        known.Remember("Winter26-and-a-longer-one");
        Assert.Equal("Winter2600 stays", known.Hide("Winter2600 stays"));
        Assert.Equal($"x={KnownSecrets.Instead};", known.Hide("x=Winter26;"));
        Assert.Equal($"x{KnownSecrets.Instead}y", known.Hide("xWinter26-and-a-longer-oney"));
    }

    private static VaultStub Holding(string data) => VaultStub.Answering(200, $"{{\"data\":{{\"data\":{data}}}}}");

    private Redaction Of(params (string Name, string Value)[] settings) =>
        new(
            new SecretsInSettings(
                new ConfigurationBuilder()
                    .AddInMemoryCollection(settings.Select(one => KeyValuePair.Create(one.Name, (string?)one.Value)))
                    .Build(),
                new StoreKey(
                    Options.Create(new SecurityOptions()),
                    Options.Create(new StorageOptions { Folder = folder })
                ),
                known,
                clock
            )
        );

    private sealed class Fine : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request,
            CancellationToken cancellationToken
        ) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.OK));
    }
}
