using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bunit;
using Microsoft.AspNetCore.Authentication;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using MudBlazor;
using NSubstitute;
using Sevensa.Dashboard.Features.Identity;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Accounts.External;
using Sevensa.Dashboard.Features.Identity.Accounts.Roles;
using Sevensa.Dashboard.Features.Identity.Accounts.Signals;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Identity.Pages;
using Sevensa.Dashboard.Features.Identity.Providers;
using Sevensa.Dashboard.Platform.Storage;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Ui;
using TestContext = Xunit.TestContext;

namespace Sevensa.Dashboard.Tests.Features.Identity.Providers;

/// <summary>People come in by another dashboard's real OpenID Connect server, and by one that answers wrongly.</summary>
public sealed class ExternalProviderTests(TwoHouses houses) : IClassFixture<TwoHouses>
{
    [Fact]
    public async Task What_a_claim_gives_is_theirs_and_signing_out_offers_the_other_house()
    {
        using var traveller = new Traveller();
        await traveller.GoAsync(houses.At("/signin"));
        Assert.Contains($"Sign in with {TwoHouses.Name}", traveller.Page);
        await houses.ComeAsync(traveller, "operator");
        Assert.Equal("/me", traveller.At.AbsolutePath);
        var me = await PersonAsync(name => name.StartsWith("there.", StringComparison.Ordinal));
        Assert.Equal("Operator", me.GetProperty("role").GetString(), ignoreCase: true);
        Assert.Equal("rentguy", Assert.Single(me.GetProperty("tenants").EnumerateArray()).GetString());
        Assert.Contains("by there", await RecordAsync("signin.succeeded"));

        // Without a password here, having come by the other house stands for it for some minutes.
        await traveller.GoAsync(houses.At("/me/second-factor"));
        Assert.Contains("stands for a password", traveller.Page);
        await traveller.SubmitAsync(null);
        Assert.Contains("data-key", traveller.Page);

        await traveller.SubmitAsync("/sign-out");
        Assert.Contains($"Sign out of {TwoHouses.Name} too", traveller.Page);
        Assert.Equal(HttpStatusCode.Found, await traveller.AskAsync(houses.At("/me")));
        var leaves = await traveller.LookAsync(houses.At("/signin/external/there/leave"));
        Assert.Equal("/connect/logout", leaves!.AbsolutePath);
        Assert.Contains("client_id=the-first-house", leaves.Query);
    }

    [Fact]
    public async Task Whoever_nobody_mapped_gets_nothing_whatever_their_name_until_an_administrator_gives_them_an_account()
    {
        using var traveller = new Traveller();
        // There is a "viewer" here too.
        await houses.ComeAsync(traveller, "viewer");
        Assert.Contains("Nobody has given you access yet", traveller.Page);
        Assert.Contains($"signed in at {TwoHouses.Name} as <b>", traveller.Page);
        Assert.Equal(HttpStatusCode.Found, await traveller.AskAsync(houses.At("/me")));
        Assert.Contains("Nobody has given them access", await RecordAsync("signin.failed"));

        using var admin = await houses.Here.ApiAsAsync("admin");
        var waiting = await admin.GetFromJsonAsync<JsonElement>("/api/v1/external-people");
        var who = waiting
            .GetProperty("items")
            .EnumerateArray()
            .Single(one => one.GetProperty("subject").GetString() == "sandbox-person-viewer");
        var path = $"/api/v1/external-people/{who.GetProperty("id").GetString()}/account";
        var account = new
        {
            userName = "from-elsewhere",
            displayName = "From elsewhere",
            role = "viewer",
            tenants = new[] { "witcom" },
        };
        await SandboxApp.GoodAsync(admin.PostAsJsonAsync(path, account));
        using (var twice = await admin.PostAsJsonAsync(path, account))
        {
            Assert.Equal(HttpStatusCode.NotFound, twice.StatusCode);
        }
        await traveller.GoAsync(houses.At("/signin/external/there?returnUrl=%2Fme"));
        Assert.Equal("/me", traveller.At.AbsolutePath);
        await traveller.GoAsync(houses.At("/me/second-factor"));
        Assert.Contains("You are From elsewhere", traveller.Page);
    }

