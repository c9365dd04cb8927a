using System.Globalization;
using System.Net.Http.Json;
using System.Text.Json;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>
/// A program that lets people in by the dashboard with openid-client, the library that most programs in Node use: a process of its
/// own (<c>e2e/OpenIdClient</c>) goes through all that a relying party does, step by step.
/// </summary>
[Collection(nameof(OneSandbox))]
public sealed class ARelyingPartyOfAnotherHouse(DashboardProcess dashboard)
{
    private static readonly string folder = Path.Combine(Workspace.Root, "e2e", "OpenIdClient");

    private static readonly string[] steps =
    [
        "discovery",
        "authorization code with PKCE",
        "a code counts once, and only for who began",
        "userinfo",
        "the token opens the API",
        "pushed authorization request",
        "introspection",
        "refresh gives another token each time",
        "a refresh token that comes twice ends what came from it",
        "revocation",
        "client credentials",
        "a refresh token of one program is nothing in another's hands",
        "device code",
        "a native program on whatever port",
        "prompt=none",
        "prompt=login",
        "max_age",
        "an address that is not registered is told on a page",
        "a wrong secret is refused",
        "end session",
        "back-channel logout",
    ];

    [Fact]
    public async Task A_program_with_openid_client_lets_people_in_by_every_way_there_is()
    {
        Missing.Unless(
            Directory.Exists(Path.Combine(folder, "node_modules", "openid-client")),
            $"openid-client is missing: run npm ci --ignore-scripts in {folder}, or .ci/run"
        );
        var port = Workspace.FreePort().ToString(CultureInfo.InvariantCulture);
        var party = $"http://127.0.0.1:{port}";
        using var admin = await dashboard.ClientOfAsync("admin");
        var secret = await AddAsync(
            admin,
            new
            {
                id = "openid-client",
                scopes = new[] { "read" },
                redirectUris = new[] { $"{party}/back" },
                postLogoutRedirectUris = new[] { $"{party}/left" },
                backchannelLogoutUri = $"{party}/backchannel-logout",
            }
        );
        var machine = await AddAsync(
            admin,
            new
            {
                id = "openid-client-machine",
                role = "viewer",
                tenants = new[] { "rentguy" },
                scopes = new[] { "read" },
            }
        );
        await AddAsync(
            admin,
            new
            {
                id = "openid-client-device",
                scopes = new[] { "read" },
                isPublic = true,
                isForDevices = true,
            }
        );

        await using var program = ServerProcess.Start(
            "openid-client",
            "node",
            ["relying-party.mjs"],
            new Dictionary<string, string?>
            {
                ["DASHBOARD"] = dashboard.Url.ToString(),
                ["PARTY_PORT"] = port,
                ["PARTY_SECRET"] = secret,
                ["MACHINE_SECRET"] = machine,
            },
            folder
        );
        await program.ExitAsync(Patience.Usual);

        var failed = program.Output.Where(line => line.StartsWith("FAILED ", StringComparison.Ordinal)).ToList();
        Assert.True(
            failed.Count == 0 && program.ExitCode == 0,
            $"{string.Join('\n', failed)}{program.Tail()}{dashboard.Process.Tail()}"
        );
        // A step that is not taken shows nothing.
        Assert.Equal(steps.Select(step => $"ok {step}"), program.Output);
    }

    private static async Task<string?> AddAsync(HttpClient admin, object client)
    {
        using var made = await admin.PostAsJsonAsync(new Uri("/api/v1/clients", UriKind.Relative), client);
        Assert.True(made.IsSuccessStatusCode, await made.Content.ReadAsStringAsync());
        var answer = await made.Content.ReadFromJsonAsync<JsonElement>();
        return answer.TryGetProperty("secret", out var secret) ? secret.GetString() : null;
    }
}
