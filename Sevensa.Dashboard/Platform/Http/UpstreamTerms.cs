using System.Text;
using System.Text.Json;
using Polly.CircuitBreaker;
using Polly.Timeout;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>
/// How one upstream's failures are told: the one table from a status or a broken connection to a fault, the server's own
/// words, and remedies that name this upstream's settings. Every client has one of these and makes no faults of its own.
/// </summary>
/// <param name="Name">Prometheus, Alertmanager, Loki, Vault, Ollama.</param>
/// <param name="Address">Key of the setting with its address.</param>
/// <param name="Credentials">What is set so that it lets the dashboard in, in words: "Prometheus:TokenFile or Prometheus:Username".</param>
/// <param name="Timeout">Key of the setting for how long an answer may take.</param>
/// <param name="CarriesQuestions">
/// Requests carry text of the asker's (a query, a matcher), so that a refusal may be about that. Where they carry only what
/// the dashboard makes, a refusal is never the asker's fault.
/// </param>
public sealed record UpstreamTerms(
    string Name,
    string Address,
    string Credentials,
    string Timeout,
    bool CarriesQuestions = true
)
{
    private const int LongestBody = 64 * 1024;
    private const int LongestWords = 4_000;

    /// <summary>The table: what a status that is no success means. What an upstream denies the dashboard is no fault of who asks the dashboard.</summary>
    public UpstreamFault FaultOf(int status) =>
        status switch
        {
            401 or 403 or 407 or 511 => UpstreamFault.Denied,
            // No such path, or a way elsewhere: something else listens at the address.
            < 400 or 404 or 405 or 410 or 421 => UpstreamFault.Failed,
            408 or 504 => UpstreamFault.TimedOut,
            429 or 503 => UpstreamFault.Busy,
            < 500 => CarriesQuestions ? UpstreamFault.Refused : UpstreamFault.Failed,
            _ => UpstreamFault.Failed,
        };

    /// <summary>What to do about a status; null when the server's words say it.</summary>
    public string? RemedyFor(int status) =>
        FaultOf(status) switch
        {
            UpstreamFault.Denied => $"Check {Credentials}, and what stands in front of {Name}.",
            UpstreamFault.Busy =>
                $"{Name} is starting, stopping or has too much to do: wait a little and look at its log.",
            UpstreamFault.TimedOut => $"Ask for less at a time, or raise {Timeout}.",
            UpstreamFault.Failed when status < 500 =>
                $"Check that {Address} is the address of {Name}, its path among it.",
            UpstreamFault.Failed => $"Look at the log of {Name}.",
            _ => null,
        };

    /// <summary>There is no address.</summary>
    public UpstreamException NotConfigured() =>
        new(Name, UpstreamFault.NotConfigured, $"{Name} has no address.", remedy: $"Set {Address}.");

    /// <summary>An answer that is no success.</summary>
    /// <param name="words">The server's own, when it said something.</param>
    /// <param name="remedy">A better one than the table's.</param>
    /// <param name="retryAfter">When it wants to be asked again.</param>
    public UpstreamException Refusal(int status, string? words, string? remedy = null, TimeSpan? retryAfter = null) =>
        new(
            Name,
            FaultOf(status),
            string.IsNullOrWhiteSpace(words) ? $"{Name} answered {status} without a word." : Shortened(words.Trim()),
            status,
            remedy ?? RemedyFor(status)
        )
        {
            RetryAfter = retryAfter,
        };

    /// <summary>The same, with the words read from the body.</summary>
    public async Task<UpstreamException> RefusalAsync(HttpResponseMessage answer, CancellationToken cancellation) =>
        Refusal(
            (int)answer.StatusCode,
            Words(await BodyAsync(answer, cancellation)),
            retryAfter: RetryAfter(answer, TimeProvider.System)
        );

    /// <summary>How long a server asks to be left alone; null where it does not say, or says it of a moment that is over.</summary>
    public static TimeSpan? RetryAfter(HttpResponseMessage answer, TimeProvider time) =>
        (answer.Headers.RetryAfter?.Delta ?? answer.Headers.RetryAfter?.Date - time.GetUtcNow()) is { } pause
        && pause > TimeSpan.Zero
            ? pause
            : null;

    /// <summary>An answer that is not what this upstream sends.</summary>
    /// <param name="what">Where or why, in words that quote nothing secret.</param>
    public UpstreamException Garbled(string what, int? status = null, Exception? inner = null) =>
        new(
            Name,
            UpstreamFault.Garbled,
            $"The answer is not what {Name} sends: {what.TrimEnd('.')}.",
            status,
            $"Check that {Address} is the address of {Name}, and what stands in front of it.",
            inner
        );

    /// <summary>What went wrong on the way to the answer or in reading it; null for what is not the upstream's fault.</summary>
    /// <param name="patience">How long one try may take.</param>
    /// <param name="cancellation">The asker's: giving up is no fault.</param>
    public UpstreamException? Translate(Exception exception, TimeSpan patience, CancellationToken cancellation) =>
        exception switch
        {
            UpstreamException => null,
            OperationCanceledException when cancellation.IsCancellationRequested => null,
            OperationCanceledException or TimeoutException or TimeoutRejectedException => new UpstreamException(
                Name,
                UpstreamFault.TimedOut,
                $"{Name} gave no answer within {patience.TotalSeconds:0.#} s.",
                remedy: $"Ask for less at a time, look at its load, or raise {Timeout}.",
                inner: exception
            ),
            BrokenCircuitException broken => Unreachable(LeftAlone(broken), exception),
            JsonException json => Garbled(Place(json), inner: json),
            EndlessAnswerException endless => Garbled(endless.Message, inner: endless),
            InvalidDataException damaged => Garbled("it can't be unpacked, or ends in the middle", inner: damaged),
            HttpRequestException or IOException => Unreachable(Words(exception), exception),
            _ => null,
        };

    /// <summary>Why a connection could not be made or broke, in plain words.</summary>
    public static string Words(Exception exception) =>
        exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
                "Its name is not known (name resolution failed).",
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } =>
                $"No secure connection could be made: {Sentence(exception.InnerException?.Message ?? exception.Message)}",
            HttpRequestException { HttpRequestError: HttpRequestError.ResponseEnded }
            or HttpIOException { HttpRequestError: HttpRequestError.ResponseEnded } =>
                "The connection was closed before the answer was whole.",
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse }
            or HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } =>
                "What answers there does not speak HTTP.",
            HttpRequestException { InnerException: HttpIOException inner } => Words(inner),
            _ => Sentence(exception.InnerException?.Message ?? exception.Message),
        };

    /// <summary>The server's words in a body that is no success: a JSON member that holds them, or plain text; a page of HTML says nothing.</summary>
    public static string Words(string body)
    {
        var text = body.Trim();
        if (text.StartsWith('<'))
        {
            return "";
        }
        if (text.Length == 0 || text[0] is not ('{' or '[' or '"'))
        {
            return text;
        }
        try
        {
            using var json = JsonDocument.Parse(text);
            return Said(json.RootElement)?.Words ?? text;
        }
        catch (JsonException)
        {
            return text;
        }
    }

    /// <summary>
    /// The server's words in JSON, and its own word for the kind of error where it has one. Null when it says nothing. A server
    /// that hands on another's error has that one's whole JSON as text inside its own.
    /// </summary>
    public static (string Words, string? Kind)? Said(JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.String:
                var text = JsonReading.Text(json);
                return (JsonReading.Inside(text) is { } inside ? Said(inside) : null) ?? (text, null);
            case JsonValueKind.Object:
                foreach (var name in (string[])["error", "message", "errors", "detail", "msg"])
                {
                    if (json.TryGetProperty(name, out var member) && Said(member) is { Words.Length: > 0 } said)
                    {
                        return
                            said.Kind is null
                            && json.TryGetProperty("type", out var kind)
                            && kind.ValueKind == JsonValueKind.String
                            ? (said.Words, JsonReading.Text(kind))
                            : said;
                    }
                }
                return null;
            case JsonValueKind.Array:
                return (
                    string.Join("; ", json.EnumerateArray().Select(one => Said(one)?.Words).OfType<string>()),
                    null
                );
            default:
                return null;
        }
    }

    /// <summary>Words that a server has set in several lines, in one.</summary>
    public static string OneLine(string words) =>
        string.Join(' ', words.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));

    /// <summary>A body of bounded length; what is longer is a page of a proxy and not the server's words.</summary>
    public static async Task<string> BodyAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var body = new byte[LongestBody];
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancellation);
        return Encoding.UTF8.GetString(body, 0, length);
    }

    /// <summary>Where an answer stops being readable. The exception's own message quotes the answer and names our types.</summary>
    public static string Place(JsonException exception) =>
        exception is { LineNumber: { } line, BytePositionInLine: { } position }
            ? $"it can't be read from line {line + 1}, byte {position} on"
            : exception.Message;

    private UpstreamException Unreachable(string words, Exception inner) =>
        new(
            Name,
            UpstreamFault.Unreachable,
            words,
            remedy: $"Check that it runs and that {Address} is right.",
            inner: inner
        );

    /// <summary>What was said when it was last asked, for the moment in which it is not asked.</summary>
    private static string LeftAlone(BrokenCircuitException broken)
    {
        var words = broken.InnerException switch
        {
            TimeoutRejectedException or null => "It gave no answer",
            var last => Words(last).TrimEnd('.'),
        };
        return $"{words}, again and again; it is left alone for a moment.";
    }

    private static string Shortened(string words) => StoreText.Shorten(words, LongestWords);

    private static string Sentence(string words) =>
        words.Length == 0 || words[^1] is '.' or '!' or '?' ? words : words + ".";
}