    [Fact]
    public async Task What_a_claim_gave_goes_with_it_and_comes_back_unless_an_administrator_took_it()
    {
        var person = await MadePerson.MakeAsync(houses.There, "comes-and-goes", "operator", "rentguy");
        using var first = new Traveller();
        await houses.ComeAsync(first, person.UserName, MadePerson.Password);
        Assert.Equal("/me", first.At.AbsolutePath);
        Assert.False(await IsDisabledAsync());

        await ChangeAsync("viewer");
        await AgainAsync();
        Assert.True(await IsDisabledAsync());
        // What was begun by it ends too.
        Assert.Equal(HttpStatusCode.Found, await first.AskAsync(houses.At("/me")));

        await ChangeAsync("operator");
        Assert.Equal("/me", (await AgainAsync()).AbsolutePath);
        Assert.False(await IsDisabledAsync());

        await ChangeAsync("viewer");
        await AgainAsync();
        // Disabled as it is, an administrator says that it stays so.
        using var admin = await houses.Here.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(
            admin.PostAsync($"/api/v1/people/{(await MineAsync()).GetProperty("id").GetString()}/disable", null)
        );
        await ChangeAsync("operator");
        Assert.Equal("/signin/external", (await AgainAsync()).AbsolutePath);
        Assert.True(await IsDisabledAsync());

        Task<JsonElement> MineAsync() =>
            PersonAsync(name => name.StartsWith("there.comes-and-goes", StringComparison.Ordinal));

        async Task<bool> IsDisabledAsync() => (await MineAsync()).GetProperty("disabled").GetBoolean();

        async Task<Uri> AgainAsync()
        {
            using var traveller = new Traveller();
            await houses.ComeAsync(traveller, person.UserName, MadePerson.Password);
            return traveller.At;
        }

        async Task ChangeAsync(string role)
        {
            using var there = await houses.There.ApiAsAsync("admin");
            await SandboxApp.GoodAsync(
                there.PutAsJsonAsync(
                    $"/api/v1/people/{person.Id}",
                    new
                    {
                        displayName = person.UserName,
                        role,
                        tenants = new[] { "rentguy" },
                    }
                )
            );
        }
    }

