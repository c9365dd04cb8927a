using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>What is put into an answer of an upstream's as it passes.</summary>
/// <param name="Infos">Added to the member <c>infos</c>, or as that member where there is none.</param>
/// <param name="Note">What stands instead of a text in <c>warnings</c> or <c>infos</c>; null changes none.</param>
public sealed record TransitEdit(IReadOnlyList<string> Infos, Func<string, string>? Note);

/// <summary>
/// Carries a good answer of an upstream on as it streams, reading every token on the way. Nothing is sent before the first
/// piece has shown itself to be the envelope that is expected, so that garbage becomes an error like any other; an answer
/// that breaks later is broken off here too, so that nobody takes a part for the whole.
/// </summary>
public static class JsonInTransit
{
    private const int PieceSize = 128 * 1024;

    /// <param name="from">The upstream's body.</param>
    /// <param name="response">Its status and content type are set already; nothing has been sent.</param>
    /// <param name="hasStatus">The envelope has a member <c>status</c> that says <c>success</c>.</param>
    /// <param name="edit">What is put into it; null passes every byte on as it came.</param>
    /// <param name="good">
    /// Called once all of it was read and found good, before its end is sent: who has the answer finds what was noted of it.
    /// </param>
    /// <exception cref="JsonException">It is not what is expected. When the response has started, it must be aborted.</exception>
    public static async Task CarryAsync(
        Stream from,
        HttpResponse response,
        bool hasStatus,
        TransitEdit? edit,
        Action good,
        CancellationToken cancellation
    )
    {
        var (to, whole) = (response.BodyWriter, new Envelope(hasStatus, edit));
        var buffer = ArrayPool<byte>.Shared.Rent(PieceSize);
        try
        {
            var (filled, used, ended, worth) = (0, 0, false, 0);
            while (!ended)
            {
                if (filled == buffer.Length)
                {
                    buffer = Grown(buffer, filled);
                }
                // A whole piece where there is one: fewer calls, and what is broken early is known before anything is sent.
                do
                {
                    var read = await from.ReadAsync(buffer.AsMemory(filled), cancellation);
                    ended = read == 0;
                    filled += read;
                    if (ended || filled - used >= worth)
                    {
                        // While the upstream makes the rest. What is longer than all that came is not looked at for each bit of it.
                        var some = whole.Read(buffer.AsSpan(used, filled - used), used, ended);
                        used += some;
                        worth = some > 0 ? 0 : (filled - used) * 2;
                    }
                } while (!ended && filled < buffer.Length && !(response.HasStarted && filled > PieceSize / 2));
                if (ended && !response.HasStarted)
                {
                    // Known before anything is sent: head, body and end are one packet.
                    response.ContentLength = used + whole.Added;
                }
                if (ended)
                {
                    good();
                }
                whole.Write(buffer.AsSpan(0, used), to);
                await to.FlushAsync(cancellation);
                buffer.AsSpan(used, filled - used).CopyTo(buffer);
                (filled, used) = (filled - used, 0);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[] Grown(byte[] buffer, int filled)
    {
        var larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
        buffer.AsSpan(0, filled).CopyTo(larger);
        ArrayPool<byte>.Shared.Return(buffer);
        return larger;
    }

    private enum Member
    {
        Other,
        Status,
        Warnings,
        Infos,
    }

    private sealed class Envelope(bool hasStatus, TransitEdit? edit)
    {
        private readonly List<(int Start, int End, byte[] With)> changes = [];
        private JsonReaderState state;
        private Member member;
        private bool began;
        private bool good = !hasStatus;
        private bool complete;
        private bool told;
        private JsonTokenType before;
        private bool inList;

        /// <summary>How many bytes more the piece has as it is written than as it was read.</summary>
        public int Added => changes.Sum(change => change.With.Length - (change.End - change.Start));

        /// <summary>Reads what can be read of what came since and returns how much that is.</summary>
        /// <param name="at">Where in the piece that begins.</param>
        public int Read(ReadOnlySpan<byte> came, int at, bool last)
        {
            var json = new Utf8JsonReader(came, last, state);
            var begun = 0;
            while (json.Read())
            {
                // Deeper are the samples, which are nearly all of it.
                if (json.CurrentDepth < 2 || edit is not null && member is Member.Warnings or Member.Infos)
                {
                    Token(ref json, at + begun);
                }
                else if (EndsSample(json.TokenType))
                {
                    var end = begun + (int)json.BytesConsumed;
                    if (SampleList.LengthOf(came[end..]) is > 0 and var more)
                    {
                        begun = end + more;
                        // Behind one sample as behind many the same may follow.
                        json = new Utf8JsonReader(came[begun..], last, json.CurrentState);
                    }
                }
            }
            state = json.CurrentState;
            if (last && !(complete && good))
            {
                throw new JsonException(began ? "it does not say that it succeeded" : "it is empty");
            }
            return last ? came.Length : begun + (int)json.BytesConsumed;
        }

        /// <summary>Whether a list ended that stands in a list: only there may another follow.</summary>
        private bool EndsSample(JsonTokenType token)
        {
            if (token == JsonTokenType.StartArray)
            {
                inList = before is JsonTokenType.StartArray or JsonTokenType.EndArray;
            }
            var ends = token == JsonTokenType.EndArray && before == JsonTokenType.String && inList;
            // What ends next is the list around it, of which it is not known where it stands.
            inList &= token != JsonTokenType.EndArray;
            before = token;
            return ends;
        }

        /// <summary>Writes a piece, as far as it was read, with the changes in it.</summary>
        public void Write(ReadOnlySpan<byte> piece, PipeWriter to)
        {
            var copied = 0;
            foreach (var (start, end, with) in changes)
            {
                to.Write(piece[copied..start]);
                to.Write(with);
                copied = end;
            }
            to.Write(piece[copied..]);
            changes.Clear();
        }

        private void Token(ref Utf8JsonReader json, int at)
        {
            switch (json.TokenType)
            {
                case var first when !began:
                    began = first == JsonTokenType.StartObject ? true : throw new JsonException("it is no object");
                    return;
                case JsonTokenType.PropertyName when json.CurrentDepth == 1:
                    member =
                        json.ValueTextEquals("status"u8) ? Member.Status
                        : json.ValueTextEquals("warnings"u8) ? Member.Warnings
                        : json.ValueTextEquals("infos"u8) ? Member.Infos
                        : Member.Other;
                    return;
                case JsonTokenType.EndObject when json.CurrentDepth == 0:
                    complete = true;
                    if (edit is { Infos.Count: > 0 } && !told)
                    {
                        Change(at + (int)json.TokenStartIndex, 0, [.. ",\"infos\":"u8, .. Json(edit.Infos)]);
                    }
                    return;
            }
            if (member == Member.Status && json.CurrentDepth == 1)
            {
                good =
                    !hasStatus
                    || (
                        json.TokenType == JsonTokenType.String && json.ValueTextEquals("success"u8)
                            ? true
                            : throw new JsonException("it does not say that it succeeded")
                    );
                member = Member.Other;
                return;
            }
            if (edit is null || member == Member.Other)
            {
                return;
            }
            if (member == Member.Infos && !told && edit.Infos.Count > 0)
            {
                // Ours come first: behind the bracket, with a comma unless the list is empty.
                if (json.TokenType == JsonTokenType.StartArray)
                {
                    Change(at + (int)json.BytesConsumed, 0, Json(edit.Infos)[1..^1]);
                    return;
                }
                told = true;
                if (json.TokenType == JsonTokenType.EndArray)
                {
                    return;
                }
                Change(at + (int)json.TokenStartIndex, 0, [.. ","u8]);
            }
            if (json.TokenType == JsonTokenType.String && edit.Note is { } note && json.GetString() is { } text)
            {
                var (start, changed) = (at + (int)json.TokenStartIndex, note(text));
                if (changed != text)
                {
                    Change(start, at + (int)json.BytesConsumed - start, JsonSerializer.SerializeToUtf8Bytes(changed));
                }
            }
            else if (json.TokenType == JsonTokenType.EndArray)
            {
                member = Member.Other;
            }
        }

        private void Change(int start, int length, byte[] with) => changes.Add((start, start + length, with));

        private static byte[] Json(IReadOnlyList<string> texts) => JsonSerializer.SerializeToUtf8Bytes(texts);
    }
}
