using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Security;

/// <summary>
/// The one key that is not in the store: what the product keeps secret there is sealed under keys derived from it
/// (HKDF-SHA256 per purpose, AES-256-GCM).
/// </summary>
public sealed class StoreKey(IOptions<SecurityOptions> security, IOptions<StorageOptions> storage)
{
    private const int Bytes = 32;
    private const byte Version = 1;
    private readonly Lock gate = new();
    private byte[]? root;

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
                root ??= Read();
                if (root is null && toServe)
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
        if (sealedBytes.Length < 29 || sealedBytes[0] != Version)
        {
            throw new StoreException($"What the store holds for \"{purpose}\" can't be read by this version.");
        }
        var plain = new byte[sealedBytes.Length - 29];
        using var aes = new AesGcm(Derive(purpose), 16);
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
        catch (AuthenticationTagMismatchException exception)
        {
            throw new StoreException(
                $"The product's keys in the store were sealed under another key than the one in {File}. "
                    + "Put the file that belongs to this store there, or name it with Security:KeyFile.",
                exception
            );
        }
    }

    /// <summary>HMAC-SHA256 that only holders of the key file can make.</summary>
    public byte[] Mac(ReadOnlySpan<byte> data, string purpose) => HMACSHA256.HashData(Derive(purpose), data);

    /// <summary>256 bits of key material for <paramref name="purpose"/>, the same in every dashboard with this key file.</summary>
    public byte[] Derive(string purpose) =>
        HKDF.DeriveKey(HashAlgorithmName.SHA256, Root(), Bytes, info: Encoding.UTF8.GetBytes(purpose));

    /// <summary>Reads the file again at the next use; after a restore put another one there.</summary>
    internal void Forget()
    {
        lock (gate)
        {
            root = null;
        }
    }

    private byte[] Root()
    {
        lock (gate)
        {
            return root ??= Read() ?? Make();
        }
    }

    private byte[]? Read()
    {
        if (!System.IO.File.Exists(File))
        {
            return null;
        }
        var key = new byte[Bytes];
        var text = System.IO.File.ReadAllText(File).Trim();
        return Convert.TryFromBase64String(text, key, out var length) && length == Bytes
            ? key
            : throw new StoreException($"{File} does not hold a key (32 bytes, base64). Put the right file there.");
    }

    private string MakeFolder() => Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(File))!).FullName;

    private byte[] Make()
    {
        MakeFolder();
        var key = RandomNumberGenerator.GetBytes(Bytes);
        var draft = $"{File}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(4))}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }
        using (var stream = new FileStream(draft, options))
        {
            stream.Write(Encoding.ASCII.GetBytes(Convert.ToBase64String(key)));
            stream.Flush(flushToDisk: true);
        }
        try
        {
            // Without overwriting: of two programs that start together, one makes the key and both use it.
            System.IO.File.Move(draft, File, overwrite: false);
            return key;
        }
        catch (IOException) when (System.IO.File.Exists(File))
        {
            System.IO.File.Delete(draft);
            return Read()!;
        }
    }
}
