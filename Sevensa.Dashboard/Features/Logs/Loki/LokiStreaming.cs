using System.Buffers;
using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs.Loki;

/// <summary>Feeds bytes to a <see cref="LokiResultReader"/> as they come. The buffer grows only for a single line that is longer.</summary>
internal static class LokiStreaming
{
    private const int FirstBuffer = 64 * 1024;

    // One line in JSON. Loki itself takes lines of 256 KB unless told otherwise.
    private const int LargestBuffer = 128 * 1024 * 1024;

    /// <exception cref="JsonException">The bytes are not the JSON they should be.</exception>
    public static async Task ReadAsync(Stream stream, LokiResultReader result, CancellationToken cancellation)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(FirstBuffer);
        var filled = 0;
        var state = default(JsonReaderState);
        try
        {
            while (true)
            {
                var read = await stream.ReadAsync(buffer.AsMemory(filled), cancellation);
                filled += read;
                var consumed = Feed(buffer.AsSpan(0, filled), read == 0, ref state, result);
                if (read == 0)
                {
                    return;
                }

                buffer.AsSpan(consumed, filled - consumed).CopyTo(buffer);
                filled -= consumed;
                if (filled == buffer.Length)
                {
                    buffer = Grow(buffer);
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <exception cref="JsonException">The bytes are not the JSON they should be.</exception>
    public static void Read(ReadOnlySpan<byte> json, LokiResultReader result)
    {
        var state = default(JsonReaderState);
        Feed(json, isLast: true, ref state, result);
    }

    private static int Feed(ReadOnlySpan<byte> bytes, bool isLast, ref JsonReaderState state, LokiResultReader result)
    {
        var reader = new Utf8JsonReader(bytes, isLast, state);
        while (reader.Read())
        {
            result.Token(ref reader);
        }

        state = reader.CurrentState;
        return (int)reader.BytesConsumed;
    }

    private static byte[] Grow(byte[] buffer)
    {
        if (buffer.Length >= LargestBuffer)
        {
            throw new JsonException($"One value is larger than {LargestBuffer / 1024 / 1024} MB.");
        }

        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.CopyTo(larger, 0);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }
}

/// <summary>Label names and values come again and again: each is one string per answer.</summary>
internal sealed class LokiStringPool
{
    private const int LongestPooled = 256;

    private readonly Dictionary<string, string> _strings = new(StringComparer.Ordinal);

    public string Of(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped || reader.ValueSpan.Length > LongestPooled)
        {
            return LokiTextReader.Of(ref reader);
        }

        Span<char> characters = stackalloc char[LongestPooled];
        var text = characters[..Encoding.UTF8.GetChars(reader.ValueSpan, characters)];
        var known = _strings.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!known.TryGetValue(text, out var value))
        {
            value = text.ToString();
            _strings.Add(value, value);
        }

        return value;
    }
}

/// <summary>Text of lines, whatever bytes and escapes it is made of: what is no character becomes U+FFFD.</summary>
internal static class LokiTextReader
{
    public static string Of(ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
        {
            return Encoding.UTF8.GetString(reader.ValueSpan);
        }

        try
        {
            return reader.GetString() ?? "";
        }
        catch (InvalidOperationException)
        {
            return string.Concat(JsonReading.Unescape(Encoding.UTF8.GetString(reader.ValueSpan)).EnumerateRunes());
        }
    }
}
