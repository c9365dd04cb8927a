using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>Somebody whom an administrator made by the API and who chose a password by the link, as people come in for real.</summary>
public sealed record MadePerson(SandboxApp App, string Id, string UserName, string Role, HttpClient Browser)
{
    public const string Password = "a few words of theirs";

    /// <summary>Ways in which a person of RentGuy and WitCom loses what let them in to see RentGuy.</summary>
    public static readonly string[] Ends =
    [
        "disabled",
        "reset",
        "role taken away",
        "tenant taken away",
        "personal token ended",
    ];

    private const string Back = "http://127.0.0.1:43117/callback";

    public static async Task<MadePerson> MakeAsync(
        SandboxApp app,
        string userName,
        string role,
        params string[] tenants
    )
    {
        using var admin = await app.ApiAsAsync("admin");
        using var answer = await admin.PostAsJsonAsync(
            "/api/v1/people",
            new
            {
                userName,
                displayName = userName,
                role,
                tenants,
            }
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>();
        var browser = app.Browser();
        var id = made.GetProperty("person").GetProperty("id").GetString()!;
        var person = new MadePerson(app, id, userName, role, browser);
        await person.ChooseAsync(made.GetProperty("link").GetString()!);
        return person;
    }

    /// <summary>Uses the link of a new account or of a reset.</summary>
    public async Task ChooseAsync(string link)
    {
        using var chosen = await SandboxApp.SubmitAsync(
            Browser,
            new Uri(link).PathAndQuery,
            ("Input.Password", Password),
            ("Input.Again", Password)
        );
        Assert.Equal(HttpStatusCode.Found, chosen.StatusCode);
    }

    /// <summary>Lets the Sandbox's app act for them: the answer of the token endpoint.</summary>
    public async Task<JsonElement> LetAppActAsync(string scope)
    {
        var code = await CodeAsync(scope);
        return await RedeemAsync(code);
    }

    /// <summary>A code that the person allowed; good for one <see cref="RedeemAsync"/>.</summary>
    public async Task<string> CodeAsync(string scope)
    {
        var challenge = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(Verifier)));
        using var asked = await Browser.GetAsync(
            "/connect/authorize?response_type=code&client_id=sandbox-app&state=abc&nonce=n1"
                + $"&redirect_uri={Uri.EscapeDataString(Back)}&scope={Uri.EscapeDataString(scope)}"
                + $"&code_challenge={challenge}&code_challenge_method=S256"
        );
        var form = SandboxApp.HiddenFields(await Browser.GetStringAsync(asked.Headers.Location));
        form["decision"] = "allow";
        using var answer = await Browser.PostAsync("/connect/authorize", new FormUrlEncodedContent(form));
        return QueryHelpers.ParseQuery(answer.Headers.Location!.Query)["code"].ToString();
    }

    public Task<JsonElement> RedeemAsync(string code) =>
        TokensAsync(
            ("grant_type", "authorization_code"),
            ("code", code),
            ("code_verifier", Verifier),
            ("redirect_uri", Back)
        );

    public Task<JsonElement> RefreshAsync(string refreshToken) =>
        TokensAsync(("grant_type", "refresh_token"), ("refresh_token", refreshToken));

    /// <summary>A client that sends an access token which the person consented to.</summary>
    public async Task<HttpClient> ApiAsync(string scope) =>
        App.WithToken((await LetAppActAsync(scope)).GetProperty("access_token").GetString()!);

    /// <summary>A client that sends a personal token of theirs.</summary>
    public async Task<HttpClient> PersonalAsync(params string[] scopes)
    {
        using var api = await ApiAsync(string.Join(' ', scopes));
        using var made = await api.PostAsJsonAsync("/api/v1/tokens", new { name = "of a test", scopes });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        return App.WithToken((await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("token").GetString()!);
    }

    /// <summary>Takes away what let them in.</summary>
    /// <param name="what">Of <see cref="Ends"/>.</param>
    /// <param name="personal">A client that sends a personal token of theirs, where that is what ends.</param>
    public async Task EndAsync(string what, HttpClient personal)
    {
        using var admin = await App.ApiAsAsync("admin");
        await SandboxApp.GoodAsync(
            what switch
            {
                "disabled" => admin.PostAsync($"/api/v1/people/{Id}/disable", null),
                "reset" => admin.PostAsync($"/api/v1/people/{Id}/reset", null),
                "role taken away" => ChangeAsync("client", "rentguy"),
                "tenant taken away" => ChangeAsync(Role, "witcom"),
                "personal token ended" => EndTokenAsync(),
                _ => throw new ArgumentOutOfRangeException(nameof(what), what, null),
            }
        );

        Task<HttpResponseMessage> ChangeAsync(string role, params string[] tenants) =>
            admin.PutAsJsonAsync(
                $"/api/v1/people/{Id}",
                new
                {
                    displayName = UserName,
                    role,
                    tenants,
                }
            );

        async Task<HttpResponseMessage> EndTokenAsync()
        {
            var rows = await personal.GetFromJsonAsync<JsonElement>("/api/v1/tokens");
            return await personal.DeleteAsync(
                $"/api/v1/tokens/{rows.GetProperty("items")[0].GetProperty("id").GetString()}"
            );
        }
    }

    private static string Verifier => "a-verifier-that-is-long-enough-for-the-standard-0123456789";

    private async Task<JsonElement> TokensAsync(params (string Name, string Value)[] form)
    {
        using var client = App.Anonymous();
        using var answer = await client.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                form.Append(("client_id", "sandbox-app")).Select(one => KeyValuePair.Create(one.Item1, one.Item2))
            )
        );
        return await answer.Content.ReadFromJsonAsync<JsonElement>();
    }
}
