using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>
/// Nonsense in a body is the caller's mistake and is answered as one. The endpoints are read from the program, so that a new
/// one is covered.
/// </summary>
public sealed partial class NonsenseBodiesTests : IAsyncLifetime
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

    private IEnumerable<(HttpMethod Method, string Address)> Writing()
    {
        var endpoints = app
            .Services.GetServices<EndpointDataSource>()
            .SelectMany(source => source.Endpoints)
            .OfType<RouteEndpoint>();
        foreach (var endpoint in endpoints)
        {
            var pattern = "/" + (endpoint.RoutePattern.RawText ?? "").TrimStart('/');
            if (!pattern.StartsWith("/api/v1", StringComparison.Ordinal))
            {
                continue;
            }
            var address = Parameter()
                .Replace(pattern, match => match.Groups["name"].Value == "tenant" ? "rentguy" : "x");
            foreach (var method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? [])
            {
                if (method is "POST" or "PUT" or "PATCH")
                {
                    yield return (new HttpMethod(method), address);
                }
            }
        }
    }

    [GeneratedRegex(@"\{\*{0,2}(?<name>[^}:?]+)[^}]*\}")]
    private static partial Regex Parameter();
}
