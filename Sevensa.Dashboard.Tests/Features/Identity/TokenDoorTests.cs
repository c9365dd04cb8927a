using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Features.Identity;

/// <summary>However the address or the program's name is written, wrong secrets of one program are counted as its.</summary>
public class TokenDoorTests(SandboxApp app) : IClassFixture<SandboxApp>
{
    private const int Most = 30;

    [Fact]
    public async Task Wrong_secrets_are_counted_however_they_are_sent()
    {
        using var client = app.Anonymous();
        string[] paths = ["/connect/token/", "/connect/token", "/CONNECT/TOKEN/"];
        string[] names = ["Basic", "basic"];
        for (var number = 0; number < Most; number++)
        {
            var program = number % 2 == 0 ? "sandbox-viewer" : "sandbox%2Dviewer";
            using var refused = await TryAsync(client, paths[number % 3], names[number % 2], program);
            Assert.Contains(refused.StatusCode, new[] { HttpStatusCode.Unauthorized, HttpStatusCode.BadRequest });
        }
        foreach (var path in paths)
        {
            using var over = await TryAsync(client, path, "Basic", "sandbox-viewer");
            Assert.Equal(HttpStatusCode.TooManyRequests, over.StatusCode);
        }
        // Another program from the same place is not shut out by it.
        using var other = await client.PostAsync(
            "/connect/token",
            new FormUrlEncodedContent(
                new Dictionary<string, string>
                {
                    ["grant_type"] = "client_credentials",
                    ["client_id"] = "sandbox-operator",
                    ["client_secret"] = "sandbox-operator",
                }
            )
        );
        Assert.Equal(HttpStatusCode.OK, other.StatusCode);
    }

    private static async Task<HttpResponseMessage> TryAsync(
        HttpClient client,
        string path,
        string scheme,
        string program
    )
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new FormUrlEncodedContent(
                new Dictionary<string, string> { ["grant_type"] = "client_credentials" }
            ),
        };
        request.Headers.Authorization = new AuthenticationHeaderValue(
            scheme,
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{program}:wrong"))
        );
        return await client.SendAsync(request);
    }
}
