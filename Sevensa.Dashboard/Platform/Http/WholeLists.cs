using Microsoft.AspNetCore.Http.Metadata;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>A list that comes whole gives out no cursor, so one that is sent to it is a mistake, and is answered as such.</summary>
internal static class WholeLists
{
    /// <summary>Must stand after routing.</summary>
    public static void UseWholeLists(this WebApplication app) =>
        app.Use(
            (context, next) =>
                context.Request.Query.ContainsKey("cursor")
                && context.GetEndpoint() is { } endpoint
                && IsWhole(endpoint)
                    ? throw new BadHttpRequestException("This list comes whole, in one page: it has no cursor.")
                    : next(context)
        );

    /// <summary>Whether an endpoint answers with a list that has no pages.</summary>
    public static bool IsWhole(Endpoint endpoint) =>
        endpoint
            .Metadata.GetOrderedMetadata<IProducesResponseTypeMetadata>()
            .Any(answer =>
                answer.Type is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Page<>)
            )
        && !endpoint
            .Metadata.GetOrderedMetadata<IParameterBindingMetadata>()
            .Any(parameter => string.Equals(parameter.Name, "cursor", StringComparison.OrdinalIgnoreCase));
}
