using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>Outside the Sandbox: the program as a process, on an empty store.</summary>
public sealed class FirstStartTests : IDisposable
{
    private const string Password = "correct horse battery";
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-test-").FullName;

    private (string Key, string Value)[] Settings => [("Storage__Folder", folder)];

    [Fact]
    public async Task The_printed_link_makes_one_administrator_and_works_once()
    {
        var (process, line) = await ProgramRun.UntilAsync("/first-administrator?token=", Settings);
        using var _ = process;
        try
        {
            var link = new Uri(line.Trim());
            using var browser = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false })
            {
                BaseAddress = new Uri(link.GetLeftPart(UriPartial.Authority)),
            };
            using var weak = await SubmitAsync(browser, link, "admin1", "short");
            Assert.Equal(HttpStatusCode.OK, weak.StatusCode);
            using var made = await SubmitAsync(browser, link, "admin1", Password);
            Assert.Equal(HttpStatusCode.Found, made.StatusCode);
            // Whoever made it is signed in.
            using var access = await browser.GetAsync("/access");
            Assert.Equal(HttpStatusCode.OK, access.StatusCode);
            var again = await browser.GetStringAsync(link);
            Assert.DoesNotContain("<form method=\"post\"", again[again.IndexOf("<h1", StringComparison.Ordinal)..]);
            // The people of the Sandbox exist nowhere else.
            using var stranger = new HttpClient(new HttpClientHandler { AllowAutoRedirect = false })
            {
                BaseAddress = browser.BaseAddress,
            };
            using var sandbox = await SandboxApp.SubmitAsync(
                stranger,
                "/signin",
                ("Input.Name", "admin"),
                ("Input.Password", "sandbox")
            );
            Assert.Equal(HttpStatusCode.OK, sandbox.StatusCode);
            using var token = await stranger.PostAsync(
                "/connect/token",
                new FormUrlEncodedContent(
                    new Dictionary<string, string>
                    {
                        ["grant_type"] = "client_credentials",
                        ["client_id"] = "sandbox-admin",
                        ["client_secret"] = "sandbox-admin",
                    }
                )
            );
            Assert.False(token.IsSuccessStatusCode);
        }
        finally
        {
            await EndAsync(process);
        }
        var (code, output) = await ProgramRun.ToEndAsync(["recover-admin", "--name", "admin1"], Settings);
        Assert.Equal(0, code);
        Assert.Matches(@"/set-password\?token=[0-9a-f]{64}", output);
        var (unknown, words) = await ProgramRun.ToEndAsync(["recover-admin", "--name", "nobody"], Settings);
        Assert.Equal(1, unknown);
        Assert.Contains("no account named nobody", words);
    }

    [Fact]
    public async Task Every_mistake_in_the_configuration_is_printed_by_its_key()
    {
        var (code, output) = await ProgramRun.ToEndAsync(
            [],
            [
                .. Settings,
                ("Storage__MigrationWaitSeconds", "soon"),
                ("Identity__PublicUrl", "dashboard.example"),
                ("Tenants__0__Id", "Not A Word"),
                ("Tenants__0__Name", "x"),
                ("Security__KeyFiel", "typo"),
            ]
        );
        Assert.Equal(1, code);
        foreach (
            var key in new[]
            {
                "Storage:MigrationWaitSeconds: \"soon\" is not a whole number",
                "Identity:PublicUrl: ",
                "Tenants:0:Id: ",
                "Security:KeyFiel: there is no such setting",
            }
        )
        {
            Assert.Contains(key, output);
        }
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private static async Task<HttpResponseMessage> SubmitAsync(
        HttpClient browser,
        Uri link,
        string name,
        string password
    ) =>
        await SandboxApp.SubmitAsync(
            browser,
            link.PathAndQuery,
            ("Input.Name", name),
            ("Input.DisplayName", "First"),
            ("Input.Password", password),
            ("Input.Again", password)
        );

    private static async Task EndAsync(Process process)
    {
        process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
    }
}
