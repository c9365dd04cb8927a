using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.App;

/// <summary>On a host of another language numbers and days are written as on every other.</summary>
public sealed partial class OneCultureTests
{
    [Theory]
    [InlineData("de_DE.UTF-8")]
    [InlineData("fa_IR.UTF-8")]
    public async Task Whatever_the_hosts_language_numbers_are_written_one_way(string language)
    {
        var folder = Directory.CreateTempSubdirectory("sevensa-culture-").FullName;
        var (process, line) = await ProgramRun.UntilAsync(
            "Now listening on",
            [
                ("ASPNETCORE_ENVIRONMENT", "Sandbox"),
                ("Storage__Folder", folder),
                ("LANG", language),
                ("LC_ALL", language),
            ]
        );
        using (process)
        {
            try
            {
                using var client = new HttpClient { BaseAddress = new Uri(Address().Match(line).Value) };
                using var patience = new CancellationTokenSource(Patience.Usual);
                using var given = await client.PostAsync(
                    "/connect/token",
                    new FormUrlEncodedContent(
                        new Dictionary<string, string>
                        {
                            ["grant_type"] = "client_credentials",
                            ["client_id"] = "sandbox-operator",
                            ["client_secret"] = "sandbox-operator",
                        }
                    ),
                    patience.Token
                );
                var token = (await given.Content.ReadFromJsonAsync<JsonElement>(patience.Token))
                    .GetProperty("access_token")
                    .GetString();
                client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
                var proposal = await Eventually.GetAsync<JsonElement>(
                    "the runners to have told what runs there",
                    async token =>
                    {
                        using var proposed = await client.PostAsJsonAsync(
                            "/api/v1/proposals",
                            new
                            {
                                kind = "container.resources",
                                tenant = "rentguy",
                                target = "api",
                                parameters = new { cpus = 1.25 },
                                reason = "half as much again",
                                evidence = Array.Empty<object>(),
                            },
                            token
                        );
                        Assert.True(proposed.IsSuccessStatusCode, await proposed.Content.ReadAsStringAsync(token));
                        return await proposed.Content.ReadFromJsonAsync<JsonElement>(token);
                    }
                );
                Assert.Contains("1.25", proposal.GetProperty("title").GetString(), StringComparison.Ordinal);
                Assert.Contains(
                    proposal.GetProperty("plan").GetProperty("changes").EnumerateArray(),
                    change => change.GetProperty("after").GetString() == "1.25"
                );
            }
            finally
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+")]
    private static partial Regex Address();
}
