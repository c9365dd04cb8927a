using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace Sevensa.Dashboard.Platform.Wire;

internal enum WireKind : byte
{
    /// <summary>Wants no answer.</summary>
    Tell = 1,
    Ask = 2,
    Answer = 3,

    /// <summary>The answer that it could not be answered; the body is in words.</summary>
    Fault = 4,
}

/// <summary>What one dashboard says to another, or to all.</summary>
/// <param name="Order">Counted by the sender for each channel: what is missing is noticed.</param>
/// <param name="Question">Which question is asked or answered; empty for none.</param>
internal readonly record struct WireMessage(
    WireKind Kind,
    ulong Order,
    Guid Question,
    string Topic,
    ReadOnlyMemory<byte> Body
)
{
    private const int Head = 1 + 8 + 16 + 1 + 1;

    /// <summary>Shorter ones gain nothing by being packed.</summary>
    private const int Packed = 1024;

    public byte[] ToBytes()
    {
        var topic = Encoding.UTF8.GetBytes(Topic);
        var packed = Body.Length > Packed;
        var body = packed ? Pack(Body.Span) : Body.ToArray();
        var bytes = new byte[Head + topic.Length + body.Length];
        bytes[0] = (byte)Kind;
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(1), Order);
        Question.TryWriteBytes(bytes.AsSpan(9));
        bytes[25] = packed ? (byte)1 : (byte)0;
        bytes[26] = checked((byte)topic.Length);
        topic.CopyTo(bytes, Head);
        body.CopyTo(bytes, Head + topic.Length);
        return bytes;
    }

    /// <summary>Only of what was opened by its seal: nobody else can have written it.</summary>
    public static WireMessage Read(byte[] bytes)
    {
        var topic = bytes[26];
        var body = bytes.AsMemory(Head + topic);
        return new WireMessage(
            (WireKind)bytes[0],
            BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(1)),
            new Guid(bytes.AsSpan(9, 16)),
            Encoding.UTF8.GetString(bytes, Head, topic),
            bytes[25] == 0 ? body : Unpack(body)
        );
    }

    private static byte[] Pack(ReadOnlySpan<byte> body)
    {
        using var packed = new MemoryStream();
        using (var packing = new DeflateStream(packed, CompressionLevel.Fastest))
        {
            packing.Write(body);
        }
        return packed.ToArray();
    }

    private static byte[] Unpack(ReadOnlyMemory<byte> body)
    {
        using var packed = new MemoryStream(body.ToArray());
        using var unpacking = new DeflateStream(packed, CompressionMode.Decompress);
        using var whole = new MemoryStream();
        unpacking.CopyTo(whole);
        return whole.ToArray();
    }
}
