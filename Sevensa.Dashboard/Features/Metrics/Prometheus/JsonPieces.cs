using System.Buffers;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Metrics.Prometheus;

/// <summary>
/// Reads JSON tokens from a stream piece by piece: memory is one buffer, however long the answer.
/// Usage: <c>while (await pieces.FillAsync(…)) pieces.Read(handler)</c> until the handler has seen the end.
/// </summary>
internal sealed class JsonPieces(Stream stream) : IDisposable
{
    private byte[] buffer = ArrayPool<byte>.Shared.Rent(64 * 1024);
    private int length;
    private long before;
    private bool ended;
    private JsonReaderState state = new(new JsonReaderOptions { MaxDepth = 64 });

    /// <summary>Called for every token in order.</summary>
    public delegate void TokenHandler(ref Utf8JsonReader reader);

    /// <exception cref="JsonException">The text is no JSON, stops in the middle, or holds something else where the handler reads a text or a number.</exception>
    public async ValueTask ReadAsync(TokenHandler handler, CancellationToken cancellation)
    {
        while (!ended)
        {
            if (length == buffer.Length)
            {
                Grow();
            }
            var read = await stream.ReadAsync(buffer.AsMemory(length), cancellation);
            ended = read == 0;
            length += read;
            var consumed = Consume(handler);
            buffer.AsSpan(consumed, length - consumed).CopyTo(buffer);
            length -= consumed;
        }
    }

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = [];
    }

    private int Consume(TokenHandler handler)
    {
        var reader = new Utf8JsonReader(buffer.AsSpan(0, length), ended, state);
        try
        {
            while (reader.Read())
            {
                handler(ref reader);
            }
        }
        // Of a value of another kind, and of a text that is no Unicode, the reader says what only this program's code is to blame for.
        catch (Exception exception) when (exception is InvalidOperationException or FormatException)
        {
            throw new JsonException(
                $"what stands at byte {before + reader.TokenStartIndex} is not what belongs there",
                exception
            );
        }
        state = reader.CurrentState;
        before += reader.BytesConsumed;
        return (int)reader.BytesConsumed;
    }

    private void Grow()
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, length).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        buffer = larger;
    }
}
