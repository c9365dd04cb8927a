using System.Collections;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Tests.Platform.Storage;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>
/// Text that PostgreSQL does not keep, in each member of each body and in each part of each address: the caller's mistake, or made
/// whole, and never an error of the program's. The endpoints and their bodies are read from the program.
/// </summary>
public sealed class BorderTextTests(PostgresApp postgres) : IClassFixture<PostgresApp>
{
    private static readonly string[] Texts =
    [
        "\\u0000",
        "a\\u0000b",
        "\\ud83d",
        "a\\udc33b",
        "\\uffff",
        new string('x', 70_000),
        string.Concat(Enumerable.Repeat("\\ud83d\\udc33", 20_000)),
        // Half of a pair stands where a limit of an even or an odd number of units cuts.
        "x" + string.Concat(Enumerable.Repeat("\\ud83d\\udc33", 20_000)),
    ];

    [Fact]
    public async Task Every_member_of_every_body()
    {
        using var admin = await postgres.App.ApiAsAsync("admin");
        var wrong = new List<string>();
        var tried = 0;
        foreach (var endpoint in ApiEndpoint.AllOf(postgres.App).Where(one => one.Method is "POST" or "PUT" or "PATCH"))
        {
            foreach (var member in endpoint.Body is { } body ? MembersOf(body) : ["title", "image"])
            {
                foreach (var text in Texts)
                {
                    tried++;
                    var status = await SendAsync(admin, endpoint, "x", BodyOf(endpoint.Body, member, text));
                    if (status >= 500 && status is not (502 or 503))
                    {
                        wrong.Add($"{endpoint}, {member} {text[..Math.Min(12, text.Length)]}: {status}");
                    }
                }
            }
        }
        Assert.True(tried > 400, $"only {tried} were tried");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    [Fact]
    public async Task Every_part_of_every_address()
    {
        using var admin = await postgres.App.ApiAsAsync("admin");
        var wrong = new List<string>();
        foreach (var endpoint in ApiEndpoint.AllOf(postgres.App))
        {
            foreach (var id in new[] { "%00", "a%00b", "%ED%A0%80", "%F0%9F%90", new string('x', 3000) })
            {
                if (endpoint.Address("rentguy", id) is var address && address != endpoint.Address("rentguy", "y"))
                {
                    var status = await SendAsync(admin, endpoint, id, endpoint.IsWriting ? "{}" : null);
                    if (status >= 500 && status is not (502 or 503))
                    {
                        wrong.Add($"{endpoint}, {id[..Math.Min(12, id.Length)]}: {status}");
                    }
                }
            }
        }
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private static async Task<int> SendAsync(HttpClient client, ApiEndpoint endpoint, string id, string? body)
    {
        using var request = new HttpRequestMessage(new HttpMethod(endpoint.Method), endpoint.Address("rentguy", id));
        if (body is not null)
        {
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        }
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        return (int)answer.StatusCode;
    }

    /// <summary>Members that are texts, or lists of them.</summary>
    private static List<string> MembersOf(Type body) =>
        [
            .. body.GetConstructors()[0]
                .GetParameters()
                .Where(one =>
                    one.ParameterType == typeof(string)
                    || typeof(IEnumerable<string>).IsAssignableFrom(one.ParameterType)
                )
                .Select(one => JsonNamingPolicy.CamelCase.ConvertName(one.Name!)),
        ];

    /// <summary>A body with something in every member, and this text, which is written as JSON has it, in one.</summary>
    private static string BodyOf(Type? body, string member, string text)
    {
        var whole = new JsonObject();
        foreach (var one in body?.GetConstructors()[0].GetParameters() ?? [])
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(one.Name!);
            var type = Nullable.GetUnderlyingType(one.ParameterType) ?? one.ParameterType;
            whole[name] =
                type == typeof(string) ? Known(name)
                : typeof(IEnumerable<string>).IsAssignableFrom(type) ? new JsonArray(Known(name))
                : type.IsEnum ? JsonNamingPolicy.CamelCase.ConvertName(Enum.GetNames(type)[0])
                : type == typeof(int) || type == typeof(long) || type == typeof(double) ? 7
                : type == typeof(bool) ? true
                : type == typeof(DateTimeOffset) ? "2030-01-01T00:00:00Z"
                : typeof(IEnumerable).IsAssignableFrom(type) ? new JsonArray()
                : null;
        }
        const string Here = "HERE";
        whole[member] = whole[member] is JsonArray ? new JsonArray(Here) : Here;
        return whole.ToJsonString().Replace($"\"{Here}\"", $"\"{text}\"", StringComparison.Ordinal);
    }

    private static string Known(string name) =>
        name switch
        {
            "tenant" or "tenants" => "rentguy",
            "kind" => "container.restart",
            "scopes" => "read",
            "role" => "viewer",
            "redirectUris" => "http://127.0.0.1:1/",
            _ => "abc",
        };
}
