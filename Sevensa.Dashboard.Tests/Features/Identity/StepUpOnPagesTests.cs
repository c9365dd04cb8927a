using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Access;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Tokens;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>An open session alone makes nobody who may do something: what does takes the password again.</summary>
[Collection(SandboxCollection.Name)]
public class StepUpOnPagesTests(SandboxApp app)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> Deeds =>
        [
            "create",
            "other role",
            "more tenants",
            "reset",
            "enable",
            "add client",
            "enable client",
            "allow",
            "make token",
        ];

    [Theory]
    [MemberData(nameof(Deeds))]
    public async Task On_a_page_it_takes_the_password_again_and_for_a_program_its_token_is_enough(string deed)
    {
        var people = app.Services.GetRequiredService<PersonStore>();
        var accounts = app.Services.GetRequiredService<AccountDesk>();
        var access = app.Services.GetRequiredService<AccessDesk>();
        var program = (await people.FindByNameAsync("admin", Stop))!.ToCaller(client: "a-program");
        var browser = program with { Client = null, Session = $"session of {deed}" };
        var name = $"stepped-{deed.Replace(' ', '-')}";
        var viewer = new AccountChange(name, Role.Viewer, ["rentguy"]);
        var id = "";
        if (deed is not ("create" or "add client" or "make token"))
        {
            id = (await accounts.CreateAsync(program, name, viewer, null, Stop)).Person.Id;
        }
        if (deed == "enable")
        {
            await accounts.DisableAsync(browser, id, Stop);
        }
        if (deed is "enable client" or "allow")
        {
            var made = Client(name) with { PersonId = deed == "allow" ? program.Subject : null };
            await access.AddClientAsync(program, made, null, Stop);
            // What takes away is done at once.
            await (
                deed == "allow"
                    ? access.ConsentAsync(browser, name, false, null, Stop)
                    : access.SetClientDisabledAsync(browser, name, true, null, Stop)
            );
        }

        foreach (var given in new[] { null, "", "wrong" })
        {
            var refused = await Assert.ThrowsAsync<ForbiddenException>(() => DoAsync(browser, given));
            Assert.Equal("stepUpRequired", refused.Code);
        }
        await DoAsync(browser, "sandbox");
        if (deed is not ("create" or "add client" or "make token"))
        {
            await DoAsync(program, null);
        }

        Task DoAsync(Caller by, string? given) =>
            deed switch
            {
                "create" => accounts.CreateAsync(by, name, viewer, given, Stop),
                "other role" => accounts.ChangeAsync(by, id, viewer with { Role = Role.Operator }, given, Stop),
                "more tenants" => accounts.ChangeAsync(
                    by,
                    id,
                    viewer with
                    {
                        Tenants = ["rentguy", "witcom"],
                    },
                    given,
                    Stop
                ),
                "reset" => accounts.ResetAsync(by, id, given, Stop),
                "enable" => accounts.EnableAsync(by, id, given, Stop),
                "add client" => access.AddClientAsync(by, Client(name), given, Stop),
                "enable client" => access.SetClientDisabledAsync(by, name, false, given, Stop),
                "allow" => access.ConsentAsync(by, name, true, given, Stop),
                _ => access.AddTokenAsync(by, name, ApiScopes.Read, 1, given, Stop),
            };
    }

    [Fact]
    public async Task Another_name_and_fewer_tenants_take_nothing()
    {
        var people = app.Services.GetRequiredService<PersonStore>();
        var accounts = app.Services.GetRequiredService<AccountDesk>();
        var program = (await people.FindByNameAsync("admin", Stop))!.ToCaller(client: "a-program");
        var browser = program with { Client = null, Session = "some session" };
        var (person, _) = await accounts.CreateAsync(
            program,
            "gets-less",
            new AccountChange("Gets less", Role.Viewer, ["rentguy", "witcom"]),
            null,
            Stop
        );
        await accounts.ChangeAsync(
            browser,
            person.Id,
            new AccountChange("Has less", Role.Viewer, ["rentguy"]),
            null,
            Stop
        );
        Assert.Equal(["rentguy"], (await people.FindAsync(person.Id, Stop))!.Tenants);
    }

    private static ApiClient Client(string id) => new(id, id, null, Role.Viewer, ["rentguy"], ApiScopes.Read);
}
