using System.Net;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <summary>
/// The API server refused, failed or could not be reached. The message is the server's, without what was sent: a refusal repeats
/// the values that it refuses, and of an object with secrets all of it.
/// </summary>
/// <param name="status">Null when there was no answer.</param>
/// <param name="reason">The server's word: Conflict, Expired, Forbidden, Invalid, NotFound; empty for an answer that is no status.</param>
internal sealed class KubeException(HttpStatusCode? status, string reason, string message, Exception? inner = null)
    : Exception(message, inner)
{
    private const int MostWords = 400;
    private const string NoToken = "The runner's question came without a token or certificate that counts.";
    private const string OldToken =
        "The API server does not take the runner's token or certificate: it has expired, is for another audience, or its account is gone.";
    private const string NewToken = "Give the runner a new one; a token in a file is read anew within a minute.";

    public HttpStatusCode? Status { get; } = status;

    public string Reason { get; } = reason;

    /// <summary>When the server says how long to wait.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Where a list that has expired can be gone on with.</summary>
    public string? Continue { get; init; }

    /// <summary>Fields that were refused, and a manager that holds one.</summary>
    public IReadOnlyList<string> Fields { get; init; } = [];

    /// <summary>
    /// It does not know who asks. Without a token that is a 403 of the one whom nobody is, not a 401: no right is missing then, and
    /// nothing is told of what there is.
    /// </summary>
    public bool IsNotSignedIn { get; init; } = status == HttpStatusCode.Unauthorized;

    public bool IsGone => Status == HttpStatusCode.Gone || Reason == "Expired";

    /// <param name="text">The answer's body, a status or any text.</param>
    public static KubeException Of(HttpStatusCode status, string text, TimeSpan? retryAfter)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            if (document.RootElement.Text("kind") == "Status")
            {
                return OfStatus(document.RootElement, status, retryAfter);
            }
        }
        catch (JsonException)
        {
            // Plain text: a share that is used up, or an API that is not served.
        }
        return new KubeException(
            status,
            "",
            Cut(
                status == HttpStatusCode.TooManyRequests
                    ? $"No share of the API server is left for the runner: {text.Trim()}"
                    : $"{(int)status}: {text.Trim()}"
            )
        )
        {
            RetryAfter = retryAfter,
        };
    }

    /// <summary>Of a status, as a refusal or inside a watch.</summary>
    public static KubeException OfStatus(JsonElement told, HttpStatusCode? status = null, TimeSpan? retryAfter = null)
    {
        var code = status ?? (HttpStatusCode)told.Number("code");
        var reason = told.Text("reason");
        var causes = told.Items("details", "causes");
        var name = told.Text("details", "name");
        var words =
            code == HttpStatusCode.UnprocessableEntity
            && !told.Text("message").Contains("denied request", StringComparison.Ordinal)
                ? $"{told.Text("details", "kind")} {name} was refused as invalid{(causes.Count == 0 ? "" : ": " + string.Join("; ", causes.Select(CauseOf)))}."
                : Cut(told.Text("message"));
        var nobody =
            code == HttpStatusCode.Forbidden && words.Contains("\"system:anonymous\"", StringComparison.Ordinal);
        if (nobody || code == HttpStatusCode.Unauthorized)
        {
            words = $"{words.TrimEnd('.')}. {(nobody ? NoToken : OldToken)} {NewToken}";
        }
        return new KubeException(code, reason, words.Length == 0 ? $"It answered {(int)code}." : words)
        {
            IsNotSignedIn = nobody || code == HttpStatusCode.Unauthorized,
            RetryAfter =
                retryAfter
                ?? (told.Count("details", "retryAfterSeconds") is { } seconds ? TimeSpan.FromSeconds(seconds) : null),
            Continue = told.Text("metadata", "continue") is { Length: > 0 } next ? next : null,
            Fields = [.. causes.Select(cause => cause.Text("field")).Where(field => field.Length > 0)],
        };
    }

    /// <summary>The field and why, without the value: "Invalid value: …: must be greater than or equal to 0".</summary>
    private static string CauseOf(JsonElement cause)
    {
        var text = cause.Text("message");
        foreach (var mark in new[] { "Invalid value: ", "Unsupported value: ", "Duplicate value: " })
        {
            if (text.StartsWith(mark, StringComparison.Ordinal))
            {
                var why = text.LastIndexOf(": ", StringComparison.Ordinal);
                text = why >= mark.Length ? text[(why + 2)..] : mark.TrimEnd(' ', ':');
            }
        }
        var line = text.IndexOf('\n', StringComparison.Ordinal);
        return Cut($"{cause.Text("field")}: {(line < 0 ? text : text[..line])}".TrimStart(':', ' '));
    }

    private static string Cut(string text) => text.Length <= MostWords ? text : text[..MostWords] + "…";
}
