using System.Globalization;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Primitives;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Times in a query are read as those in a body are (<see cref="MillisecondTime.TryRead"/>): the framework would take whatever
/// some culture calls a time, and one without an offset for the machine's own.
/// </summary>
internal static class QueryTimes
{
    /// <summary>Must stand after routing.</summary>
    public static void UseQueryTimes(this WebApplication app) =>
        app.Use(
            (context, next) =>
            {
                if (context.Request.Query.Count > 0 && context.GetEndpoint() is { } endpoint)
                {
                    Read(context.Request, endpoint);
                }
                return next(context);
            }
        );

    private static void Read(HttpRequest request, Endpoint endpoint)
    {
        Dictionary<string, StringValues>? read = null;
        foreach (var parameter in endpoint.Metadata.GetOrderedMetadata<IParameterBindingMetadata>())
        {
            var type = parameter.ParameterInfo.ParameterType;
            if (
                (Nullable.GetUnderlyingType(type) ?? type) != typeof(DateTimeOffset)
                || !request.Query.TryGetValue(parameter.Name, out var told)
            )
            {
                continue;
            }
            var times = told.Select(one => string.IsNullOrEmpty(one) ? one : Of(parameter.Name, one)).ToArray();
            read ??= request.Query.ToDictionary(one => one.Key, one => one.Value, StringComparer.OrdinalIgnoreCase);
            read[parameter.Name] = times;
        }
        if (read is not null)
        {
            request.Query = new QueryCollection(read);
        }
    }

    private static string Of(string name, string text) =>
        MillisecondTime.TryRead(text, out var time)
            ? time.ToString("O", CultureInfo.InvariantCulture)
            : throw new BadHttpRequestException(
                $"{BindingFaults.Unlike(name, text, ValueWords.Time)} Without an offset it is UTC; the + of an offset is written %2B in an address."
            );
}
