using System.Reflection;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>A list that comes whole gives out no cursor, so one that is sent to it is a mistake, and is answered as such.</summary>
internal static class WholeLists
{
    /// <summary>Must stand after routing.</summary>
    public static void UseWholeLists(this WebApplication app) =>
        app.Use(
            (context, next) =>
                context.Request.Query.ContainsKey("cursor")
                && context.GetEndpoint()?.Metadata.GetMetadata<MethodInfo>() is { } handler
                && GivesPage(handler.ReturnType)
                && !handler.GetParameters().Any(parameter => parameter.Name == "cursor")
                    ? throw new BadHttpRequestException("This list comes whole, in one page: it has no cursor.")
                    : next(context)
        );

    private static bool GivesPage(Type type) =>
        type.IsGenericType
        && (type.GetGenericTypeDefinition() == typeof(Page<>) || type.GetGenericArguments().Any(GivesPage));
}
