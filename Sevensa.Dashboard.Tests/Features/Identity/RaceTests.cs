using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Identity.Accounts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Many at once get no further than one after the other.</summary>
public sealed class RaceTests : IAsyncLifetime
{
    private readonly SandboxApp app = new();

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Fact]
    public async Task Sixty_wrong_passwords_at_once_are_all_counted_and_five_are_looked_at()
    {
        var tries = app.Services.GetRequiredService<Tries>();
        var begun = await Task.WhenAll(
            Enumerable.Range(0, 60).Select(_ => tries.BeginAsync("somebody", TryRule.Passwords, CancellationToken.None))
        );
        // Five passwords are looked at, the rest are turned away.
        Assert.Equal(5, begun.Count(attempt => !attempt.IsHeld));
        Assert.Single(begun, attempt => attempt.IsLast);
        await tries.ForgetAsync("somebody", CancellationToken.None);
        Assert.Equal(1, (await tries.BeginAsync("somebody", TryRule.Passwords, CancellationToken.None)).Number);
    }

    [Fact]
    public async Task Sixty_wrong_passwords_at_the_door_leave_the_right_one_shut_out()
    {
        // Before the address is held off.
        using var admin = await app.ApiAsAsync("admin");
        var browsers = Enumerable.Range(0, 60).Select(_ => app.Browser()).ToList();
        // The page with its form first, so that the passwords really come together.
        var forms = await Task.WhenAll(
            browsers.Select(async browser => SandboxApp.HiddenFields(await browser.GetStringAsync("/signin")))
        );
        var answers = await Task.WhenAll(browsers.Zip(forms, TryAsync));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.OK, answer));
        using var right = await SandboxApp.SubmitAsync(
            app.Browser(),
            "/signin",
            ("Input.Name", "operator"),
            ("Input.Password", "sandbox")
        );
        Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        var lockouts = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=signin.lockout");
        Assert.Single(lockouts.GetProperty("items").EnumerateArray());
        browsers.ForEach(browser => browser.Dispose());
    }

    /// <summary>
    /// Who waits for the store's turn for longer than five seconds is told to come again, as sixty do on a slow machine: nothing was
    /// looked at then, and they do.
    /// </summary>
    private static async Task<HttpStatusCode> TryAsync(HttpClient browser, Dictionary<string, string> form)
    {
        while (true)
        {
            using var body = new FormUrlEncodedContent(
                new Dictionary<string, string>(form) { ["Input.Name"] = "operator", ["Input.Password"] = "wrong" }
            );
            using var answer = await browser.PostAsync("/signin", body);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || answer.Headers.RetryAfter is null)
            {
                return answer.StatusCode;
            }
        }
    }

    [Fact]
    public async Task Ids_of_nobody_do_not_fill_the_memory()
    {
        var people = app.Services.GetRequiredService<PersonStore>();
        var sessions = app.Services.GetRequiredService<SessionStore>();
        for (var some = 0; some < 3; some++)
        {
            var ids = Enumerable.Range(0, 4500).Select(number => $"nobody-{some}-{number}").ToList();
            await people.FreshenAsync(ids, default);
            await sessions.FreshenAsync(ids, default);
            Assert.False(await sessions.IsLiveAsync(ids[^1], default));
        }
        Assert.InRange(people.Known, 1, Remembered.Most);
        Assert.InRange(sessions.Known, 1, Remembered.Most);
    }

    [Fact]
    public async Task Administrators_who_end_each_other_at_once_leave_one()
    {
        var desk = app.Services.GetRequiredService<AccountDesk>();
        var people = app.Services.GetRequiredService<PersonStore>();
        var other = await MadePerson.MakeAsync(app, "other-admin", "admin");
        using var browser = other.Browser;
        var (one, two) = (
            (await people.FindByNameAsync("admin", default))!,
            (await people.FindAsync(other.Id, default))!
        );
        for (var round = 0; round < 5; round++)
        {
            var ended = await Task.WhenAll(
                EndsAsync(() => desk.DisableAsync(one.ToCaller(client: "a-program"), two.Id, default)),
                EndsAsync(() =>
                    desk.ChangeAsync(
                        two.ToCaller(client: "a-program"),
                        one.Id,
                        new AccountChange("admin", Role.Viewer, ["rentguy"]),
                        null,
                        default
                    )
                )
            );
            var left = (await people.ListAsync(default)).Where(person =>
                person is { Role: Role.Admin, Disabled: false }
            );
            Assert.True(left.Any(), $"Nobody is left; they ended each other: {string.Join(", ", ended)}");
            if (ended[0])
            {
                await desk.EnableAsync(one.ToCaller(client: "a-program"), two.Id, null, default);
            }
            if (ended[1])
            {
                await desk.ChangeAsync(
                    two.ToCaller(client: "a-program"),
                    one.Id,
                    new AccountChange("Admin", Role.Admin, []),
                    null,
                    default
                );
            }
        }

        static async Task<bool> EndsAsync(Func<Task> end)
        {
            try
            {
                await Task.Run(end);
                return true;
            }
            catch (AccountException)
            {
                return false;
            }
        }
    }

    [Fact]
    public async Task A_refresh_token_that_comes_many_times_at_once_is_redeemed_once_and_ends_what_came_from_it()
    {
        var person = await MadePerson.MakeAsync(app, "parallel", "operator", "rentguy");
        using var browser = person.Browser;
        var tokens = await person.LetAppActAsync("offline_access read");
        var refresh = tokens.GetProperty("refresh_token").GetString()!;
        var answers = await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => person.RefreshAsync(refresh)));
        var good = Assert.Single(answers, answer => answer.TryGetProperty("access_token", out _));
        Assert.All(
            answers.Where(answer => !answer.TryGetProperty("access_token", out _)),
            answer => Assert.Equal("invalid_grant", answer.GetProperty("error").GetString())
        );
        await EndsAsync(person, tokens.GetProperty("access_token").GetString()!);
        await EndsAsync(person, good.GetProperty("access_token").GetString()!);
        var next = await person.RefreshAsync(good.GetProperty("refresh_token").GetString()!);
        Assert.Equal("invalid_grant", next.GetProperty("error").GetString());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_code_or_refresh_token_that_comes_again_later_ends_the_access_tokens(bool code)
    {
        var person = await MadePerson.MakeAsync(app, code ? "again-code" : "again-refresh", "operator", "rentguy");
        using var browser = person.Browser;
        var first = await person.CodeAsync("offline_access read");
        var tokens = await person.RedeemAsync(first);
        var access = tokens.GetProperty("access_token").GetString()!;
        using (var api = app.WithToken(access))
        using (var before = await api.GetAsync("/api/v1/tenants"))
        {
            Assert.Equal(HttpStatusCode.OK, before.StatusCode);
        }
        var renewed = "";
        if (!code)
        {
            var refresh = tokens.GetProperty("refresh_token").GetString()!;
            renewed = (await person.RefreshAsync(refresh)).GetProperty("access_token").GetString()!;
        }
        var again = code
            ? await person.RedeemAsync(first)
            : await person.RefreshAsync(tokens.GetProperty("refresh_token").GetString()!);
        Assert.Equal("invalid_grant", again.GetProperty("error").GetString());
        await EndsAsync(person, access);
        if (renewed.Length > 0)
        {
            await EndsAsync(person, renewed);
        }
    }

    /// <summary>Refused from some moment on, which comes soon.</summary>
    private static async Task EndsAsync(MadePerson person, string access)
    {
        using var api = person.App.WithToken(access);
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            using var answer = await api.GetAsync("/api/v1/tenants", patience.Token);
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                return;
            }
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            await Task.Delay(20, patience.Token);
        }
    }
}