    [Fact]
    public async Task An_account_is_linked_by_proof_of_both_and_its_second_factor_is_asked_for_all_the_same()
    {
        var person = await MadePerson.MakeAsync(houses.Here, "of-this-house", "viewer", "rentguy");
        using var here = await houses.SignedInAsync(person.UserName, MadePerson.Password);
        await here.GoAsync(houses.At("/me/providers"));
        // Enter in the field presses the first button, which is none of the several providers'.
        Assert.Matches(
            "<button[^>]*data-none",
            here.Page[..here.Page.IndexOf("link absent", StringComparison.Ordinal)]
        );
        await here.SubmitAsync(null, ("Input.Given", MadePerson.Password), ("Input.Deed", ""));
        Assert.Contains("Choose what to link or unlink", here.Page);
        await here.SubmitAsync(null, ("Input.Given", "not it"), ("Input.Deed", "link there"));
        Assert.Contains("That is not your password", here.Page);

        // A ticket of another session, or none, links nothing.
        using (var thief = await houses.SignedInAsync("approver"))
        {
            await houses.ComeAsync(thief, "client-witcom", way: "/signin/external/there?link=made-up");
            Assert.Contains("Begin again under Your account", thief.Page);
        }

        await here.GoAsync(houses.At("/me/providers"));
        await here.SubmitAsync(null, ("Input.Given", MadePerson.Password), ("Input.Deed", "link there"));
        // Proved here, it leads to the other house, where they prove who they are there.
        Assert.Equal((houses.There.Address.Host, "/signin"), (here.At.Host, here.At.AbsolutePath));
        await here.SubmitAsync(null, ("Input.Name", "client-witcom"), ("Input.Password", "sandbox"));
        if (here.At.AbsolutePath == "/consent")
        {
            await here.SubmitAsync("/connect/authorize", ("decision", "allow"));
        }
        Assert.Equal("/me/providers", here.At.AbsolutePath);
        Assert.Contains("Unlink", here.Page);
        Assert.Contains("provider.linked", await RecordAsync("provider.linked"));

        using var traveller = new Traveller();
        await houses.ComeAsync(traveller, "client-witcom");
        Assert.Equal("/me", traveller.At.AbsolutePath);
        await traveller.GoAsync(houses.At("/me/second-factor"));
        Assert.Contains($"You are {person.UserName}", traveller.Page);
        // It has a password, which is asked for before a second factor is set up.
        Assert.DoesNotContain("stands for a password", traveller.Page);

        var phone = await AuthenticatorApp.SetUpAsync(person.Browser, MadePerson.Password);
        using var careful = new Traveller();
        await houses.ComeAsync(careful, "client-witcom");
        Assert.Equal("/signin/external", careful.At.AbsolutePath);
        Assert.Equal(HttpStatusCode.Found, await careful.AskAsync(houses.At("/me")));
        // Some page leads the browser here with an answer that it did not ask for, and with words of its own: neither is kept.
        await careful.GoAsync(houses.At("/signin/external/scripted/callback?code=c&state=s&iss=buy-at-evil.example"));
        Assert.Contains("begun in another browser", careful.Page);
        Assert.DoesNotContain("evil.example", careful.Page);
        Assert.DoesNotContain("buy-at-evil.example", await RecordAsync("signin.failed"));
        await careful.GoAsync(houses.At("/signin/external"));
        await careful.SubmitAsync(null, ("Input.Code", "000000"));
        Assert.Contains("no code of yours", careful.Page);
        await careful.SubmitAsync(null, ("Input.Code", phone.Next()));
        Assert.Equal("/me", careful.At.AbsolutePath);
        using var token = await person.PersonalAsync("read");

        await careful.GoAsync(houses.At("/me/providers"));
        var id = System.Text.RegularExpressions.Regex.Match(careful.Page, "unlink ([0-9a-f]{64})").Groups[1].Value;
        await careful.SubmitAsync(null, ("Input.Given", phone.Recovery[0]), ("Input.Deed", $"unlink {id}"));
        Assert.True(
            !careful.Page.Contains("Unlink", StringComparison.Ordinal),
            careful.Page[careful.Page.IndexOf("<h1", StringComparison.Ordinal)..]
        );
        // What was begun by it ends, but for the session in which it was unlinked.
        Assert.Equal(HttpStatusCode.OK, await careful.AskAsync(houses.At("/me")));
        using (var ended = await token.GetAsync("/api/v1/tenants"))
            Assert.Equal(HttpStatusCode.Unauthorized, ended.StatusCode);
        using var after = new Traveller();
        await houses.ComeAsync(after, "client-witcom");
        Assert.Contains("Nobody has given you access yet", after.Page);
    }

    [Fact]
    public async Task The_list_of_who_waits_names_the_provider_as_people_know_it_and_asks_for_tenants_before_a_password()
    {
        using var traveller = new Traveller();
        await houses.ComeAsync(traveller, "client-rentguy");
        Assert.Contains("Nobody has given you access yet", traveller.Page);
        var (page, _) = UiContext.Create();
        await using var _page = page;
        page.Services.AddSingleton(houses.Here.Services.GetRequiredService<ExternalPeople>());
        page.Services.AddSingleton(houses.Here.Services.GetRequiredService<IOptions<IdentityOptions>>());
        page.Services.AddSingleton(houses.Here.Services.GetRequiredService<ITenantNames>());
        page.Services.AddSingleton(houses.Here.Services.GetRequiredService<WaitingDesk>());
        page.Services.AddSingleton(houses.Here.Services.GetRequiredService<RoleStore>());
        page.Services.AddSingleton(Substitute.For<ICurrentCaller>());
        page.Services.AddSingleton(Substitute.For<IStepUp>());
        var panel = page.Render<WaitingPanel>();
        var row = panel.WaitForElements("tbody tr").First(row => row.TextContent.Contains("client-rentguy"));
        Assert.Contains(TwoHouses.Name, row.TextContent, StringComparison.Ordinal);
        await row.QuerySelector("button")!.ClickAsync();
        panel.Find("form input").Change("somebody");
        await panel.Find("form").SubmitAsync();
        Assert.Contains(
            "Choose at least one tenant.",
            panel.Find("[role=alert]").TextContent,
            StringComparison.Ordinal
        );
        Assert.Empty(panel.FindAll("input[type=password]"));
        var tenants = panel.FindComponent<TenantChoice>();
        var first = tenants.FindComponents<MudSelectItem<string>>()[0].Instance.Value!;
        var choice = tenants.FindComponent<MudSelect<string>>().Instance;
        await panel.InvokeAsync(() => choice.SelectedValuesChanged.InvokeAsync([first]));
        await panel.Find("form").SubmitAsync();
        Assert.Empty(panel.FindAll("[role=alert]"));
        panel.WaitForElement("input[type=password]");
        // The field that is asked for has the focus, wherever it stands.
        page.JSInterop.VerifyFocusAsyncInvoke(2);
    }

