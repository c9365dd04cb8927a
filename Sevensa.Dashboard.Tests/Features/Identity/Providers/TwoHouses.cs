using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity.Providers;

/// <summary>A dashboard that lets people in by another one, by a provider that may answer wrongly, and by one that is not there.</summary>
public sealed class TwoHouses : IAsyncLifetime
{
    public const string Name = "The other house";

    public SandboxApp There { get; } = new();

    public SandboxApp Here { get; private set; } = null!;

    internal ScriptedProvider Scripted { get; private set; } = null!;

    /// <summary>Cookies know no ports: the one house is called by another name than the other.</summary>
    public Uri HereAddress => new UriBuilder(Here.Address) { Host = "localhost" }.Uri;

    public Uri At(string path) => new(HereAddress, path);

    public async ValueTask InitializeAsync()
    {
        await There.InitializeAsync();
        Scripted = await ScriptedProvider.StartAsync();
        using var admin = await There.ApiAsAsync("admin");
        using var made = await admin.PostAsJsonAsync(
            "/api/v1/clients",
            new
            {
                id = "the-first-house",
                name = "The first house",
                scopes = Array.Empty<string>(),
                redirectUris = new[] { "http://localhost/signin/external/there/callback" },
            }
        );
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        var secret = (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("secret").GetString()!;
        var file = Path.Combine(There.Folder, "client.secret");
        await File.WriteAllTextAsync(file, secret + "\n");
        const string of = "Identity:Providers:";
        Here = await ConfiguredApp.StartAsync(
            ($"{of}there:DisplayName", Name),
            ($"{of}there:Authority", There.Address.ToString()),
            ($"{of}there:ClientId", "the-first-house"),
            ($"{of}there:ClientSecretFile", file),
            ($"{of}there:GroupsClaim", "role"),
            ($"{of}there:Grants:0:Value", "operator"),
            ($"{of}there:Grants:0:Role", "Operator"),
            ($"{of}there:Grants:0:Tenants:0", "rentguy"),
            ($"{of}scripted:Authority", Scripted.Url),
            ($"{of}scripted:ClientId", "sevensa"),
            ($"{of}scripted:GroupsClaim", "realm_access.roles"),
            ($"{of}scripted:Grants:0:Value", "eves"),
            ($"{of}scripted:Grants:0:Role", "Viewer"),
            ($"{of}scripted:Grants:0:Tenants:0", "witcom"),
            ($"{of}scripted:Grants:1:Value", "lost"),
            ($"{of}scripted:Grants:1:Role", "Viewer"),
            ($"{of}scripted:Grants:1:Tenants:0", "no-such-tenant"),
            ($"{of}absent:Authority", $"http://127.0.0.1:{Workspace.FreePort()}"),
            ($"{of}absent:ClientId", "sevensa"),
            ($"{of}mute:Authority", $"{Scripted.Url}/mute"),
            ($"{of}mute:ClientId", "sevensa")
        );
    }

    public async ValueTask DisposeAsync()
    {
        await Here.DisposeAsync();
        await Scripted.DisposeAsync();
        await There.DisposeAsync();
    }

    /// <summary>Goes to the other house from here and signs in there.</summary>
    internal async Task ComeAsync(
        Traveller traveller,
        string name,
        string password = "sandbox",
        string way = "/signin/external/there?returnUrl=%2Fme"
    )
    {
        await traveller.GoAsync(At(way));
        Assert.Equal((There.Address.Host, "/signin"), (traveller.At.Host, traveller.At.AbsolutePath));
        await traveller.SubmitAsync(null, ("Input.Name", name), ("Input.Password", password));
        if (traveller.At.AbsolutePath == "/consent")
        {
            await traveller.SubmitAsync("/connect/authorize", ("decision", "allow"));
        }
        Assert.Equal("localhost", traveller.At.Host);
    }

    /// <summary>Signs in here, by a password.</summary>
    internal async Task<Traveller> SignedInAsync(string name, string password = "sandbox")
    {
        var traveller = new Traveller();
        await traveller.GoAsync(At("/signin"));
        await traveller.SubmitAsync(null, ("Input.Name", name), ("Input.Password", password));
        Assert.NotEqual("/signin", traveller.At.AbsolutePath);
        return traveller;
    }
}
