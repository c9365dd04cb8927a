using System.Text.Json;

namespace Sevensa.Dashboard.Tests.Recordings;

/// <summary>Exchanges recorded from real servers, beside the repository in shared/recordings (or SEVENSA_RECORDINGS).</summary>
internal static class Recorded
{
    public sealed record Exchange(
        string Name,
        string Method,
        string Path,
        string? RequestBody,
        int Status,
        string ContentType,
        string Body
    );

    /// <param name="server">Its folder.</param>
    /// <param name="file">Another file of exchanges in it: of a server in another state, or otherwise set up.</param>
    public static IReadOnlyList<Exchange> Of(string server, string file = "exchanges.json")
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(), server, file)));
        return
        [
            .. json
                .RootElement.GetProperty("exchanges")
                .EnumerateArray()
                .Select(exchange =>
                {
                    var (request, response) = (exchange.GetProperty("request"), exchange.GetProperty("response"));
                    return new Exchange(
                        exchange.GetProperty("name").GetString()!,
                        request.GetProperty("method").GetString()!,
                        request.GetProperty("path").GetString()!,
                        request.TryGetProperty("body", out var sent) ? Text(sent) : null,
                        response.GetProperty("status").GetInt32(),
                        response.TryGetProperty("contentType", out var type) ? type.GetString() ?? "" : "",
                        response.TryGetProperty("body", out var body) ? Text(body) : ""
                    );
                }),
        ];
    }

    public static string Folder() => Shared("SEVENSA_RECORDINGS", "recordings");

    public static string Datasets() => Shared("SEVENSA_DATASETS", "datasets");

    private static string Shared(string variable, string name)
    {
        var folder = Environment.GetEnvironmentVariable(variable) is { Length: > 0 } set
            ? set
            : Path.Combine(Architecture.House.Root, "..", "shared", name);
        if (!Directory.Exists(folder))
        {
            var reason = $"The folder shared/{name} is not beside the repository and {variable} is not set.";
            Assert.SkipUnless(Environment.GetEnvironmentVariable("CI") == "true", reason);
            Assert.Fail(reason);
        }
        return folder;
    }

    private static string Text(JsonElement body) =>
        body.ValueKind == JsonValueKind.String ? body.GetString()!
        : body.ValueKind == JsonValueKind.Null ? ""
        : body.GetRawText();
}
