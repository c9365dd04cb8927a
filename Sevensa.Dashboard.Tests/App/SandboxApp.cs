using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>
/// The real program in the Sandbox environment, on Kestrel and a port of its own, with a store of its own.
/// Use it as a class fixture, or share one over a collection: <c>[Collection(SandboxCollection.Name)]</c>.
/// </summary>
public partial class SandboxApp : WebApplicationFactory<Program>, IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Task<string>> tokens = new();
    private int programs;

    public SandboxApp() => UseKestrel(0);

    /// <summary>Data folder; removed with the app.</summary>
    public string Folder { get; } = Directory.CreateTempSubdirectory("sevensa-test-").FullName;

    public string Environment { get; init; } = "Sandbox";

    public Uri Address => ClientOptions.BaseAddress;

    /// <summary>Further settings, before the start.</summary>
    protected virtual IEnumerable<KeyValuePair<string, string>> Settings => [];

    /// <summary>Replacements of services, before the start.</summary>
    protected virtual void Replace(IServiceCollection services) { }

    public virtual async ValueTask InitializeAsync()
    {
        if (!Settings.Any(setting => setting.Key is "Storage:Folder" or "Storage:Postgres"))
        {
            await StoreTemplate.PutAsync(Folder);
        }
        StartServer();
        await Services.GetRequiredService<StartWork>().NeedAsync();
    }

    /// <summary>An access token of the API client <c>sandbox-NAME</c>, with all its scopes or those asked for.</summary>
    public Task<string> GetTokenAsync(string name, string scope = "") =>
        tokens.GetOrAdd($"{name} {scope}", _ => FetchTokenAsync($"sandbox-{name}", $"sandbox-{name}", scope));

    /// <summary>Tokens are fetched anew from now on.</summary>
    protected void ForgetTokens() => tokens.Clear();

    /// <summary>A client that sends that token.</summary>
    public async Task<HttpClient> ApiAsAsync(string name, string scope = "") =>
        WithToken(await GetTokenAsync(name, scope));

    /// <summary>A client that sends this token.</summary>
    public HttpClient WithToken(string token)
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    /// <summary>A program of its own, as an administrator adds one, and a client that sends its token.</summary>
    public async Task<(string Id, HttpClient Client)> ProgramAsync(
        string role,
        string[] tenants,
        params string[] scopes
    )
    {
        using var admin = await ApiAsAsync("admin");
        var id = $"program-{Interlocked.Increment(ref programs)}";
        using var answer = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id,
                role,
                tenants,
                scopes,
            }
        );
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
        var made = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return (id, WithToken(await FetchTokenAsync(id, made.GetProperty("secret").GetString()!, "")));
    }

    /// <summary>Waits for an answer that has to be a success.</summary>
    public static async Task GoodAsync(Task<HttpResponseMessage> asked)
    {
        using var answer = await asked;
        Assert.True(answer.IsSuccessStatusCode, await answer.Content.ReadAsStringAsync());
    }

    /// <summary>A client that sends nothing and follows no redirect.</summary>
    public HttpClient Anonymous() =>
        new(new HttpClientHandler { AllowAutoRedirect = false, UseCookies = false }) { BaseAddress = Address };

    /// <summary>A browser without scripts: keeps cookies, follows no redirect.</summary>
    public HttpClient Browser() =>
        new(new HttpClientHandler { AllowAutoRedirect = false, CookieContainer = new System.Net.CookieContainer() })
        {
            BaseAddress = Address,
        };

    /// <summary>Posts a static form as a browser does: the page is fetched first for its hidden fields.</summary>
    public static async Task<HttpResponseMessage> SubmitAsync(
        HttpClient browser,
        string page,
        params (string Name, string Value)[] fields
    )
    {
        var html = await browser.GetStringAsync(page);
        var form = HiddenFields(html);
        foreach (var (name, value) in fields)
        {
            form[name] = value;
        }
        return await browser.PostAsync(page, new FormUrlEncodedContent(form));
    }

    /// <summary>The hidden fields of a page's form.</summary>
    public static Dictionary<string, string> HiddenFields(string html) =>
        Hidden()
            .Matches(html)
            .ToDictionary(
                match => match.Groups["name"].Value,
                match => System.Net.WebUtility.HtmlDecode(match.Groups["value"].Value)
            );

    /// <summary>Where a page leads by itself; null when it leads nowhere.</summary>
    public static string? OnwardFrom(string html) =>
        Refresh().Match(html) is { Success: true } found
            ? System.Net.WebUtility.HtmlDecode(found.Groups["url"].Value)
            : null;

    /// <summary>Waits until the Sandbox's runners have told what runs there, a moment after the start.</summary>
    public async Task FleetIsKnownAsync()
    {
        using var client = await ApiAsAsync("viewer");
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (true)
        {
            using var ready = await client.GetAsync("/readyz", patience.Token);
            if (ready.IsSuccessStatusCode)
            {
                return;
            }
            await Task.Delay(50, patience.Token);
        }
    }

    /// <summary>A browser that is signed in.</summary>
    public async Task<HttpClient> BrowserAsAsync(string name, string password = "sandbox")
    {
        var browser = Browser();
        using var answer = await SubmitAsync(browser, "/signin", ("Input.Name", name), ("Input.Password", password));
        return answer.StatusCode == System.Net.HttpStatusCode.Found
            ? browser
            : throw new InvalidOperationException($"{name} could not sign in: {answer.StatusCode}");
    }

    [System.Text.RegularExpressions.GeneratedRegex("<meta http-equiv=\"refresh\" content=\"0;url=(?<url>[^\"]*)\"")]
    private static partial System.Text.RegularExpressions.Regex Refresh();

    [System.Text.RegularExpressions.GeneratedRegex(
        "<input type=\"hidden\" name=\"(?<name>[^\"]+)\" value=\"(?<value>[^\"]*)\""
    )]
    private static partial System.Text.RegularExpressions.Regex Hidden();

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(Environment);
        builder.UseSetting("Storage:Folder", Folder);
        foreach (var (key, value) in Settings)
        {
            builder.UseSetting(key, value);
        }
        builder.ConfigureServices(services =>
        {
            // A password is hashed slowly by intent, at each start and sign-in: what the tests sign in with guards nothing.
            services.Configure<PasswordHasherOptions>(hashing => hashing.IterationCount = 1_000);
            Replace(services);
        });
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await RemoveFolderAsync();
        GC.SuppressFinalize(this);
    }

    /// <summary>The program's own thread stops it too, and may say its last words to the store a moment longer.</summary>
    private async Task RemoveFolderAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (Directory.Exists(Folder))
        {
            Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
            try
            {
                Directory.Delete(Folder, recursive: true);
            }
            catch (IOException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(50);
            }
        }
    }

    private async Task<string> FetchTokenAsync(string client, string secret, string scope)
    {
        using var nobody = Anonymous();
        var form = new Dictionary<string, string>
        {
            ["grant_type"] = "client_credentials",
            ["client_id"] = client,
            ["client_secret"] = secret,
        };
        if (scope.Length > 0)
        {
            form["scope"] = scope;
        }
        using var answer = await nobody.PostAsync("/connect/token", new FormUrlEncodedContent(form));
        var body = await answer.Content.ReadFromJsonAsync<JsonElement>();
        return answer.IsSuccessStatusCode
            ? body.GetProperty("access_token").GetString()!
            : throw new InvalidOperationException($"No token for {client}: {body}");
    }
}

/// <summary>One program for all test classes of this collection; they must not depend on an untouched store.</summary>
[CollectionDefinition(Name)]
public class SandboxCollection : ICollectionFixture<SandboxApp>
{
    public const string Name = "Sandbox";
}
