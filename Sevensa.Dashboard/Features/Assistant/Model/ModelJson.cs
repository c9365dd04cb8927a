using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>JSON as it goes to and comes from models' servers.</summary>
internal static class ModelJson
{
    private const int LongestBody = 1_000_000;

    /// <summary>Plain text, since every escape costs a model a token.</summary>
    public static readonly JsonSerializerOptions Plain = new()
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <exception cref="FormatException">It is no JSON object.</exception>
    public static JsonElement Parse(string text)
    {
        try
        {
            var json = JsonSerializer.Deserialize<JsonElement>(text);
            return json.ValueKind == JsonValueKind.Object ? json : throw new FormatException(Quoted(text));
        }
        catch (JsonException exception)
        {
            throw new FormatException(Quoted(text), exception);
        }
    }

    /// <summary>A member that is a text, as it can be kept.</summary>
    public static string? Text(JsonElement json, string name) =>
        Piece(json, name) is { } text ? StoreText.Whole(text) : null;

    /// <summary>The same of a text that goes on in the next line: a character may be cut in two between them.</summary>
    public static string? Piece(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? JsonReading.Text(value)
            : null;

    public static int? Number(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? Number(value) : null;

    public static int? Number(JsonElement value) =>
        JsonReading.IsWhole(value, out var number) && number is > 0 and <= int.MaxValue ? (int)number : null;

    /// <summary>A function's arguments: an object, or the text of one. What is neither stays a text under its own name.</summary>
    public static JsonElement ArgumentsOf(JsonElement function) =>
        function.TryGetProperty("arguments", out var given) ? Arguments(given) : Empty;

    /// <summary>The same from their text.</summary>
    public static JsonElement ArgumentsOf(string text) =>
        text.Trim().Length == 0 ? Empty : Arguments(JsonSerializer.SerializeToElement(StoreText.Whole(text)));

    public static readonly JsonElement Empty = JsonSerializer.SerializeToElement(new { });

    /// <exception cref="ModelRefusal">It answered with an error.</exception>
    /// <exception cref="FormatException">It answered no JSON object.</exception>
    public static async Task<JsonElement> GetAsync(HttpClient http, string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(http, request, cancellation);
    }

    /// <summary>The same where the server may not have it.</summary>
    /// <returns>What it told; null when it did not, and then whether that may be otherwise in a moment, so that nothing follows from it.</returns>
    public static async Task<(JsonElement? Told, bool IsUnknown)> ToldAsync(
        HttpClient http,
        string path,
        CancellationToken cancellation
    )
    {
        try
        {
            return (await GetAsync(http, path, cancellation), false);
        }
        catch (ModelRefusal refusal)
        {
            return (null, refusal.Status is not (401 or 403 or 404 or 405 or 410 or 501));
        }
        catch (FormatException)
        {
            return (null, true);
        }
    }

    /// <exception cref="ModelRefusal">It answered with an error.</exception>
    /// <exception cref="FormatException">It answered no JSON object.</exception>
    public static async Task<JsonElement> SendAsync(
        HttpClient http,
        HttpRequestMessage request,
        CancellationToken cancellation
    )
    {
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        await EnsureAnsweredAsync(response, cancellation);
        return Parse(await BodyAsync(response, cancellation));
    }

    /// <exception cref="ModelRefusal">It is an error.</exception>
    public static async Task EnsureAnsweredAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }
        var body = await UpstreamTerms.BodyAsync(response, cancellation);
        var said = JsonReading.Inside(body) is { } json ? UpstreamTerms.Said(json) : null;
        var words = said?.Words ?? UpstreamTerms.Words(body);
        throw new ModelRefusal(
            (int)response.StatusCode,
            words.Length > 0 ? words : response.ReasonPhrase ?? "",
            said?.Kind
        );
    }

    private static async Task<string> BodyAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[8192];
        using var body = new MemoryStream();
        while (body.Length < LongestBody && await stream.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
        }
        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }

    /// <summary>The same of what stands in their place.</summary>
    public static JsonElement Arguments(JsonElement given)
    {
        var text = given.ValueKind switch
        {
            JsonValueKind.String => JsonReading.Text(given),
            // Escapes may stand for what is no character.
            JsonValueKind.Object when given.GetRawText() is var raw && raw.Contains("\\u", StringComparison.Ordinal) =>
                raw,
            _ => null,
        };
        given =
            text is null ? given
            : LooseValue.Read(text, 0) is { Found: Found.Whole } read && text.AsSpan(read.End).IsWhiteSpace()
                ? read.Value
            : JsonSerializer.SerializeToElement(StoreText.Whole(text));
        return given.ValueKind switch
        {
            JsonValueKind.Object => given,
            JsonValueKind.Null or JsonValueKind.Undefined => Empty,
            _ => JsonSerializer.SerializeToElement(new { arguments = given }),
        };
    }

    private static string Quoted(string text) => StoreText.Shorten(text, 120);
}
