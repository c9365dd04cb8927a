using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Graphs.LangGraph;

/// <summary>
/// Server-sent events as both servers write them: data in one line or in many, comments as beats. Ids are not heeded: those of one
/// server repeat.
/// </summary>
internal static class GraphStream
{
    /// <summary>Of one event, in characters; nothing that is kept here is longer.</summary>
    private const int Longest = 4 * 1024 * 1024;

    /// <exception cref="JsonException">An event's data is no JSON.</exception>
    /// <exception cref="InvalidDataException">An event has no end.</exception>
    public static async IAsyncEnumerable<GraphEvent> ReadAsync(
        Stream stream,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var (kind, data) = ("message", new StringBuilder());
        await foreach (var line in LinesAsync(reader, cancellation))
        {
            if (line.StartsWith(':'))
            {
                yield return new GraphEvent(null, default);
            }
            else if (line.Length == 0)
            {
                if (data.Length > 0)
                {
                    yield return new GraphEvent(kind, JsonElement.Parse(JsonReading.Whole(data.ToString())));
                }
                (kind, data) = ("message", new StringBuilder());
            }
            else if (Value(line, "event") is { } named)
            {
                // Of a graph inside another one it is "updates|where".
                kind = named.Split('|')[0];
            }
            else if (Value(line, "data") is { } part)
            {
                if (data.Length + part.Length > Longest)
                {
                    throw new InvalidDataException("an event of the stream has no end");
                }
                data.Append(part).Append('\n');
            }
        }
    }

    /// <summary>A line that has no end is not gathered.</summary>
    private static async IAsyncEnumerable<string> LinesAsync(
        StreamReader reader,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (line, piece, wasReturn) = (new StringBuilder(), new char[16 * 1024], false);
        int read;
        while ((read = await reader.ReadAsync(piece.AsMemory(), cancellation)) > 0)
        {
            for (var at = 0; at < read; at++)
            {
                var (letter, isSecond) = (piece[at], wasReturn && piece[at] == '\n');
                wasReturn = letter == '\r';
                if (isSecond)
                {
                    continue;
                }
                if (letter is '\r' or '\n')
                {
                    yield return line.ToString();
                    line.Clear();
                }
                else if (line.Length < Longest)
                {
                    line.Append(letter);
                }
                else
                {
                    throw new InvalidDataException("a line of the stream has no end");
                }
            }
        }
    }

    private static string? Value(string line, string field) =>
        !line.StartsWith(field, StringComparison.Ordinal) || line.Length <= field.Length || line[field.Length] != ':'
            ? null
        : line.Length > field.Length + 1 && line[field.Length + 1] == ' ' ? line[(field.Length + 2)..]
        : line[(field.Length + 1)..];
}
