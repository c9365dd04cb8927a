using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Contract;

/// <summary>An endpoint of the API as the running program has it, so that a new one is tried without being named.</summary>
/// <param name="Pattern">With a slash at the beginning and none at the end.</param>
internal sealed partial record ApiEndpoint(string Method, string Pattern, RouteEndpoint Route)
{
    public static IReadOnlyList<ApiEndpoint> AllOf(SandboxApp app) =>
        [
            .. app
                .Services.GetServices<EndpointDataSource>()
                .SelectMany(source => source.Endpoints)
                .OfType<RouteEndpoint>()
                .Where(route => Path(route).StartsWith("/api/v1", StringComparison.Ordinal))
                .SelectMany(route =>
                    (route.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []).Select(
                        method => new ApiEndpoint(method, Path(route).TrimEnd('/'), route)
                    )
                )
                .DistinctBy(endpoint => (endpoint.Method, endpoint.Pattern)),
        ];

    /// <summary>Parameters of the query, with their types.</summary>
    public IEnumerable<(string Name, Type Type)> Parameters =>
        Route
            .Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
            .Where(one => one.HasTryParse || one.ParameterInfo.ParameterType == typeof(string))
            .Select(one =>
                (
                    JsonNamingPolicy.CamelCase.ConvertName(one.Name),
                    Nullable.GetUnderlyingType(one.ParameterInfo.ParameterType) ?? one.ParameterInfo.ParameterType
                )
            )
            .Where(one => Route.RoutePattern.GetParameter(one.Item1) is null)
            .Distinct();

    /// <summary>What its body becomes; null where it reads none of our forms.</summary>
    public Type? Body => IsAnothers ? null : Route.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType;

    public bool IsAnothers => Route.Metadata.GetMetadata<RequestBodies.AnothersFormat>() is not null;

    public bool IsWriting => Method is "POST" or "PUT" or "PATCH" or "DELETE";

    public bool IsList =>
        Method == "GET"
        && (
            Parameters.Any(one => one.Name == "cursor")
            || Route
                .Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>()
                .Any(answer =>
                    answer.Type is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Page<>)
                )
        );

    /// <param name="id">In the place of every other parameter.</param>
    public string Address(string tenant, string id = "x") =>
        Parameter()
            .Replace(
                Pattern,
                match =>
                    match.Groups["name"].Value == "tenant" ? tenant
                    : match.Value.Contains(":int", StringComparison.Ordinal) ? "1"
                    : id
            );

    public override string ToString() => $"{Method} {Pattern}";

    private static string Path(RouteEndpoint route) => "/" + (route.RoutePattern.RawText ?? "").TrimStart('/');

    [GeneratedRegex(@"\{\*{0,2}(?<name>[^}:?]+)[^}]*\}")]
    private static partial Regex Parameter();
}
