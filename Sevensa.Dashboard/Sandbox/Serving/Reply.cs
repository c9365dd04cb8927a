using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Sandbox.Serving;

/// <summary>Answers in the manner of the servers that are stood in for.</summary>
internal static class Reply
{
    public static readonly JsonWriterOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly JsonSerializerOptions Text = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Task JsonAsync(
        this HttpContext context,
        JsonNode? body,
        int status = 200,
        string contentType = "application/json"
    ) => context.WriteAsync(status, contentType, body?.ToJsonString(Text) ?? "null");

    public static Task TextAsync(this HttpContext context, string body, int status = 200) =>
        context.WriteAsync(status, "text/plain; charset=utf-8", body);

    /// <summary>An answer without a body.</summary>
    public static Task EmptyAsync(this HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    public static async Task JsonAsync(
        this HttpContext context,
        Action<Utf8JsonWriter> write,
        string contentType = "application/json"
    )
    {
        using var buffer = new MemoryStream();
        await using (var writer = new Utf8JsonWriter(buffer, Writing))
        {
            write(writer);
        }
        context.Response.ContentType = contentType;
        context.Response.ContentLength = buffer.Length;
        buffer.Position = 0;
        await buffer.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    /// <summary>One line of a stream of JSON objects, sent at once.</summary>
    public static async Task LineAsync(this HttpContext context, JsonNode line)
    {
        await context.Response.Body.WriteAsync(
            Encoding.UTF8.GetBytes(line.ToJsonString(Text) + "\n"),
            context.RequestAborted
        );
        await context.Response.Body.FlushAsync(context.RequestAborted);
    }

    /// <summary>The body as a JSON object; null when it is empty, is not JSON or is something else.</summary>
    public static async Task<JsonObject?> ReadJsonAsync(this HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var text = await reader.ReadToEndAsync(context.RequestAborted);
        try
        {
            return JsonNode.Parse(text) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public static string[] Segments(this HttpContext context) =>
        (context.Request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>As Go writes times: nanoseconds, without trailing zeros.</summary>
    public static string GoTime(double unixSeconds) =>
        GoTime(DateTimeOffset.UnixEpoch.AddTicks((long)(unixSeconds * TimeSpan.TicksPerSecond)));

    public static string GoTime(DateTimeOffset time) =>
        time.UtcDateTime.ToString(
            "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'",
            System.Globalization.CultureInfo.InvariantCulture
        );

    private static Task WriteAsync(this HttpContext context, int status, string contentType, string body)
    {
        var bytes = Encoding.UTF8.GetBytes(body);
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        context.Response.ContentLength = bytes.Length;
        return context.Response.Body.WriteAsync(bytes, context.RequestAborted).AsTask();
    }
}