    [Theory]
    [InlineData("denied", "said no there")]
    [InlineData("error", "temporarily_unavailable: The &lt;b&gt;house&lt;/b&gt; is full.")]
    [InlineData("state", "begun in another browser")]
    [InlineData("issuer of the answer", "did not come from scripted as it is configured here")]
    [InlineData("issuer", "did not come from scripted as it is configured here")]
    [InlineData("audience", "made for another program")]
    [InlineData("nonce", "the nonce differs")]
    [InlineData("expired", "its clock and the one here differ")]
    [InlineData("signature", "not signed by one of its keys")]
    [InlineData("unsigned", "not signed by one of its keys")]
    [InlineData("no token", "invalid_client")]
    public async Task An_answer_that_is_wrong_lets_nobody_in_and_says_why(string twist, string words)
    {
        houses.Scripted.Twist = twist;
        using var traveller = new Traveller();
        await traveller.GoAsync(houses.At("/signin/external/scripted"));
        Assert.Equal(("localhost", "/signin/external"), (traveller.At.Host, traveller.At.AbsolutePath));
        Assert.Contains(words, traveller.Page);
        Assert.DoesNotContain("evil.example", traveller.Page);
        Assert.Equal(HttpStatusCode.Found, await traveller.AskAsync(houses.At("/me")));
    }

    [Fact]
    public async Task A_claim_inside_another_counts_and_so_does_that_it_is_gone()
    {
        houses.Scripted.Be("eve-1", ["others", "eves"]);
        using var eve = new Traveller();
        await eve.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Equal("/me", eve.At.AbsolutePath);
        // It says nothing of when she proved who she is, so for proving it anew it does not do.
        using var again = new Traveller();
        await again.GoAsync(houses.At("/signin/external/scripted?again=true"));
        Assert.Contains("does not say that you did", again.Page);
        // Whoever is signed in is not made somebody else by a page that leads them here.
        houses.Scripted.Be("eve-2", []);
        await eve.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme%2Fproviders"));
        Assert.Equal("/me/providers", eve.At.AbsolutePath);
        // What a claim gave is entered by its provider alone.
        Assert.Contains("entered by that provider alone", eve.Page);
        Assert.DoesNotContain("Input.Given", eve.Page);
        // That the groups are too many to be named is not that she has none.
        houses.Scripted.Be("eve-1", []);
        houses.Scripted.AreCut = true;
        using var cut = new Traveller();
        await cut.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Contains("in more groups than it names", cut.Page);
        Assert.Equal(HttpStatusCode.OK, await eve.AskAsync(houses.At("/me")));
        houses.Scripted.Be("eve-1", ["others"]);
        using var after = new Traveller();
        await after.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Contains("Nobody has given you access yet", after.Page);
        Assert.Equal(HttpStatusCode.Found, await eve.AskAsync(houses.At("/me")));
    }

    [Fact]
    public async Task A_grant_that_can_t_be_given_lets_nobody_in_and_names_no_tenant_to_them()
    {
        houses.Scripted.Be("eve-lost", ["lost"]);
        using var eve = new Traveller();
        await eve.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Contains("the record says why", eve.Page);
        Assert.DoesNotContain("tenant", eve.Page);
        Assert.Contains("no-such-tenant", await RecordAsync("signin.failed"));
    }

