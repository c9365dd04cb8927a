using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

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

    public static string? Text(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object
        && json.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    public static int? Number(JsonElement json, string name) =>
        json.ValueKind == JsonValueKind.Object && json.TryGetProperty(name, out var value) ? Number(value) : null;

    public static int? Number(JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) && number > 0 ? number : null;

    /// <summary>A function's arguments: an object, or the text of one. What is neither stays a text under its own name.</summary>
    public static JsonElement ArgumentsOf(JsonElement function) =>
        function.TryGetProperty("arguments", out var given) ? Arguments(given) : Empty;

    /// <summary>The same from their text.</summary>
    public static JsonElement ArgumentsOf(string text) =>
        text.Trim().Length == 0 ? Empty : Arguments(JsonSerializer.SerializeToElement(text));

    public static readonly JsonElement Empty = JsonSerializer.SerializeToElement(new { });

    /// <exception cref="ModelRefusal">It answered with an error.</exception>
    /// <exception cref="FormatException">It answered no JSON object.</exception>
    public static async Task<JsonElement> GetAsync(HttpClient http, string path, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await SendAsync(http, request, cancellation);
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
        return Parse(await BodyAsync(response, LongestBody, cancellation));
    }

    /// <exception cref="ModelRefusal">It is an error.</exception>
    public static async Task EnsureAnsweredAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode)
        {
            return;
        }
        var status = (int)response.StatusCode;
        var (words, type) = ServerWords.Of(
            await BodyAsync(response, 20_000, cancellation),
            $"HTTP {status} {response.ReasonPhrase}".TrimEnd()
        );
        throw new ModelRefusal(status, words, type);
    }

    private static async Task<string> BodyAsync(HttpResponseMessage response, int most, CancellationToken cancellation)
    {
        await using var stream = await response.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[8192];
        using var body = new MemoryStream();
        while (body.Length < most && await stream.ReadAsync(buffer, cancellation) is > 0 and var read)
        {
            body.Write(buffer, 0, read);
        }
        return Encoding.UTF8.GetString(body.GetBuffer(), 0, (int)body.Length);
    }

    private static JsonElement Arguments(JsonElement given)
    {
        if (given.ValueKind == JsonValueKind.String)
        {
            try
            {
                given = JsonSerializer.Deserialize<JsonElement>(given.GetString()!);
            }
            catch (JsonException)
            {
                // Told to the model as what it is: no arguments.
            }
        }
        return given.ValueKind switch
        {
            JsonValueKind.Object => given,
            JsonValueKind.Null or JsonValueKind.Undefined => Empty,
            _ => JsonSerializer.SerializeToElement(new { arguments = given }),
        };
    }

    private static string Quoted(string text) => text.Length > 120 ? text[..120] + "…" : text;
}
