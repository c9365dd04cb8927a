using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Kubernetes;

/// <param name="Body">What the server stored, or would store.</param>
/// <param name="Warnings">What it warns of, in its words.</param>
internal sealed record KubeAnswer(JsonElement Body, IReadOnlyList<string> Warnings);

/// <summary>
/// A cluster's API server over HTTP, in its own JSON: a typed model would drop members that it does not know, and what is shown of
/// a change is what the server stored. Every question has an end; told to wait, it waits.
/// </summary>
internal sealed class KubeApi : IDisposable
{
    public const string StrategicMerge = "application/strategic-merge-patch+json";
    public const string Merge = "application/merge-patch+json";
    public const string JsonPatch = "application/json-patch+json";
    public const string Json = "application/json";

    /// <summary>How changes of this product are told from those of others in the cluster's own record.</summary>
    public const string FieldManager = "sevensa-runner";

    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int MostTries = 4;
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan TokenFor = TimeSpan.FromMinutes(1);

    private readonly KubeAddress address;
    private readonly HttpClient http;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private (string Text, long ReadAt)? token;

    public KubeApi(KubeAddress address, TimeProvider time)
    {
        (this.address, this.time) = (address, time);
        http = new HttpClient(address.Handler())
        {
            BaseAddress = new Uri(address.Server.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = Timeout.InfiniteTimeSpan,
            DefaultRequestVersion = HttpVersion.Version20,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionOrLower,
        };
        http.DefaultRequestHeaders.UserAgent.ParseAdd(FieldManager);
        http.DefaultRequestHeaders.Accept.ParseAdd(Json);
    }

    /// <exception cref="KubeException">It refused, failed or did not answer.</exception>
    public async Task<JsonElement> GetAsync(string path, CancellationToken cancellation) =>
        (await SendAsync(HttpMethod.Get, path, null, null, cancellation)).Body;

    /// <summary>Null when it is not there.</summary>
    public async Task<JsonElement?> FindAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await GetAsync(path, cancellation);
        }
        catch (KubeException missing) when (missing is { Status: HttpStatusCode.NotFound, Reason: "NotFound" })
        {
            return null;
        }
    }

    /// <summary>
    /// Asks once, or again after as long as the server says when it has no share left: such a question was not looked at, whatever
    /// it would do.
    /// </summary>
    public async Task<KubeAnswer> SendAsync(
        HttpMethod method,
        string path,
        string? media,
        ReadOnlyMemory<byte>? body,
        CancellationToken cancellation
    )
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                using var deadline = new CancellationTokenSource(Patience, time);
                using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
                using var answer = await OpenAsync(method, path, media, body, either.Token, cancellation);
                await using var stream = await answer.Content.ReadAsStreamAsync(either.Token);
                using var document = await JsonDocument.ParseAsync(stream, cancellationToken: either.Token);
                return new KubeAnswer(document.RootElement.Clone(), WarningsOf(answer));
            }
            catch (KubeException busy)
                when (busy is { Status: HttpStatusCode.TooManyRequests, Reason: "" } && tries < MostTries)
            {
                await WaitAsync(busy.RetryAfter, cancellation);
            }
            catch (Exception exception) when (IsBroken(exception, cancellation))
            {
                throw Unreachable(exception);
            }
        }
    }

    /// <summary>Pages of a list, as they come. One that has expired is gone on with where the server says.</summary>
    /// <returns>Each page; the version to watch from is the first one's.</returns>
    /// <exception cref="KubeException">It refused, failed or did not answer, or what it answered is no list.</exception>
    public async IAsyncEnumerable<JsonElement> ListAsync(
        string path,
        int pageSize,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var next = "";
        var renewed = 0;
        while (true)
        {
            JsonElement page;
            try
            {
                var mark = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
                var asked = string.Create(CultureInfo.InvariantCulture, $"{path}{mark}limit={pageSize}");
                page = await GetAsync(
                    next.Length == 0 ? asked : $"{asked}&continue={Uri.EscapeDataString(next)}",
                    cancellation
                );
            }
            catch (KubeException expired)
                when (expired is { IsGone: true, Continue: not null } && renewed++ < MostTries)
            {
                next = expired.Continue;
                continue;
            }
            yield return IsList(page) ? page : throw Garbled("it is no list", null);
            next = page.Text("metadata", "continue");
            if (next.Length == 0)
            {
                yield break;
            }
        }
    }

    /// <summary>What changes from a version on, line by line, until the server ends it.</summary>
    /// <param name="opened">The server has taken it, whether or not it has anything to tell.</param>
    /// <param name="silence">So long without a line, and it is given up.</param>
    /// <exception cref="KubeException">Refused, broken, silent for too long, or told an error.</exception>
    public async IAsyncEnumerable<(string Type, JsonElement Object)> WatchAsync(
        string path,
        string version,
        int seconds,
        TimeSpan silence,
        Action opened,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var mark = path.Contains('?', StringComparison.Ordinal) ? '&' : '?';
        using var quiet = new CancellationTokenSource(silence, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(quiet.Token, cancellation);
        HttpResponseMessage answer;
        StreamReader lines;
        try
        {
            answer = await OpenAsync(
                HttpMethod.Get,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"{path}{mark}watch=1&resourceVersion={Uri.EscapeDataString(version)}&allowWatchBookmarks=true&timeoutSeconds={seconds}"
                ),
                null,
                null,
                either.Token,
                cancellation
            );
            lines = new StreamReader(await answer.Content.ReadAsStreamAsync(either.Token));
            opened();
        }
        catch (Exception exception) when (IsBroken(exception, cancellation))
        {
            throw Unreachable(exception);
        }
        using (answer)
        using (lines)
        {
            while (true)
            {
                string? line;
                try
                {
                    line = await lines.ReadLineAsync(either.Token);
                    quiet.CancelAfter(silence);
                }
                catch (Exception exception) when (IsBroken(exception, cancellation))
                {
                    throw quiet.IsCancellationRequested
                        ? new KubeException(null, Silent, $"Nothing was told for {silence.TotalSeconds:0} s.")
                        : Unreachable(exception);
                }
                if (line is null)
                {
                    yield break;
                }
                if (line.Length == 0)
                {
                    continue;
                }
                yield return Told(line);
            }
        }
    }

    /// <summary>Reason of a watch that told nothing for too long.</summary>
    public const string Silent = "Silent";

    /// <summary>An answer that is read as it comes, such as a log. The caller disposes of it.</summary>
    public async Task<HttpResponseMessage> StreamAsync(string path, CancellationToken cancellation)
    {
        try
        {
            return await OpenAsync(HttpMethod.Get, path, null, null, cancellation, cancellation);
        }
        catch (Exception exception) when (IsBroken(exception, cancellation))
        {
            throw Unreachable(exception);
        }
    }

    public void Dispose()
    {
        http.Dispose();
        address.Dispose();
    }

    private static (string Type, JsonElement Object) Told(string line)
    {
        try
        {
            using var document = JsonDocument.Parse(line);
            var type = document.RootElement.Text("type");
            var told = document.RootElement.At("object")?.Clone() ?? default;
            return type == "ERROR" ? throw KubeException.OfStatus(told) : (type, told);
        }
        catch (JsonException exception)
        {
            throw new KubeException(null, "", "A line of what changes was cut.", exception);
        }
    }

    private async Task<HttpResponseMessage> OpenAsync(
        HttpMethod method,
        string path,
        string? media,
        ReadOnlyMemory<byte>? body,
        CancellationToken within,
        CancellationToken cancellation
    )
    {
        using var request = new HttpRequestMessage(method, path.TrimStart('/'))
        {
            Version = http.DefaultRequestVersion,
            VersionPolicy = http.DefaultVersionPolicy,
        };
        if (await TokenAsync(cancellation) is { } shown)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", shown);
        }
        if (body is { } bytes)
        {
            request.Content = new ReadOnlyMemoryContent(bytes);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(media ?? Json);
        }
        var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, within);
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }
        using (answer)
        {
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                Forget();
            }
            var text = await answer.Content.ReadAsStringAsync(within);
            throw KubeException.Of(answer.StatusCode, text, answer.Headers.RetryAfter?.Delta);
        }
    }

    private async Task<string?> TokenAsync(CancellationToken cancellation)
    {
        if (address.TokenFile is not { } file)
        {
            return address.Token;
        }
        lock (gate)
        {
            if (token is { } known && time.GetElapsedTime(known.ReadAt) < TokenFor)
            {
                return known.Text;
            }
        }
        try
        {
            var text = (await File.ReadAllTextAsync(file, cancellation)).Trim();
            lock (gate)
            {
                token = (text, time.GetTimestamp());
            }
            return text;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new KubeException(
                null,
                "",
                $"The token to sign in with can't be read: {exception.Message}",
                exception
            );
        }
    }

    private void Forget()
    {
        lock (gate)
        {
            token = null;
        }
    }

    private Task WaitAsync(TimeSpan? asked, CancellationToken cancellation)
    {
        var wait = asked ?? TimeSpan.FromSeconds(1);
        return Task.Delay(wait < LongestWait ? wait : LongestWait, time, cancellation);
    }

    private static IReadOnlyList<string> WarningsOf(HttpResponseMessage answer) =>
        answer.Headers.TryGetValues("Warning", out var told)
            ? [.. told.Select(Unquoted).Where(words => words.Length > 0).Distinct(StringComparer.Ordinal)]
            : [];

    /// <summary><c>299 - "unknown field \"spec.x\""</c></summary>
    private static string Unquoted(string warning)
    {
        var from = warning.IndexOf('"', StringComparison.Ordinal);
        var until = warning.LastIndexOf('"');
        return from < 0 || until <= from
            ? warning
            : warning[(from + 1)..until].Replace("\\\"", "\"", StringComparison.Ordinal);
    }

    private static bool IsBroken(Exception exception, CancellationToken cancellation) =>
        exception is HttpRequestException or IOException or JsonException
        || (exception is OperationCanceledException && !cancellation.IsCancellationRequested);

    // An answer of something else is no list of nothing: all that is known would be taken for gone. Servers behind the
    // API server may write null for no items.
    private static bool IsList(JsonElement page) =>
        page.At("items") is { } items
            ? items.ValueKind == JsonValueKind.Array
            : page.Text("kind").EndsWith("List", StringComparison.Ordinal);

    private static KubeException Unreachable(Exception exception) =>
        exception is JsonException
            ? Garbled("it is no JSON, or was cut", exception)
            : new KubeException(
                null,
                "",
                exception is OperationCanceledException
                    ? $"The API server did not answer within {Patience.TotalSeconds:0} s."
                    : $"The API server can't be reached: {exception.GetBaseException().Message.TrimEnd('.')}.",
                exception
            );

    private static KubeException Garbled(string why, Exception? exception) =>
        new(
            null,
            "",
            $"The answer is not what an API server sends: {why}. See what else answers at the address of the cluster.",
            exception
        );
}