    [Fact]
    public async Task That_somebody_was_let_in_there_without_a_question_proves_nothing_here()
    {
        houses.Scripted.Be("eve-silent", ["eves"]);
        using var silent = new Traveller();
        await silent.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme%2Fsecond-factor"));
        Assert.DoesNotContain("stands for a password", silent.Page);
        Assert.Contains("again=true", silent.Page);

        houses.Scripted.ProvedAt = TimeProvider.System.GetUtcNow().AddHours(-1);
        await silent.GoAsync(houses.At("/signin/external/scripted?again=true"));
        Assert.Contains("does not say that you did", silent.Page);
        using var another = new Traveller();
        await another.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme%2Fsecond-factor"));
        Assert.DoesNotContain("stands for a password", another.Page);

        houses.Scripted.ProvedAt = TimeProvider.System.GetUtcNow();
        await silent.GoAsync(houses.At("/signin/external/scripted?again=true&returnUrl=%2Fme%2Fsecond-factor"));
        Assert.Equal("/me/second-factor", silent.At.AbsolutePath);
        Assert.Contains("stands for a password", silent.Page);
    }

    [Fact]
    public async Task Whoever_has_no_password_here_ends_a_doubt_by_signing_in_there_anew()
    {
        houses.Scripted.Be("eve-doubted", ["eves"], TimeProvider.System.GetUtcNow());
        using var eve = new Traveller();
        await eve.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Equal("/me", eve.At.AbsolutePath);
        var services = houses.Here.Services;
        string id;
        await using (var store = await services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContextAsync())
        {
            id = (await store.Set<ExternalPersonRow>().SingleAsync(row => row.Subject == "eve-doubted")).PersonId!;
        }
        var session = Assert.Single(await services.GetRequiredService<SessionStore>().ListAsync(id, default));
        var person = await services.GetRequiredService<PersonStore>().FindAsync(id, default);
        var caller = person!.ToCaller() with { Session = session.Id };
        var signals = services.GetRequiredService<SignalDesk>();
        await signals.RaiseAsync(
            caller.Actor(),
            session.Id,
            new Oddity(SignalKinds.Reads, "She carried things away."),
            default
        );
        Assert.StartsWith(
            "This session is in doubt. She carried things away.",
            await signals.DoubtAsync(caller, default),
            StringComparison.Ordinal
        );
        // The way in was proof, and makes no lasting one of itself now.
        await eve.GoAsync(houses.At("/me/second-factor"));
        Assert.DoesNotContain("stands for a password", eve.Page);

        houses.Scripted.Be("eve-doubted", ["eves"]);
        await eve.GoAsync(houses.At("/signin/external/scripted?again=true"));
        Assert.Contains("does not say that you did", eve.Page);
        Assert.NotNull(await signals.DoubtAsync(caller, default));

        houses.Scripted.ProvedAt = TimeProvider.System.GetUtcNow();
        await eve.GoAsync(houses.At("/signin/external/scripted?again=true&returnUrl=%2Fme%2Fsecond-factor"));
        Assert.Contains("stands for a password", eve.Page);
        Assert.Null(await signals.DoubtAsync(caller, default));
        Assert.Contains("signing in anew by scripted", await RecordAsync("signal.lifted"));
    }

    [Fact]
    public async Task A_doubt_that_was_left_behind_waits_for_whoever_comes_back_without_a_proof()
    {
        houses.Scripted.Be("eve-returning", ["eves"], TimeProvider.System.GetUtcNow());
        using var eve = new Traveller();
        await eve.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme%2Fsecond-factor"));
        var services = houses.Here.Services;
        string id;
        await using (var store = await services.GetRequiredService<IDbContextFactory<Store>>().CreateDbContextAsync())
        {
            id = (await store.Set<ExternalPersonRow>().SingleAsync(row => row.Subject == "eve-returning")).PersonId!;
        }
        var person = await services.GetRequiredService<PersonStore>().FindAsync(id, default);
        var signals = services.GetRequiredService<SignalDesk>();
        var first = await CallerAsync();
        await signals.RaiseAsync(
            first.Actor(),
            first.Session!,
            new Oddity(SignalKinds.Reads, "She carried things away."),
            default
        );
        await eve.SubmitAsync("/sign-out");

        // Still signed in there, and nothing is asked.
        houses.Scripted.Be("eve-returning", ["eves"]);
        await eve.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme%2Fsecond-factor"));
        var second = await CallerAsync();
        Assert.NotEqual(first.Session, second.Session);
        Assert.Contains("was never cleared up", await signals.DoubtAsync(second, default), StringComparison.Ordinal);

        houses.Scripted.ProvedAt = TimeProvider.System.GetUtcNow();
        await eve.GoAsync(houses.At("/signin/external/scripted?again=true&returnUrl=%2Fme%2Fsecond-factor"));
        Assert.Null(await signals.DoubtAsync(await CallerAsync(), default));
        await eve.SubmitAsync("/sign-out");
        houses.Scripted.Be("eve-returning", ["eves"]);
        await eve.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme%2Fsecond-factor"));
        Assert.Null(await signals.DoubtAsync(await CallerAsync(), default));

        async Task<Caller> CallerAsync() =>
            person!.ToCaller() with
            {
                Session = Assert.Single(await services.GetRequiredService<SessionStore>().ListAsync(id, default)).Id,
            };
    }

