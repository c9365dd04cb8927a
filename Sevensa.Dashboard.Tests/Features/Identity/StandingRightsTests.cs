using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>What was begun by a token or a program goes on no longer than they stand, and not longer than whoever gave them.</summary>
public sealed class StandingRightsTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_personal_token_that_is_removed_ends_what_rests_on_it_and_nothing_else()
    {
        var person = await MadePerson.MakeAsync(app, "begins-by-a-token", "operator", "rentguy");
        using var browser = person.Browser;
        using var api = await person.PersonalAsync("read", "propose");
        var right = PersonalOf(api, person);
        var today = await TodayAsync(right);
        Assert.Equal(person.Id, today?.Subject);
        // No more than the token gives.
        Assert.Equal(ApiScopes.Read | ApiScopes.Propose, today!.Scopes);
        Assert.Null(await TodayAsync(right with { Subject = "somebody-else" }));
        await person.EndAsync("personal token ended", api);
        await GoneAsync(right);
        Assert.NotNull(await TodayAsync(new StandingRight(person.Id, true)));
    }

    [Theory]
    [InlineData("disabled")]
    [InlineData("reset")]
    [InlineData("taken back")]
    [InlineData("client disabled")]
    public async Task What_a_program_began_for_a_person_ends_with_their_yes_and_with_the_program(string what)
    {
        var person = await MadePerson.MakeAsync(app, "begins-by-" + what.Replace(' ', '-'), "operator", "rentguy");
        using var browser = person.Browser;
        using var api = await person.ApiAsync("read propose");
        var right = AccessOf(api, person.Id, "sandbox-app");
        Assert.Equal(ApiScopes.Read | ApiScopes.Propose, (await TodayAsync(right))?.Scopes);
        // Another one of the same person and program ends, and this one stands.
        var other = await person.LetAppActAsync("read");
        Assert.NotNull(other.GetProperty("access_token").GetString());
        var clients = app.Services.GetRequiredService<ApiClients>();
        try
        {
            await (
                what switch
                {
                    "taken back" => SandboxApp.GoodAsync(
                        api.DeleteAsync("/api/v1/clients/sandbox-app/consent", Cancel)
                    ),
                    "client disabled" => clients.ChangeAsync(
                        "sandbox-app",
                        client => client with { Disabled = true },
                        Cancel
                    ),
                    _ => person.EndAsync(what, api),
                }
            );
            await GoneAsync(right);
        }
        finally
        {
            await clients.ChangeAsync("sandbox-app", client => client with { Disabled = false }, Cancel);
        }
    }

    [Fact]
    public async Task A_program_of_its_own_may_go_on_until_it_is_removed()
    {
        var (id, client) = await app.ProgramAsync("operator", ["rentguy"], "read", "propose");
        using var program = client;
        var right = AccessOf(program, id, id) with { IsPerson = false };
        var today = await TodayAsync(right);
        Assert.Equal((id, false), (today?.Subject, today?.IsPerson));
        using var admin = await app.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(admin.DeleteAsync($"/api/v1/clients/{id}", Cancel));
        await GoneAsync(right);
        // By its name alone neither.
        Assert.Null(await TodayAsync(new StandingRight(id, false)));
    }

    [Fact]
    public async Task A_token_that_is_handed_back_ends_what_it_began_and_one_that_was_renewed_does_not()
    {
        var person = await MadePerson.MakeAsync(app, "begins-and-renews", "operator", "rentguy");
        using var browser = person.Browser;
        var tokens = await person.LetAppActAsync("offline_access read");
        using var api = app.WithToken(tokens.GetProperty("access_token").GetString()!);
        var right = AccessOf(api, person.Id, "sandbox-app");
        var renewed = await person.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!);
        Assert.NotNull(await TodayAsync(right));
        using var anonymous = app.Anonymous();
        using var form = new FormUrlEncodedContent([
            KeyValuePair.Create("token", renewed.GetProperty("refresh_token").GetString()!),
            KeyValuePair.Create("client_id", "sandbox-app"),
        ]);
        await SandboxApp.GoodAsync(anonymous.PostAsync("/connect/revoke", form, Cancel));
        await GoneAsync(right);
    }

    private ValueTask<Caller?> TodayAsync(StandingRight right) =>
        app.Services.GetRequiredService<IStandingRights>().TodayAsync(right, Cancel);

    /// <summary>Within the five seconds that are promised.</summary>
    private async Task GoneAsync(StandingRight right)
    {
        using var since = new OwnTime();
        while (await TodayAsync(right) is not null)
        {
            Assert.True(since.Elapsed < Patience.OfFiveSeconds, $"It still stands after {since.Elapsed}.");
            await Task.Delay(50, Cancel);
        }
    }

    private static StandingRight PersonalOf(HttpClient api, MadePerson person)
    {
        var id = api.DefaultRequestHeaders.Authorization!.Parameter!.Split('_')[1];
        return new StandingRight(person.Id, true, $"token:{id}", id);
    }

    private static StandingRight AccessOf(HttpClient api, string subject, string client) =>
        new(
            subject,
            true,
            client,
            new JsonWebToken(api.DefaultRequestHeaders.Authorization!.Parameter!).GetPayloadValue<string>("oi_tkn_id")
        );
}
