using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Metrics.Passage;

/// <summary>Adds our infos to an answer of Prometheus as it streams by, in the member where newer servers put their own.</summary>
internal static class InfosInAnswer
{
    public static async Task WriteAsync(
        Stream from,
        PipeWriter to,
        IReadOnlyList<string> infos,
        CancellationToken cancellation
    )
    {
        var ours = JsonSerializer.SerializeToUtf8Bytes(infos).AsMemory()[1..^1];
        var reader = PipeReader.Create(from);
        var state = new JsonReaderState();
        var place = Place.Seeking;
        while (true)
        {
            var read = await reader.ReadAsync(cancellation);
            var used = Copy(read.Buffer, read.IsCompleted, ref state, ref place, to, ours.Span);
            reader.AdvanceTo(used, read.Buffer.End);
            await to.FlushAsync(cancellation);
            if (read.IsCompleted)
            {
                break;
            }
        }
        await reader.CompleteAsync();
    }

    private enum Place
    {
        Seeking,

        /// <summary>Behind the name of the server's own infos.</summary>
        Named,

        /// <summary>Within the server's own infos, before the first.</summary>
        Opened,
        Written,
    }

    private static SequencePosition Copy(
        ReadOnlySequence<byte> buffer,
        bool last,
        ref JsonReaderState state,
        ref Place place,
        PipeWriter to,
        ReadOnlySpan<byte> ours
    )
    {
        var json = new Utf8JsonReader(buffer, last, state);
        long copied = 0;
        while (place != Place.Written && json.Read())
        {
            if (place == Place.Seeking && json.CurrentDepth == 1 && json.TokenType == JsonTokenType.PropertyName)
            {
                place = json.ValueTextEquals("infos"u8) ? Place.Named : place;
            }
            else if (place == Place.Named)
            {
                place = json.TokenType == JsonTokenType.StartArray ? Place.Opened : Place.Seeking;
                if (place == Place.Opened)
                {
                    Pass(json.BytesConsumed);
                    to.Write(ours);
                }
            }
            else if (place == Place.Opened)
            {
                if (json.TokenType != JsonTokenType.EndArray)
                {
                    to.Write(","u8);
                }
                place = Place.Written;
            }
            else if (json.CurrentDepth == 0 && json.TokenType == JsonTokenType.EndObject)
            {
                Pass(json.TokenStartIndex);
                to.Write(",\"infos\":["u8);
                to.Write(ours);
                to.Write("]"u8);
                place = Place.Written;
            }
        }
        if (place == Place.Written)
        {
            Pass(buffer.Length);
            return buffer.End;
        }
        state = json.CurrentState;
        Pass(json.BytesConsumed);
        return json.Position;

        void Pass(long until)
        {
            foreach (var piece in buffer.Slice(copied, until - copied))
            {
                to.Write(piece.Span);
            }
            copied = until;
        }
    }
}