    [Fact]
    public async Task Who_is_signed_in_there_without_a_question_is_shown_before_they_are_linked()
    {
        var person = await MadePerson.MakeAsync(houses.Here, "links-silently", "viewer", "rentguy");
        using var here = await houses.SignedInAsync(person.UserName, MadePerson.Password);
        houses.Scripted.Be("eve-linked", []);
        await here.GoAsync(houses.At("/me/providers"));
        await here.SubmitAsync(null, ("Input.Given", MadePerson.Password), ("Input.Deed", "link scripted"));
        Assert.Equal("/signin/external", here.At.AbsolutePath);
        Assert.Contains("Link Eve at scripted?", here.Page);
        var external = houses.Here.Services.GetRequiredService<ExternalPeople>();
        Assert.Empty(await external.OfAsync(person.Id, default));
        await here.SubmitAsync(null);
        Assert.Equal("/me/providers", here.At.AbsolutePath);
        Assert.Equal("eve-linked", Assert.Single(await external.OfAsync(person.Id, default)).Subject);
    }

    [Fact]
    public async Task Strangers_who_wait_are_bounded_and_removed_and_keep_nobody_out_whom_a_claim_gives_access()
    {
        houses.Scripted.Be("eve-waits", []);
        using var stranger = new Traveller();
        await stranger.GoAsync(houses.At("/signin/external/scripted"));
        Assert.Contains("Nobody has given you access yet", stranger.Page);
        using var admin = await houses.Here.ApiAsAsync("admin");
        var waiting = await admin.GetFromJsonAsync<JsonElement>("/api/v1/external-people?limit=100");
        var path =
            "/api/v1/external-people/"
            + waiting
                .GetProperty("items")
                .EnumerateArray()
                .Single(one => one.GetProperty("subject").GetString() == "eve-waits")
                .GetProperty("id")
                .GetString();
        await SandboxApp.GoodAsync(admin.DeleteAsync(path));
        using (var twice = await admin.DeleteAsync(path))
            Assert.Equal(HttpStatusCode.NotFound, twice.StatusCode);
        Assert.Contains("eve-waits", await RecordAsync("provider.removed"));

        var stores = houses.Here.Services.GetRequiredService<IDbContextFactory<Store>>();
        var now = TimeProvider.System.GetUtcNow();
        await using (var store = await stores.CreateDbContextAsync())
        {
            store.AddRange(
                Enumerable
                    .Range(0, ExternalPeople.MostWaiting)
                    .Select(number => new ExternalPersonRow
                    {
                        Id = $"crowd {number}",
                        Provider = "scripted",
                        Subject = $"crowd {number}",
                        Name = "One of many",
                        FirstSeenAt = now,
                        LastSeenAt = now,
                    })
            );
            await store.SaveChangesAsync();
        }
        houses.Scripted.Be("eve-late", ["eves"]);
        using var eve = new Traveller();
        await eve.GoAsync(houses.At("/signin/external/scripted?returnUrl=%2Fme"));
        Assert.Equal("/me", eve.At.AbsolutePath);
        await using (var store = await stores.CreateDbContextAsync())
        {
            await store.Set<ExternalPersonRow>().Where(row => row.Name == "One of many").ExecuteDeleteAsync();
        }

        // Who waits no longer gets no account that would be nobody's.
        var accounts = houses.Here.Services.GetRequiredService<AccountDesk>();
        var account = new AccountChange("Nobody's", Role.Admin, []);
        await Assert.ThrowsAsync<AccountException>(() =>
            accounts.CreateGrantedAsync("no such row", "nobody-s", account, "a claim", default)
        );
        Assert.Null(await houses.Here.Services.GetRequiredService<PersonStore>().FindByNameAsync("nobody-s", default));
    }

