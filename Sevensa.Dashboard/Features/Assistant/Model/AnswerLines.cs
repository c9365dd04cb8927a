using System.Text;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>The lines of one answer, each and all of them within a number of bytes. Leaving early closes the connection, which stops the model.</summary>
internal sealed class AnswerLines(HttpClient http, HttpRequestMessage request) : IAsyncDisposable
{
    /// <summary>Bytes of one line; a token's line has some hundred.</summary>
    public const int LongestLine = 1_000_000;

    /// <summary>Bytes of one answer with all that its protocol wraps around each token.</summary>
    public const long LongestAnswer = 32_000_000;

    private readonly byte[] buffer = new byte[16 * 1024];
    private readonly MemoryStream line = new();
    private HttpResponseMessage? response;
    private Stream? stream;
    private int at;
    private int filled;
    private long read;

    /// <summary>The next line without its end; null when there are no more. The first call sends the question.</summary>
    /// <exception cref="ModelRefusal">The server answered with an error.</exception>
    /// <exception cref="TooLargeException">A line or the whole is longer than an answer can be.</exception>
    /// <exception cref="HttpRequestException">It can't be reached.</exception>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<string?> NextAsync(CancellationToken cancellation)
    {
        if (stream is null)
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            await ModelJson.EnsureAnsweredAsync(response, cancellation);
            stream = await response.Content.ReadAsStreamAsync(cancellation);
        }
        line.SetLength(0);
        while (true)
        {
            if (at == filled)
            {
                (at, filled) = (0, await stream.ReadAsync(buffer, cancellation));
                read += filled;
                if (filled == 0)
                {
                    return line.Length > 0 ? Text() : null;
                }
                if (read > LongestAnswer)
                {
                    throw new TooLargeException($"It sent more than {LongestAnswer / 1_000_000} MB.");
                }
            }
            var end = Array.IndexOf(buffer, (byte)'\n', at, filled - at);
            var taken = (end < 0 ? filled : end) - at;
            if (line.Length + taken > LongestLine)
            {
                throw new TooLargeException($"It sent a line of more than {LongestLine / 1_000_000} MB.");
            }
            line.Write(buffer, at, taken);
            at += taken;
            if (end >= 0)
            {
                at++;
                return Text();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (stream is not null)
        {
            await stream.DisposeAsync();
        }
        response?.Dispose();
        request.Dispose();
        await line.DisposeAsync();
    }

    private string Text() => Encoding.UTF8.GetString(line.GetBuffer(), 0, (int)line.Length).TrimEnd('\r');
}

/// <summary>An answer is larger than any can be.</summary>
internal sealed class TooLargeException(string message) : Exception(message);
