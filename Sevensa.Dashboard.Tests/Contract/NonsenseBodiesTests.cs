using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>
/// Nonsense in a body is the caller's mistake and is answered as one. The endpoints are read from the program, so that a new
/// one is covered.
/// </summary>
public sealed class NonsenseBodiesTests : IAsyncLifetime
{
    private readonly SandboxApp app = new();

    public ValueTask InitializeAsync() => app.InitializeAsync();

    public ValueTask DisposeAsync() => app.DisposeAsync();

    [Theory]
    [InlineData("{}", "application/json")]
    [InlineData("[]", "application/json")]
    [InlineData("null", "application/json")]
    [InlineData("7", "application/json")]
    [InlineData("{\"name\":", "application/json")]
    [InlineData(Nulls, "application/json")]
    [InlineData(Numbers, "application/json")]
    [InlineData("name=x&scopes=read", "application/x-www-form-urlencoded")]
    [InlineData("\0\u0001", "text/plain")]
    [InlineData("", "application/json")]
    public async Task No_endpoint_answers_a_body_with_an_error_of_its_own(string body, string type)
    {
        using var admin = await app.ApiAsAsync("admin");
        var wrong = new List<string>();
        var tried = 0;
        foreach (var (method, address) in Writing())
        {
            tried++;
            using var request = new HttpRequestMessage(method, address)
            {
                Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body))
                {
                    Headers = { ContentType = new MediaTypeHeaderValue(type) },
                },
            };
            using var answer = await admin.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
            if (answer.StatusCode == HttpStatusCode.InternalServerError)
            {
                wrong.Add($"{method} {address}");
            }
        }
        Assert.True(tried > 30, $"only {tried} endpoints were tried");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    // Every name that a body has somewhere, with nothing behind it.
    private const string Nulls =
        """{"id":null,"name":null,"userName":null,"displayName":null,"tenants":null,"scopes":null,"kind":null,"tenant":null,"target":null,"parameters":null,"evidence":[null],"reason":null,"planHash":null,"text":null,"query":null,"matchers":[null],"redirectUris":[null],"title":null,"services":[null],"decision":null}""";

    private const string Numbers =
        """{"id":1,"name":1,"userName":1,"displayName":1,"tenants":1,"scopes":1,"kind":1,"tenant":1,"target":1,"parameters":1,"evidence":1,"reason":1,"planHash":1,"text":1,"query":1,"matchers":1,"redirectUris":1,"title":1,"services":1,"decision":1}""";

    [Fact]
    public Task A_member_that_is_not_known_is_named_with_those_that_are() =>
        EachOfOursAsync(
            endpoint => """{"noSuchMember":1}""",
            "application/json",
            (endpoint, status, told) =>
                status == 400
                && told.Contains("noSuchMember", StringComparison.Ordinal)
                && (FirstMember(endpoint) is not { } first || told.Contains(first, StringComparison.Ordinal))
        );

    [Fact]
    public Task A_member_that_is_there_twice_is_refused() =>
        EachOfOursAsync(
            endpoint => FirstMember(endpoint) is { } name ? $$"""{"{{name}}":null,"{{name}}":null}""" : null,
            "application/json",
            (_, status, told) => status == 400 && told.Contains("twice", StringComparison.Ordinal)
        );

    [Fact]
    public Task A_member_in_another_spelling_is_told_its_own() =>
        EachOfOursAsync(
            endpoint => FirstMember(endpoint) is { } name ? $$"""{"{{name.ToUpperInvariant()}}":null}""" : null,
            "application/json",
            (endpoint, status, told) =>
                status == 400 && told.Contains($"it is written \\\"{FirstMember(endpoint)}", StringComparison.Ordinal)
        );

    [Theory]
    [InlineData("{} {}")]
    [InlineData("{}x")]
    [InlineData("{\"a\"")]
    [InlineData("[]")]
    [InlineData("7")]
    [InlineData("\"text\"")]
    [InlineData("{\"x\":\"\\u0000\"}")]
    [InlineData("{\"x\":\"\\ud800\"}")]
    [InlineData("{\"x\":\"a\\udc00b\"}")]
    public Task What_is_no_object_of_text_is_refused(string body) =>
        EachOfOursAsync(_ => body, "application/json", (_, status, _) => status == 400);

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/x-www-form-urlencoded")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=utf-16")]
    public Task What_is_not_sent_as_json_is_415(string type) =>
        EachOfOursAsync(_ => "{}", type, (_, status, _) => status == 415);

    /// <summary>Programs send their own bodies to these; everything else has a form of ours.</summary>
    [Fact]
    public void Other_programs_formats_are_few_and_known() =>
        Assert.Equal(
            [
                "POST /api/v1/configuration/apply",
                "POST /api/v1/configuration/plan",
                "POST /api/v1/hooks/alertmanager",
                "POST /api/v1/hooks/grafana",
                "POST /api/v1/hooks/uptime-kuma",
                "POST /api/v1/policies/yaml",
                "POST /api/v1/policies/yaml/check",
                "POST /api/v1/scans",
                "POST /api/v1/tenants/{tenant}/dashboards",
                "POST /api/v1/tenants/{tenant}/dashboards/import",
                "PUT /api/v1/policies/{id}/yaml",
                "PUT /api/v1/tenants/{tenant}/dashboards/{id}",
            ],
            ApiEndpoint
                .AllOf(app)
                .Where(endpoint =>
                    endpoint is { IsWriting: true, IsAnothers: true }
                    && !endpoint.Pattern.Contains("/prometheus", StringComparison.Ordinal)
                    && !endpoint.Pattern.Contains("/loki", StringComparison.Ordinal)
                )
                .Select(endpoint => endpoint.ToString())
                .Order(StringComparer.Ordinal)
        );

    /// <summary>Every endpoint of ours that writes: a body that does not fit is refused before anything is done or looked for.</summary>
    private async Task EachOfOursAsync(
        Func<ApiEndpoint, string?> body,
        string type,
        Func<ApiEndpoint, int, string, bool> isRight
    )
    {
        using var admin = await app.ApiAsAsync("admin");
        // One that is there: of others it is said that they are not.
        var proposal = await ProposedAsync(admin);
        var wrong = new List<string>();
        var tried = 0;
        foreach (var endpoint in ApiEndpoint.AllOf(app).Where(one => one is { IsWriting: true, IsAnothers: false }))
        {
            if (body(endpoint) is not { } text)
            {
                continue;
            }
            tried++;
            using var request = new HttpRequestMessage(
                new HttpMethod(endpoint.Method),
                endpoint.Address("rentguy", endpoint.Pattern.Contains("/proposals/") ? proposal : "x")
            )
            {
                Content = new ByteArrayContent(Encoding.UTF8.GetBytes(text)),
            };
            request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
            using var answer = await admin.SendAsync(request);
            var told = await answer.Content.ReadAsStringAsync();
            if (
                !isRight(endpoint, (int)answer.StatusCode, told)
                || answer.Content.Headers.ContentType?.MediaType != "application/problem+json"
                || told.Contains("Sevensa.Dashboard", StringComparison.Ordinal)
                || told.Contains("System.", StringComparison.Ordinal)
            )
            {
                wrong.Add($"{endpoint}: {(int)answer.StatusCode} {told}");
            }
        }
        Assert.True(tried > 15, $"only {tried} endpoints were tried");
        Assert.True(wrong.Count == 0, string.Join("\n", wrong));
    }

    private async Task<string> ProposedAsync(HttpClient client)
    {
        await app.FleetIsKnownAsync();
        using var made = await client.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "container.restart",
                tenant = "rentguy",
                target = "web",
                reason = "to be decided on in nonsense",
            }
        );
        return (await made.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetString()!;
    }

    private static string? FirstMember(ApiEndpoint endpoint) =>
        endpoint.Body?.GetConstructors()[0].GetParameters().FirstOrDefault(one => !one.ParameterType.IsValueType)
            is { Name: { } name }
            ? JsonNamingPolicy.CamelCase.ConvertName(name)
            : null;

    private IEnumerable<(HttpMethod Method, string Address)> Writing() =>
        ApiEndpoint
            .AllOf(app)
            .Where(endpoint => endpoint.Method is "POST" or "PUT" or "PATCH")
            .Select(endpoint => (new HttpMethod(endpoint.Method), endpoint.Address("rentguy")));
}
