using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Features.Actions;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Whatever somebody else made on an account ends with its reset.</summary>
public class PasskeyResetTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reset_takes_the_passkeys_too_and_nobody_elses()
    {
        var stores = app.Services.GetRequiredService<IDbContextFactory<Store>>();
        await using (var store = await stores.CreateDbContextAsync(Stop))
        {
            store.Add(Passkey(1, "sandbox-person-viewer"));
            store.Add(Passkey(2, "sandbox-person-viewer"));
            store.Add(Passkey(3, "sandbox-person-approver"));
            await store.SaveChangesAsync(Stop);
        }
        // Whoever looks at the account sees them.
        using var admin = await app.ApiAsAsync("admin");
        var people = await admin.GetFromJsonAsync<JsonElement>("/api/v1/people", Stop);
        Assert.Equal(
            [1, 2],
            people
                .GetProperty("items")
                .EnumerateArray()
                .Select(one => one.GetProperty("passkeys").GetInt32())
                .Where(count => count > 0)
                .Order()
        );
        await app
            .Services.GetRequiredService<AccountDesk>()
            .ResetAsync(Callers.Admin with { Client = "a-program" }, "sandbox-person-viewer", null, Stop);
        await using var after = await stores.CreateDbContextAsync(Stop);
        Assert.Equal(
            ["sandbox-person-approver"],
            await after.Set<IdentityUserPasskey<string>>().Select(row => row.UserId).ToListAsync(Stop)
        );
    }

    [Fact]
    public async Task A_reset_ends_the_tokens_of_an_account_that_has_no_password_too_and_so_does_disabling_it_twice()
    {
        var desk = app.Services.GetRequiredService<AccountDesk>();
        var people = app.Services.GetRequiredService<PersonStore>();
        var tokens = app.Services.GetRequiredService<PersonalTokenStore>();
        var by = Callers.Admin with { Client = "a-program" };
        var account = new AccountChange("No password", Role.Viewer, ["rentguy"]);
        var (person, _) = await desk.CreateAsync(by, "no-password", account, null, Stop);
        var until = person.CreatedAt.AddDays(1);
        var (_, token) = (await tokens.AddAsync(person, "theirs", ApiScopes.Read, until, Stop))!.Value;
        Assert.NotNull(await tokens.CallerOfAsync(token, Stop));
        await desk.ResetAsync(by, person.Id, null, Stop);
        Assert.Null(await tokens.CallerOfAsync(token, Stop));

        await desk.DisableAsync(by, person.Id, Stop);
        var once = (await people.FindAsync(person.Id, Stop))!.SecurityStamp;
        await desk.DisableAsync(by, person.Id, Stop);
        Assert.NotEqual(once, (await people.FindAsync(person.Id, Stop))!.SecurityStamp);
    }

    private static IdentityUserPasskey<string> Passkey(byte number, string person) =>
        new()
        {
            CredentialId = [number],
            UserId = person,
            Data = new IdentityPasskeyData
            {
                PublicKey = [number],
                Name = "a key",
                CreatedAt = DateTimeOffset.UnixEpoch,
                Transports = [],
                AttestationObject = [number],
                ClientDataJson = [number],
            },
        };
}
