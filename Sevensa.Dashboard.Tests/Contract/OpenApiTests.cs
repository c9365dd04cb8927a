using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Routing;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>The document describes what the program has.</summary>
[Collection(SandboxCollection.Name)]
public partial class OpenApiTests(SandboxApp app)
{
    [Fact]
    public async Task Every_endpoint_is_in_the_document_those_that_speak_an_upstreams_language_too()
    {
        using var client = app.Anonymous();
        var paths = (await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths");
        var missing = ApiEndpoint
            .AllOf(app)
            .Where(endpoint => endpoint.Route.Metadata.GetMetadata<IExcludeFromDescriptionMetadata>() is null)
            .Where(endpoint =>
                !paths
                    .EnumerateObject()
                    .Any(path =>
                        path.Name.TrimEnd('/') == Plain().Replace(endpoint.Pattern, "{$1}")
                        && path.Value.TryGetProperty(endpoint.Method.ToLowerInvariant(), out _)
                    )
            )
            .Select(endpoint => endpoint.ToString())
            .ToList();
        Assert.True(missing.Count == 0, string.Join("\n", missing));
        foreach (
            var (path, parameter) in new[]
            {
                ("prometheus/api/v1/query_range", "step"),
                ("prometheus/api/v1/series", "match[]"),
                ("prometheus/api/v1/label/{name}/values", "start"),
                ("loki/api/v1/query_range", "direction"),
                ("loki/api/v1/tail", "ticket"),
            }
        )
        {
            var described = paths.GetProperty($"/api/v1/tenants/{{tenant}}/{path}").GetProperty("get");
            Assert.Contains(
                described.GetProperty("parameters").EnumerateArray(),
                one => one.GetProperty("name").GetString() == parameter
            );
        }
    }

    [Fact]
    public async Task Parameters_are_named_as_the_contract_writes_them()
    {
        using var client = app.Anonymous();
        var paths = (await client.GetFromJsonAsync<JsonElement>("/openapi/v1.json")).GetProperty("paths");
        string[] named =
        [
            .. paths
                .EnumerateObject()
                .SelectMany(path => path.Value.EnumerateObject())
                .Where(operation => operation.Value.TryGetProperty("parameters", out _))
                .SelectMany(operation => operation.Value.GetProperty("parameters").EnumerateArray())
                .Where(parameter => parameter.GetProperty("in").GetString() == "query")
                .Select(parameter => parameter.GetProperty("name").GetString()!)
                .Distinct(),
        ];
        Assert.Contains("cursor", named);
        Assert.Empty(named.Where(name => char.IsAsciiLetterUpper(name[0])));
    }

    [GeneratedRegex(@"\{\*{0,2}([^}:?]+)[^}]*\}")]
    private static partial Regex Plain();
}
