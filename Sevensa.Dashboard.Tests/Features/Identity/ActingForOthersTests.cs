using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Nobody acts as somebody else without their own yes, and nobody ever approves as somebody else.</summary>
public sealed class ActingForOthersTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    [Fact]
    public async Task An_administrator_makes_no_client_that_approves_as_somebody_else()
    {
        using var answer = await AddClientAsync("as-approver", "sandbox-person-approver", "read", "approve");
        Assert.Equal(HttpStatusCode.UnprocessableEntity, answer.StatusCode);
        Assert.Contains(
            "nobody approves as somebody else",
            await answer.Content.ReadAsStringAsync(),
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task A_client_made_for_a_person_gets_tokens_while_the_person_allows_it()
    {
        var person = await MadePerson.MakeAsync(app, "represented", "operator", "rentguy");
        using var browser = person.Browser;
        using var made = await AddClientAsync("for-represented", person.Id, "read", "propose");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var client = await made.Content.ReadFromJsonAsync<JsonElement>();
        Assert.False(client.GetProperty("isConsented").GetBoolean());
        var secret = client.GetProperty("secret").GetString()!;
        Assert.Contains(
            "has not allowed it",
            (await TokenAsync("for-represented", secret)).GetProperty("error_description").GetString()
        );

        // Neither the administrator nor anybody else says yes in their place.
        foreach (var other in new[] { "admin", "operator" })
        {
            using var others = await app.ApiAsAsync(other);
            using var refused = await others.PostAsync("/api/v1/clients/for-represented/consent", null);
            Assert.Equal(HttpStatusCode.NotFound, refused.StatusCode);
        }
        // Nor do they themselves with a token that has less.
        using var little = await person.ApiAsync("read");
        using var less = await little.PostAsync("/api/v1/clients/for-represented/consent", null);
        Assert.Equal(HttpStatusCode.Forbidden, less.StatusCode);

        using var own = await person.ApiAsync("read propose");
        using var yes = await own.PostAsync("/api/v1/clients/for-represented/consent", null);
        Assert.Equal(HttpStatusCode.NoContent, yes.StatusCode);
        using var api = app.WithToken(
            (await TokenAsync("for-represented", secret)).GetProperty("access_token").GetString()!
        );
        using var read = await api.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.OK, read.StatusCode);

        using var no = await own.DeleteAsync("/api/v1/clients/for-represented/consent");
        Assert.Equal(HttpStatusCode.NoContent, no.StatusCode);
        using var after = await api.GetAsync("/api/v1/tenants");
        Assert.Equal(HttpStatusCode.Unauthorized, after.StatusCode);
        Assert.True((await TokenAsync("for-represented", secret)).TryGetProperty("error", out var _));
    }

    [Fact]
    public async Task What_a_person_allowed_a_program_they_take_back_and_its_tokens_end()
    {
        var person = await MadePerson.MakeAsync(app, "takes-back", "operator", "rentguy");
        using var browser = person.Browser;
        using var personal = await person.PersonalAsync("read");
        var given = await person.LetAppActAsync("read offline_access");
        using var program = app.WithToken(given.GetProperty("access_token").GetString()!);
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/api/v1/tenants")).StatusCode);
        using var other = await app.ApiAsAsync("viewer");
        Assert.Equal(
            HttpStatusCode.NotFound,
            (await other.DeleteAsync("/api/v1/clients/sandbox-app/consent")).StatusCode
        );
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync("/api/v1/tenants")).StatusCode);

        Assert.True((await personal.DeleteAsync("/api/v1/clients/sandbox-app/consent")).IsSuccessStatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync("/api/v1/tenants")).StatusCode);
        var refused = await person.RefreshAsync(given.GetProperty("refresh_token").GetString()!);
        Assert.Equal("invalid_grant", refused.GetProperty("error").GetString());
        Assert.Equal(HttpStatusCode.OK, (await personal.GetAsync("/api/v1/tenants")).StatusCode);
    }

    [Fact]
    public async Task The_record_names_the_client_and_the_token_that_carried_a_decision()
    {
        await app.FleetIsKnownAsync();
        var person = await MadePerson.MakeAsync(app, "decider", "approver", "rentguy");
        using var browser = person.Browser;
        using var proposer = await app.ApiAsAsync("operator");
        var first = await ProposeAsync(proposer, "api");
        var second = await ProposeAsync(proposer, "worker");

        using var personal = await person.PersonalAsync("read", "approve");
        await RejectAsync(personal, first);
        var rows = await personal.GetFromJsonAsync<JsonElement>("/api/v1/tokens");
        var token = rows.GetProperty("items")[0].GetProperty("id").GetString();
        Assert.Equal($"token:{token}", await ViaAsync(first));

        using var access = await person.ApiAsync("read approve");
        await RejectAsync(access, second);
        Assert.Matches("^sandbox-app token:[^ ]{8,}$", await ViaAsync(second));

        async Task<string?> ViaAsync(string proposal)
        {
            using var admin = await app.ApiAsAsync("admin");
            var record = await admin.GetFromJsonAsync<JsonElement>(
                $"/api/v1/audit?action=proposal.rejected&target={proposal}"
            );
            var actor = Assert.Single(record.GetProperty("items").EnumerateArray()).GetProperty("actor");
            Assert.Equal(person.Id, actor.GetProperty("id").GetString());
            return actor.GetProperty("via").GetString();
        }
    }

    [Fact]
    public async Task A_yes_does_not_bring_back_a_client_that_was_disabled_a_moment_ago()
    {
        var person = await MadePerson.MakeAsync(app, "saying-yes", "operator", "rentguy");
        using var browser = person.Browser;
        using var made = await AddClientAsync("disabled-meanwhile", person.Id, "read");
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;
        using var own = await person.ApiAsync("read");
        // From here on it is remembered for some seconds as it is now, and another dashboard disables it.
        Assert.True((await TokenAsync("disabled-meanwhile", secret)).TryGetProperty("error", out var _));
        var other = Clients();
        await other.ChangeAsync("disabled-meanwhile", client => client with { Disabled = true }, default);
        using var yes = await own.PostAsync("/api/v1/clients/disabled-meanwhile/consent", null);
        Assert.Equal(HttpStatusCode.NoContent, yes.StatusCode);
        var now = (await other.NowAsync("disabled-meanwhile", default))!;
        Assert.True(now is { Disabled: true, IsConsented: true }, now.ToString());
    }

    [Fact]
    public async Task Of_changes_of_a_client_that_come_at_once_none_is_lost()
    {
        using var made = await AddClientAsync("changed-much", "sandbox-person-viewer", "read");
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var before = (await Clients().NowAsync("changed-much", default))!.Name;
        await Task.WhenAll(
            Enumerable
                .Range(0, 12)
                .Select(_ =>
                    Clients().ChangeAsync("changed-much", client => client with { Name = client.Name + "." }, default)
                )
        );
        Assert.Equal(before + new string('.', 12), (await Clients().NowAsync("changed-much", default))!.Name);
    }

    [Fact]
    public async Task Of_many_who_make_a_client_of_one_id_at_once_one_does()
    {
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 8).Select(_ => AddClientAsync("wanted-by-many", "sandbox-person-viewer", "read"))
        );
        Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.UnprocessableEntity));
        foreach (var answer in answers)
        {
            answer.Dispose();
        }
    }

    /// <summary>The clients as another dashboard on the same store has them.</summary>
    private ApiClients Clients() => new(app.Services.GetRequiredService<IServiceScopeFactory>(), TimeProvider.System);

    [Fact]
    public async Task Clients_of_the_Sandbox_mean_nothing_elsewhere()
    {
        var clients = app.Services.GetRequiredService<ApiClients>();
        Assert.All(
            (await clients.ListAsync(CancellationToken.None)).Where(client =>
                client.Id.StartsWith("sandbox-", StringComparison.Ordinal)
            ),
            client => Assert.True(client.IsOfSandbox)
        );
        var elsewhere = new TokenCallers(
            clients,
            app.Services.GetRequiredService<Sevensa.Dashboard.Features.Identity.Accounts.PersonStore>(),
            app.Services.GetRequiredService<Sevensa.Dashboard.Features.Identity.Accounts.External.ClaimedAccounts>(),
            new Microsoft.Extensions.Hosting.Internal.HostingEnvironment { EnvironmentName = "Production" }
        );
        Assert.Null(await elsewhere.FindClientAsync("sandbox-approver", CancellationToken.None));
    }

    private async Task<HttpResponseMessage> AddClientAsync(string id, string personId, params string[] scopes)
    {
        using var admin = await app.ApiAsAsync("admin");
        return await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id,
                personId,
                role = "operator",
                scopes,
            }
        );
    }

    private async Task<JsonElement> TokenAsync(string id, string secret)
    {
        using var nobody = app.Anonymous();
        using var answer = await nobody.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = id,
                    ["client_secret"] = secret,
                }
            )
        );
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }

    private static async Task<string> ProposeAsync(HttpClient client, string target)
    {
        using var answer = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target,
                parameters = new { },
                reason = "to be decided on",
                evidence = Array.Empty<object>(),
            }
        );
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    private static async Task RejectAsync(HttpClient client, string proposal)
    {
        using var answer = await client.PostAsJsonAsync(
            $"/api/v1/proposals/{proposal}/reject",
            new { reason = "not now" }
        );
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }
}
