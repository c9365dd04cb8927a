using System.Security.Cryptography;
using System.Text.Json;

namespace Sevensa.Dashboard.Runner.Releases;

/// <summary>
/// The recorded specifications: one sealed file each (AES-256-GCM), under a key that is made on this host, readable by the
/// runner's user only, and never leaves it.
/// </summary>
internal sealed class SpecificationStore
{
    public const string KeyFile = "specifications.key";
    public const string Folder = "specifications";
    private const string Extension = ".sealed";
    private const int IdLength = 32;
    private const int NonceBytes = 12;
    private const int TagBytes = 16;

    private readonly StateFolder state;
    private readonly byte[] key;
    private readonly byte[] idKey;
    private readonly Lock keeping = new();

    private SpecificationStore(StateFolder state, byte[] key)
    {
        this.state = state;
        this.key = key;
        idKey = HMACSHA256.HashData(key, "id"u8);
    }

    public static SpecificationStore Open(StateFolder state)
    {
        state.MakeFolder(Folder);
        return new SpecificationStore(state, state.Secret(KeyFile, 32));
    }

    /// <summary>On the disk when this returns. The same content has the same id, which says nothing of the content.</summary>
    public string Keep(Specification specification)
    {
        var id = IdOf(specification);
        lock (keeping)
        {
            if (!File.Exists(PathOf(id)))
            {
                Write(id, specification);
            }
        }
        return id;
    }

    private void Write(string id, Specification specification)
    {
        var plain = JsonSerializer.SerializeToUtf8Bytes(specification, SpecificationJson.Default.Specification);
        var content = new byte[NonceBytes + TagBytes + plain.Length];
        var nonce = content.AsSpan(0, NonceBytes);
        RandomNumberGenerator.Fill(nonce);
        using (var cipher = new AesGcm(key, TagBytes))
        {
            cipher.Encrypt(
                nonce,
                plain,
                content.AsSpan(NonceBytes + TagBytes),
                content.AsSpan(NonceBytes, TagBytes),
                System.Text.Encoding.ASCII.GetBytes(id)
            );
        }
        CryptographicOperations.ZeroMemory(plain);
        state.Write($"{Folder}/{id}{Extension}", content);
    }

    public string IdOf(Specification specification) =>
        Convert.ToHexStringLower(
            HMACSHA256.HashData(idKey, CanonicalJson.Of(specification, SpecificationJson.Default.Specification))
        )[..IdLength];

    /// <summary>Null when it was never kept here, or no longer.</summary>
    /// <exception cref="RunnerException">It is there and can't be opened: damaged, or sealed under another key.</exception>
    public Specification? Find(string id)
    {
        if (!IsId(id) || state.Read($"{Folder}/{id}{Extension}") is not { Length: > NonceBytes + TagBytes } content)
        {
            return null;
        }
        var plain = new byte[content.Length - NonceBytes - TagBytes];
        try
        {
            using var cipher = new AesGcm(key, TagBytes);
            cipher.Decrypt(
                content.AsSpan(0, NonceBytes),
                content.AsSpan(NonceBytes + TagBytes),
                content.AsSpan(NonceBytes, TagBytes),
                plain,
                System.Text.Encoding.ASCII.GetBytes(id)
            );
            return JsonSerializer.Deserialize(plain, SpecificationJson.Default.Specification);
        }
        catch (Exception exception) when (exception is CryptographicException or JsonException)
        {
            throw new RunnerException(
                $"The recorded specification {id} can't be opened: it is damaged, or {KeyFile} is not the key it was sealed under.",
                exception
            );
        }
    }

    public IReadOnlyList<string> Ids() =>
        [
            .. Directory
                .EnumerateFiles(state.File(Folder), "*" + Extension)
                .Select(file => Path.GetFileNameWithoutExtension(file))
                .Where(IsId),
        ];

    /// <param name="unless">Asked while nothing can be kept: an action that has begun relies on what it finds here.</param>
    public void Forget(string id, Func<bool> unless)
    {
        lock (keeping)
        {
            if (!unless())
            {
                File.Delete(PathOf(id));
            }
        }
    }

    private string PathOf(string id) => state.File($"{Folder}/{id}{Extension}");

    private static bool IsId(string id) => id.Length == IdLength && id.All(char.IsAsciiHexDigitLower);
}
