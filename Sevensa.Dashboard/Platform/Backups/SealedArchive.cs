using System.Buffers.Binary;
using System.Security.Cryptography;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>
/// An archive under a passphrase: PBKDF2 (SHA-512, a salt of its own) makes the key, and pieces of 64 KiB are sealed one by
/// one (AES-256-GCM) with their number and whether they are the last, so that none can be changed, moved, left out or cut off.
/// </summary>
internal static class SealedArchive
{
    public const int ShortestPassphrase = 12;
    private const int Rounds = 600_000;
    private const int MostRounds = 10_000_000;
    public const int Piece = 64 * 1024;
    public const int Tag = 16;
    private const int Salt = 32;
    private const int Check = 16;

    // Magic, rounds, salt; then the check of the passphrase.
    private const int Head = 12 + 4 + Salt;

    private static ReadOnlySpan<byte> Magic => "SEVENSA-BKP1"u8;

    /// <exception cref="StoreException">The file can't be read, or holds nothing that protects.</exception>
    public static async Task<string> PassphraseAsync(string file, CancellationToken cancellation)
    {
        string text;
        try
        {
            text = (await File.ReadAllTextAsync(file, cancellation)).TrimEnd('\r', '\n');
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"The passphrase can't be read from {file}: {exception.Message}", exception);
        }
        return text.Length >= ShortestPassphrase
            ? text
            : throw new StoreException(
                $"The passphrase in {file} has fewer than {ShortestPassphrase} characters, and can be guessed. Make a longer one, such as: openssl rand -base64 24"
            );
    }

    public static async Task<bool> IsOneAsync(Stream file, CancellationToken cancellation)
    {
        var head = new byte[Magic.Length];
        var read = await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation);
        file.Position = 0;
        return read == head.Length && head.AsSpan().SequenceEqual(Magic);
    }

    /// <summary>What is written into it comes sealed into <paramref name="file"/>; whole once <see cref="SealingStream.Finish"/> was called.</summary>
    public static SealingStream Seal(Stream file, string passphrase)
    {
        var head = new byte[Head];
        Magic.CopyTo(head);
        BinaryPrimitives.WriteInt32BigEndian(head.AsSpan(12), Rounds);
        RandomNumberGenerator.Fill(head.AsSpan(16));
        var (key, check) = Keys(head, passphrase);
        file.Write(head);
        file.Write(check);
        return new SealingStream(file, key);
    }

    /// <exception cref="StoreException">The passphrase is another, or the file was changed or cut off.</exception>
    public static async Task OpenAsync(Stream file, Stream plain, string passphrase, CancellationToken cancellation)
    {
        var head = new byte[Head + Check];
        if (await file.ReadAtLeastAsync(head, head.Length, throwOnEndOfStream: false, cancellation) < head.Length)
        {
            throw new StoreException("The archive is cut off: it ends within its first bytes.");
        }
        var (key, check) = Keys(head.AsSpan(0, Head), passphrase);
        if (!CryptographicOperations.FixedTimeEquals(check, head.AsSpan(Head)))
        {
            throw new StoreException(
                "The passphrase is not the one that the archive was made with (or the first bytes of the archive were changed)."
            );
        }
        using var aes = new AesGcm(key, Tag);
        var (now, next) = (new byte[Piece + Tag], new byte[Piece + Tag]);
        var opened = new byte[Piece];
        var length = await ReadAsync(now);
        for (long number = 0; ; number++)
        {
            var after = length == now.Length ? await ReadAsync(next) : 0;
            try
            {
                if (length < Tag)
                {
                    throw new AuthenticationTagMismatchException();
                }
                aes.Decrypt(
                    Nonce(number, isLast: after == 0),
                    now.AsSpan(0, length - Tag),
                    now.AsSpan(length - Tag, Tag),
                    opened.AsSpan(0, length - Tag)
                );
            }
            catch (AuthenticationTagMismatchException exception)
            {
                throw new StoreException(
                    $"The archive was changed, or cut off, in the {Piece / 1024} KiB after byte {Head + Check + number * (Piece + Tag)}.",
                    exception
                );
            }
            await plain.WriteAsync(opened.AsMemory(0, length - Tag), cancellation);
            if (after == 0)
            {
                return;
            }
            (now, next, length) = (next, now, after);
        }

        ValueTask<int> ReadAsync(byte[] piece) =>
            file.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false, cancellation);
    }

    private static (byte[] Key, byte[] Check) Keys(ReadOnlySpan<byte> head, string passphrase)
    {
        var rounds = BinaryPrimitives.ReadInt32BigEndian(head[12..]);
        if (rounds is <= 0 or > MostRounds)
        {
            throw new StoreException("The first bytes of the archive were changed.");
        }
        var made = Rfc2898DeriveBytes.Pbkdf2(passphrase, head.Slice(16, Salt), rounds, HashAlgorithmName.SHA512, 64);
        return (made[..32], HMACSHA256.HashData(made.AsSpan(32), head)[..Check]);
    }

    /// <summary>Of a piece: its number, and whether it is the last.</summary>
    public static byte[] Nonce(long number, bool isLast)
    {
        var nonce = new byte[12];
        BinaryPrimitives.WriteInt64BigEndian(nonce, number);
        nonce[11] = isLast ? (byte)1 : (byte)0;
        return nonce;
    }
}
