using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Whoever is to prove that it is them does so by a passkey of theirs, in the session that was asked, once.</summary>
[Collection(SandboxCollection.Name)]
public sealed class PasskeyStepUpTests(SandboxApp app)
{
    private const string Question = "/me/passkeys/question";
    private const string Answer = "/me/passkeys/answer";
    private const string Api = "/api/v1/step-ups";

    [Fact]
    public async Task A_passkey_stands_in_for_the_password_once_on_a_page()
    {
        var person = await MadePerson.MakeAsync(app, "proves-by-passkey", "viewer", "rentguy");
        Assert.DoesNotContain("data-passkey-instead", await person.Browser.GetStringAsync("/me/passkeys"));
        using (var none = await person.Browser.PostAsJsonAsync(Question, new { }))
        {
            Assert.Equal(HttpStatusCode.UnprocessableEntity, none.StatusCode);
            Assert.Contains("no passkey", await none.Content.ReadAsStringAsync());
        }
        using var key = await SoftPasskey.AddAsync(app, person.Id);
        Assert.Contains("data-passkey-instead", await person.Browser.GetStringAsync("/me/passkeys"));

        var given = await GivenAsync(person.Browser, key);
        using (var renamed = await RenameAsync(person.Browser, key, given))
            Assert.Equal(HttpStatusCode.Found, renamed.StatusCode);
        Assert.Contains("By a passkey", await RecordAsync("stepUp.proved"));
        using (var again = await RenameAsync(person.Browser, key, given))
            Assert.Contains("was used before", await again.Content.ReadAsStringAsync());

        // What one session was given opens nothing in another of the same person.
        using var elsewhere = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        using (var taken = await RenameAsync(elsewhere, key, await GivenAsync(person.Browser, key)))
            Assert.Contains("in another session", await taken.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task What_was_asked_is_answered_once_there_and_by_a_passkey_of_that_person_alone()
    {
        var person = await MadePerson.MakeAsync(app, "asked-for-passkey", "viewer", "rentguy");
        var other = await MadePerson.MakeAsync(app, "other-with-passkey", "viewer", "rentguy");
        using var key = await SoftPasskey.AddAsync(app, person.Id);
        using var foreign = await SoftPasskey.AddAsync(app, other.Id);

        var (state, credential) = await key.AskedAsync(person.Browser, Question);
        using var elsewhere = await app.BrowserAsAsync(person.UserName, MadePerson.Password);
        await RefusedAsync(elsewhere, state, credential);
        await RefusedAsync(other.Browser, state, credential);
        using (var right = await AnswerAsync(person.Browser, state, credential))
            Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        await RefusedAsync(person.Browser, state, credential);

        // Another account's passkey, that signs what this one was asked.
        var (asked, signed) = await foreign.AskedAsync(person.Browser, Question);
        await RefusedAsync(person.Browser, asked, signed);
        Assert.Contains("no passkey of your account", await RecordAsync("stepUp.failed"));
        // A challenge that somebody else was asked.
        var (_, theirs) = await key.AskedAsync(other.Browser, Question);
        var (mine, _) = await key.AskedAsync(person.Browser, Question);
        await RefusedAsync(person.Browser, mine, theirs);
    }

    [Fact]
    public async Task A_program_that_acts_for_somebody_brings_what_their_passkey_signed()
    {
        var person = await MadePerson.MakeAsync(app, "program-and-passkey", "viewer", "rentguy");
        using var key = await SoftPasskey.AddAsync(app, person.Id);
        using var client = await person.ApiAsync("read");
        var (state, credential) = await key.AskedAsync(client, $"{Api}/passkey");
        using var answered = await SoftPasskey.BringAsync(client, $"{Api}/passkey/answer", state, credential);
        var text = await answered.Content.ReadAsStringAsync();
        Assert.True(answered.IsSuccessStatusCode, text);
        var given = JsonSerializer.Deserialize<JsonElement>(text).GetProperty("given").GetString();
        var asked = new
        {
            deed = "secondFactor.reset",
            target = "somebody",
            passkey = given,
        };
        using (var proved = await client.PostAsJsonAsync(Api, asked))
            Assert.Equal(HttpStatusCode.OK, proved.StatusCode);
        using (var again = await client.PostAsJsonAsync(Api, asked))
            Assert.Equal(HttpStatusCode.Forbidden, again.StatusCode);
        // Nor does a browser's stand in for anything there.
        var ofPage = await GivenAsync(person.Browser, key);
        using var taken = await client.PostAsJsonAsync(Api, asked with { passkey = ofPage });
        Assert.Equal(HttpStatusCode.Forbidden, taken.StatusCode);

        var program = await app.ProgramAsync("viewer", ["rentguy"], "read");
        using var nobody = await program.Client.PostAsJsonAsync($"{Api}/passkey", new { });
        Assert.Equal(HttpStatusCode.UnprocessableEntity, nobody.StatusCode);
    }

    private static async Task<string> GivenAsync(HttpClient browser, SoftPasskey key)
    {
        var (state, credential) = await key.AskedAsync(browser, Question);
        using var answer = await AnswerAsync(browser, state, credential);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonSerializer.Deserialize<JsonElement>(text).GetProperty("given").GetString()!;
    }

    private static Task<HttpResponseMessage> AnswerAsync(HttpClient browser, string state, string credential) =>
        SoftPasskey.BringAsync(browser, Answer, state, credential);

    private static async Task RefusedAsync(HttpClient browser, string state, string credential)
    {
        using var answer = await AnswerAsync(browser, state, credential);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("stepUpRequired", await answer.Content.ReadAsStringAsync());
    }

    private static Task<HttpResponseMessage> RenameAsync(HttpClient browser, SoftPasskey key, string given) =>
        SandboxApp.SubmitAsync(
            browser,
            $"/me/passkeys?edit={key.Id}",
            ("Input.Given", given),
            ("Input.Name", "another name"),
            ("Input.Deed", "rename")
        );

    private async Task<string> RecordAsync(string action)
    {
        using var admin = await app.ApiAsAsync("admin");
        return await admin.GetStringAsync($"/api/v1/audit?action={action}");
    }
}
