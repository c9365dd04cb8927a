using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>
/// The one key that is not in the store: what the product keeps secret there is sealed under keys derived from it
/// (HKDF-SHA256 per purpose, AES-256-GCM). One that was changed opens on what it sealed (<see cref="HeldKeys"/>).
/// </summary>
public sealed class StoreKey(IOptions<SecurityOptions> security, IOptions<StorageOptions> storage)
{
    private const byte Version = 1;
    private readonly Lock gate = new();
    private HeldKeys? held;

    /// <summary>How often the file was found to hold others than before.</summary>
    internal int Changes { get; private set; }

    /// <summary>Where the key rests.</summary>
    public string File { get; } =
        string.IsNullOrWhiteSpace(security.Value.KeyFile)
            ? Path.Combine(storage.Value.Folder, "store.key")
            : security.Value.KeyFile;

    /// <summary>What is wrong with the file, for the list of mistakes at the start; null when it can be used, or can be made.</summary>
    /// <param name="toServe">Whether it is made where it is not there.</param>
    public string? Mistake(bool toServe = false)
    {
        if (Directory.Exists(File))
        {
            return $"Security:KeyFile: {File} is a folder. Name a file, or let it be made in Storage:Folder.";
        }
        try
        {
            lock (gate)
            {
                held ??= Read();
                if (held is null && toServe)
                {
                    WritableFolder.Check(MakeFolder());
                }
            }
            return null;
        }
        catch (StoreException exception)
        {
            return $"Security:KeyFile: {exception.Message}";
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return System.IO.File.Exists(File)
                ? $"Security:KeyFile: {File} can't be read: {exception.Message}"
                : $"Security:KeyFile: {File} is not there and can't be made: {exception.Message}";
        }
    }

    /// <summary>Seals under the key in use.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plain, string purpose)
    {
        var whole = new byte[1 + 12 + 16 + plain.Length];
        whole[0] = Version;
        var nonce = whole.AsSpan(1, 12);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(Derive(purpose), 16);
        aes.Encrypt(nonce, plain, whole.AsSpan(29), whole.AsSpan(13, 16), Encoding.UTF8.GetBytes(purpose));
        return whole;
    }

    /// <exception cref="StoreException">It was sealed under another key file, or changed since.</exception>
    public byte[] Open(ReadOnlySpan<byte> sealedBytes, string purpose)
    {
        RequireForm(sealedBytes, purpose);
        return OpenBy(Held().All, sealedBytes, purpose)
            // It may have been sealed a moment ago, under a key that was not there before.
            ?? (Look() ? OpenBy(Held().All, sealedBytes, purpose) : null)
            ?? throw Unopened();
    }

    /// <summary>HMAC-SHA256 that only holders of the key file can make, by the key in use.</summary>
    public byte[] Mac(ReadOnlySpan<byte> data, string purpose) => HMACSHA256.HashData(Derive(purpose), data);

    /// <summary>Whether somebody made it who held a key of the file.</summary>
    public bool IsMac(ReadOnlySpan<byte> data, string purpose, ReadOnlySpan<byte> mac) =>
        IsMacBy(Held().All, data, purpose, mac) || (Look() && IsMacBy(Held().All, data, purpose, mac));

    /// <summary>256 bits of key material for <paramref name="purpose"/>, the same in every dashboard with this key file.</summary>
    public byte[] Derive(string purpose) => Derive(Held().Current, purpose);

    /// <summary>The same of each key of the file, that of the key in use first.</summary>
    internal IReadOnlyList<byte[]> DeriveEach(string purpose) => [.. Held().All.Select(root => Derive(root, purpose))];

    /// <summary>What was sealed under another key of the file, sealed under the one in use; null when it is already.</summary>
    /// <exception cref="StoreException">No key of the file opens it.</exception>
    internal byte[]? SealAnew(ReadOnlySpan<byte> sealedBytes, string purpose)
    {
        RequireForm(sealedBytes, purpose);
        var keys = Held().All;
        if (OpenBy([keys[0]], sealedBytes, purpose) is not null)
        {
            return null;
        }
        var plain = OpenBy(keys, sealedBytes, purpose) ?? throw Unopened();
        return Seal(plain, purpose);
    }

    /// <summary>What was made by another key of the file, made by the one in use; null when it is already.</summary>
    /// <exception cref="StoreException">No key of the file made it.</exception>
    internal byte[]? MacAnew(ReadOnlySpan<byte> data, string purpose, ReadOnlySpan<byte> mac)
    {
        var keys = Held().All;
        return IsMacBy([keys[0]], data, purpose, mac) ? null
            : IsMacBy(keys, data, purpose, mac) ? Mac(data, purpose)
            : throw Unopened();
    }

