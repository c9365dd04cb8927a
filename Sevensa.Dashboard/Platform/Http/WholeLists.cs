using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// Lists that are short by nature, or that another server gives whole, come in one page. Who asks for pages gets them all the
/// same, by the rules of every list: <c>limit</c> from 1 to 1000, and a cursor that this list gave out.
/// </summary>
internal static class WholeLists
{
    /// <summary>A cursor names this many of the last items, so that it still holds when some of them are gone.</summary>
    private const int Named = 8;

    /// <summary>Must stand after routing.</summary>
    public static void UseWholeLists(this WebApplication app) =>
        app.Use(
            (context, next) =>
                (context.Request.Query.ContainsKey("cursor") || context.Request.Query.ContainsKey("limit"))
                && context.GetEndpoint() is { } endpoint
                && IsWhole(endpoint.Metadata)
                    ? PageAsync(context, next)
                    : next(context)
        );

    /// <summary>Whether an endpoint with this metadata answers with a list that has no pages of its own.</summary>
    public static bool IsWhole(IEnumerable<object> metadata)
    {
        var all = metadata as IReadOnlyCollection<object> ?? [.. metadata];
        return all.OfType<HttpMethodMetadata>().Any(methods => methods.HttpMethods.Contains("GET"))
            && all.OfType<IProducesResponseTypeMetadata>()
                .Any(answer =>
                    answer.Type is { IsGenericType: true } type && type.GetGenericTypeDefinition() == typeof(Page<>)
                )
            && !all.OfType<IParameterBindingMetadata>()
                .Any(parameter => string.Equals(parameter.Name, "cursor", StringComparison.OrdinalIgnoreCase));
    }

    private static async Task PageAsync(HttpContext context, RequestDelegate next)
    {
        var list = $"whole {context.Request.Path}";
        var most = LimitOf(context.Request.Query);
        var after = Cursor.Read(context.Request.Query["cursor"], list, 1);
        var response = context.Response;
        var body = response.Body;
        using var whole = new MemoryStream();
        response.Body = whole;
        try
        {
            await next(context);
        }
        finally
        {
            response.Body = body;
        }
        var answered = whole.GetBuffer().AsMemory(0, (int)whole.Length);
        if (response.StatusCode == StatusCodes.Status200OK)
        {
            response.ContentLength = null;
            var json = context.RequestServices.GetRequiredService<
                IOptions<Microsoft.AspNetCore.Http.Json.JsonOptions>
            >();
            using var page = Cut(answered, list, most, after, json.Value.SerializerOptions);
            page.Position = 0;
            await page.CopyToAsync(body, context.RequestAborted);
            return;
        }
        await body.WriteAsync(answered, context.RequestAborted);
    }

    private static int LimitOf(IQueryCollection query) =>
        !query.TryGetValue("limit", out var text) ? PageSize.Most
        : int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit)
            ? PageSize.Of(limit)
        : throw new BadHttpRequestException($"\"limit\" is a whole number from 1 to {PageSize.Most}.");

    private static MemoryStream Cut(
        ReadOnlyMemory<byte> whole,
        string list,
        int most,
        Cursor? after,
        JsonSerializerOptions options
    )
    {
        using var document = JsonDocument.Parse(whole);
        var items = document.RootElement.GetProperty("items").EnumerateArray().ToList();
        var keys = items.ConvertAll(KeyOf);
        var from = after is null ? 0 : Place(keys, after.Text(0).Split('\n'));
        var end = Math.Min(from + most, items.Count);
        var page = new MemoryStream();
        using var writer = new Utf8JsonWriter(page, new JsonWriterOptions { Encoder = options.Encoder });
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        foreach (var item in items[from..end])
        {
            item.WriteTo(writer);
        }
        writer.WriteEndArray();
        var last = keys[Math.Max(0, end - Named)..end].Prepend(end.ToString(CultureInfo.InvariantCulture));
        writer.WriteString("next", end < items.Count ? Cursor.After(list, string.Join('\n', last)) : null);
        writer.WriteEndObject();
        writer.Flush();
        return page;
    }

    /// <summary>Behind the last of the named items that is still there; where none is, behind as many as came before.</summary>
    private static int Place(List<string> keys, string[] named)
    {
        for (var index = named.Length - 1; index > 0; index--)
        {
            if (keys.IndexOf(named[index]) is >= 0 and var at)
            {
                return at + 1;
            }
        }
        return int.TryParse(named[0], NumberStyles.None, CultureInfo.InvariantCulture, out var before)
            ? Math.Min(before, keys.Count)
            : keys.Count;
    }

    private static string KeyOf(JsonElement item) =>
        item.ValueKind == JsonValueKind.Object
        && item.TryGetProperty("id", out var id)
        && id.ValueKind == JsonValueKind.String
        && id.GetString() is { Length: > 0 and <= 200 } told
        && !told.Contains('\n', StringComparison.Ordinal)
            ? told
            : Convert.ToHexStringLower(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(item)).AsSpan(0, 12));
}
