using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Sevensa.Dashboard.Platform.Wire;

/// <summary>
/// Seals what goes over Redis: whoever else reads there learns nothing, and what others write there is refused. AES-256-GCM, with
/// a key for each sender that is derived (HKDF) from one that rests in the store under its key file. The channel is sealed in
/// with it, and each number is taken once on a channel, so that nothing can be said again or elsewhere.
/// </summary>
internal sealed class WireSeal(byte[] secret, Guid own) : IDisposable
{
    private const byte Form = 1;
    private const int Head = 1 + 16 + 8;
    private const int Tag = 16;

    /// <summary>Each start of a dashboard is another sender. What was taken of one is never forgotten, or it could be said again.</summary>
    private const int MostSenders = 100_000;

    private const int MostKeys = 256;

    private readonly ConcurrentDictionary<Guid, AesGcm> keys = new();
    private readonly Dictionary<(Guid, string), ulong> taken = [];
    private readonly HashSet<Guid> senders = [];
    private readonly Lock gate = new();
    private ulong number;

    public byte[] Seal(string channel, ReadOnlySpan<byte> message)
    {
        var bytes = new byte[Head + message.Length + Tag];
        bytes[0] = Form;
        own.TryWriteBytes(bytes.AsSpan(1));
        var nonce = (stackalloc byte[12]);
        lock (gate)
        {
            BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(17), ++number);
            bytes.AsSpan(17, 8).CopyTo(nonce[4..]);
            KeyOf(own)
                .Encrypt(
                    nonce,
                    message,
                    bytes.AsSpan(Head, message.Length),
                    bytes.AsSpan(Head + message.Length),
                    Beside(bytes, channel)
                );
        }
        return bytes;
    }

    /// <summary>Null when it is not from a dashboard of this store, was for another channel, or was taken before.</summary>
    public (Guid Sender, byte[] Message)? Open(string channel, byte[] bytes)
    {
        if (bytes.Length < Head + Tag || bytes[0] != Form)
        {
            return null;
        }
        var sender = new Guid(bytes.AsSpan(1, 16));
        var message = new byte[bytes.Length - Head - Tag];
        lock (gate)
        {
            var nonce = (stackalloc byte[12]);
            bytes.AsSpan(17, 8).CopyTo(nonce[4..]);
            // A stranger's name costs no memory: its key is kept once something was sealed with it.
            var known = keys.TryGetValue(sender, out var key);
            key ??= Derive(sender);
            try
            {
                key.Decrypt(
                    nonce,
                    bytes.AsSpan(Head, message.Length),
                    bytes.AsSpan(Head + message.Length),
                    message,
                    Beside(bytes, channel)
                );
            }
            catch (AuthenticationTagMismatchException)
            {
                if (!known)
                {
                    key.Dispose();
                }
                return null;
            }
            var given = BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(17));
            if (
                taken.GetValueOrDefault((sender, channel)) >= given
                || (senders.Count >= MostSenders && !senders.Contains(sender))
            )
            {
                if (!known)
                {
                    key.Dispose();
                }
                return null;
            }
            if (!known)
            {
                Keep(sender, key);
            }
            senders.Add(sender);
            taken[(sender, channel)] = given;
            return (sender, message);
        }
    }

    public void Dispose()
    {
        foreach (var key in keys.Values)
        {
            key.Dispose();
        }
    }

    /// <summary>A key can be derived again at any time: of dashboards that are long gone none is held.</summary>
    private void Keep(Guid sender, AesGcm key)
    {
        if (keys.Count >= MostKeys)
        {
            foreach (var held in keys.Keys.Where(held => held != own).ToList())
            {
                if (keys.TryRemove(held, out var old))
                {
                    old.Dispose();
                }
            }
        }
        keys[sender] = key;
    }

    private AesGcm KeyOf(Guid sender) => keys.GetOrAdd(sender, Derive);

    private AesGcm Derive(Guid sender) =>
        new(
            HKDF.DeriveKey(
                HashAlgorithmName.SHA256,
                secret,
                32,
                info: Encoding.UTF8.GetBytes($"sevensa wire {Form} {sender:n}")
            ),
            Tag
        );

    private static byte[] Beside(byte[] bytes, string channel) =>
        [.. bytes.AsSpan(0, Head), .. Encoding.UTF8.GetBytes(channel)];
}