    /// <summary>The keys of the file, which is made where it is not there.</summary>
    internal HeldKeys Held()
    {
        lock (gate)
        {
            return held ??= Read() ?? Make();
        }
    }

    /// <summary>Reads the file again. What can't be read now is left as it is known.</summary>
    /// <returns>Whether it holds others than before.</returns>
    internal bool Look()
    {
        try
        {
            lock (gate)
            {
                var before = held;
                if (Read() is not { } now)
                {
                    return false;
                }
                held = now;
                if (before is null || before.Text == now.Text)
                {
                    return false;
                }
                Changes++;
                return true;
            }
        }
        catch (Exception exception) when (exception is StoreException or IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>
    /// Writes other keys into the file where it lies: it stays its owner's, and one that is mounted by itself can't be replaced by
    /// another file. A copy lies beside it until it is done.
    /// </summary>
    internal void Put(HeldKeys keys)
    {
        var copy = $"{File}.before";
        lock (gate)
        {
            WriteNew(copy, Held());
            using (var stream = new FileStream(File, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                var text = Encoding.ASCII.GetBytes(keys.Text);
                stream.Write(text);
                stream.SetLength(text.Length);
                stream.Flush(flushToDisk: true);
            }
            held = keys;
            Changes++;
            System.IO.File.Delete(copy);
        }
    }

    /// <summary>Reads the file again at the next use; after a restore put another one there.</summary>
    internal void Forget()
    {
        lock (gate)
        {
            held = null;
        }
    }

    private static byte[] Derive(byte[] root, string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, root, HeldKeys.Bytes, info: Encoding.UTF8.GetBytes(purpose));

    private static void RequireForm(ReadOnlySpan<byte> sealedBytes, string purpose)
    {
        if (sealedBytes.Length < 29 || sealedBytes[0] != Version)
        {
            throw new StoreException($"What the store holds for \"{purpose}\" can't be read by this version.");
        }
    }

    /// <returns>Null when none of them opens it.</returns>
    private static byte[]? OpenBy(IReadOnlyList<byte[]> roots, ReadOnlySpan<byte> sealedBytes, string purpose)
    {
        var plain = new byte[sealedBytes.Length - 29];
        foreach (var root in roots)
        {
            using var aes = new AesGcm(Derive(root, purpose), 16);
            try
            {
                aes.Decrypt(
                    sealedBytes.Slice(1, 12),
                    sealedBytes[29..],
                    sealedBytes.Slice(13, 16),
                    plain,
                    Encoding.UTF8.GetBytes(purpose)
                );
                return plain;
            }
            catch (AuthenticationTagMismatchException)
            {
                // Perhaps by the next one.
            }
        }
        return null;
    }

    private static bool IsMacBy(
        IReadOnlyList<byte[]> roots,
        ReadOnlySpan<byte> data,
        string purpose,
        ReadOnlySpan<byte> mac
    )
    {
        var fits = false;
        foreach (var root in roots)
        {
            fits |= CryptographicOperations.FixedTimeEquals(HMACSHA256.HashData(Derive(root, purpose), data), mac);
        }
        return fits;
    }

    private StoreException Unopened() =>
        new(
            $"The product's keys in the store were sealed under another key than the one in {File}. "
                + "Put the file that belongs to this store there, or name it with Security:KeyFile."
        );

    private HeldKeys? Read() =>
        System.IO.File.Exists(File)
            ? HeldKeys.Parse(System.IO.File.ReadAllText(File))
                ?? throw new StoreException($"{File} does not hold a key (32 bytes, base64). Put the right file there.")
            : null;

    private string MakeFolder() => Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(File))!).FullName;

    private HeldKeys Make()
    {
        MakeFolder();
        var keys = new HeldKeys(RandomNumberGenerator.GetBytes(HeldKeys.Bytes), null, []);
        var draft = $"{File}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        WriteNew(draft, keys);
        try
        {
            // Without overwriting: of two programs that start together, one makes the key and both use it.
            System.IO.File.Move(draft, File, overwrite: false);
            return keys;
        }
        catch (IOException) when (System.IO.File.Exists(File))
        {
            System.IO.File.Delete(draft);
            return Read()!;
        }
    }

    private static void WriteNew(string file, HeldKeys keys)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using var stream = new FileStream(file, options);
        stream.Write(Encoding.ASCII.GetBytes(keys.Text));
        stream.Flush(flushToDisk: true);
    }
}