    [Fact]
    public async Task One_that_is_not_there_is_told_on_the_page_and_answers_nobody_asked_for_open_nothing()
    {
        using var traveller = new Traveller();
        foreach (var away in new[] { "absent", "mute" })
        {
            await traveller.GoAsync(houses.At($"/signin/external/{away}"));
            Assert.Equal("/signin/external", traveller.At.AbsolutePath);
            Assert.Contains("can't be reached", WebUtility.HtmlDecode(traveller.Page));
        }
        await traveller.GoAsync(houses.At("/signin/external/there/callback?code=c&state=s"));
        Assert.Contains("begun in another browser", traveller.Page);
        await traveller.GoAsync(houses.At("/signin/external/unheard-of"));
        Assert.Equal("/signin", traveller.At.AbsolutePath);
    }

    [Fact]
    public async Task One_that_has_no_address_to_sign_out_at_is_told_so()
    {
        using var traveller = new Traveller();
        await traveller.GoAsync(houses.At("/signin/external/scripted/leave"));
        Assert.Contains("Sign out there yourself", traveller.Page);
    }

    [Fact]
    public void A_provider_that_is_away_is_no_answer_nobody_asked_for_whatever_words_its_trace_holds()
    {
        // As the library words it when the connection was refused after a wait: with the whole trace of what it waited for.
        var refused = new InvalidOperationException(
            "IDX20803: Unable to obtain configuration. Exception: 'System.IO.IOException: IDX20804 ---> at "
                + "System.Threading.ExecutionContext.RunInternal(ExecutionContext c, ContextCallback callback, Object state)'.",
            new IOException("IDX20804", new HttpRequestException("Connection refused"))
        );
        Assert.False(ProviderTroubles.IsStray(refused));
        Assert.Contains("can't be reached", ProviderTroubles.Of(refused, "It"), StringComparison.Ordinal);
        Assert.True(ProviderTroubles.IsStray(new AuthenticationFailureException("Correlation failed.")));
    }

    [Fact]
    public async Task The_last_administrator_is_neither_made_less_nor_shut_out_by_a_claim()
    {
        var accounts = houses.Here.Services.GetRequiredService<AccountDesk>();
        var cancellation = Xunit.TestContext.Current.CancellationToken;
        const string admin = "sandbox-person-admin";
        await Assert.ThrowsAsync<LastAdministratorException>(() => accounts.SuspendAsync(admin, "gone", cancellation));
        await Assert.ThrowsAsync<LastAdministratorException>(() =>
            accounts.ApplyGrantAsync(
                admin,
                new AccountChange("Admin", Role.Viewer, ["rentguy"]),
                enable: false,
                "less",
                cancellation
            )
        );
        Assert.Equal("/me", (await AdminAsync()).AbsolutePath);

        async Task<Uri> AdminAsync()
        {
            using var traveller = await houses.SignedInAsync("admin");
            await traveller.GoAsync(houses.At("/me"));
            return traveller.At;
        }
    }

    private async Task<JsonElement> PersonAsync(Func<string, bool> isName)
    {
        using var admin = await houses.Here.ApiAsAsync("admin");
        var people = await admin.GetFromJsonAsync<JsonElement>("/api/v1/people?limit=100");
        return people
            .GetProperty("items")
            .EnumerateArray()
            .Where(one => isName(one.GetProperty("userName").GetString()!))
            .OrderBy(one => one.GetProperty("userName").GetString()!.Length)
            .First();
    }

    private async Task<string> RecordAsync(string action)
    {
        using var admin = await houses.Here.ApiAsAsync("admin");
        return await admin.GetStringAsync($"/api/v1/audit?action={action}");
    }
}
