using System.Buffers;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>A backup that is read: its manifest, and its parts, each of which is held against what the manifest says of it.</summary>
internal sealed class BackupArchive : IAsyncDisposable
{
    private readonly string file;
    private readonly ZipArchive zip;

    private BackupArchive(string file, ZipArchive zip, BackupManifest manifest) =>
        (this.file, this.zip, Manifest) = (file, zip, manifest);

    public BackupManifest Manifest { get; }

    /// <param name="scratch">Where one under a passphrase is opened.</param>
    /// <exception cref="StoreException">It can't be read, or is none.</exception>
    public static async Task<BackupArchive> OpenAsync(
        string file,
        string? passphraseFile,
        ScratchFolder scratch,
        CancellationToken cancellation
    )
    {
        try
        {
            var plain = await PlainAsync(file, passphraseFile, scratch, cancellation);
            var zip = await ZipFile.OpenReadAsync(plain, cancellation);
            try
            {
                return new(file, zip, await ManifestAsync(zip, file, cancellation));
            }
            catch
            {
                await zip.DisposeAsync();
                throw;
            }
        }
        catch (InvalidDataException exception)
        {
            throw new StoreException(
                $"{file} can't be read as a backup: it is cut off, changed, or no backup at all. {exception.Message}",
                exception
            );
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StoreException($"{file} can't be read as a backup: {exception.Message}", exception);
        }
    }

    /// <summary>That every part is there, of its length and with its sum, and nothing besides.</summary>
    /// <exception cref="StoreException">One is not.</exception>
    public async Task CheckPartsAsync(CancellationToken cancellation)
    {
        if (Manifest.Parts is not { } parts)
        {
            return;
        }
        foreach (var part in parts)
        {
            await CopyAsync(part.Name, Stream.Null, cancellation);
        }
        var strange = zip
            .Entries.Select(entry => entry.FullName)
            .Except([.. parts.Select(part => part.Name), BackupManifest.Entry], StringComparer.Ordinal)
            .FirstOrDefault();
        if (strange is not null)
        {
            throw new StoreException($"{file} holds {strange}, which its manifest does not know: it was changed.");
        }
    }

    public bool Has(string part) => zip.GetEntry(part) is not null;

    /// <exception cref="StoreException">It is missing, or not what the manifest says.</exception>
    public async Task ExtractAsync(string part, string to, CancellationToken cancellation)
    {
        await using var target = new FileStream(to, DurableFile.OwnerOnly());
        await CopyAsync(part, target, cancellation);
        target.Flush(flushToDisk: true);
    }

    /// <summary>A table's rows, one JSON object a line.</summary>
    public async IAsyncEnumerable<string> LinesAsync(
        string part,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation
    )
    {
        await using var stream = await Part(part).OpenAsync(cancellation);
        using var reader = new StreamReader(stream);
        while (await reader.ReadLineAsync(cancellation) is { } line)
        {
            yield return line;
        }
    }

    public ValueTask DisposeAsync() => zip.DisposeAsync();

    private async Task CopyAsync(string part, Stream target, CancellationToken cancellation)
    {
        long bytes = 0;
        using var sum = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = ArrayPool<byte>.Shared.Rent(128 * 1024);
        try
        {
            await using var source = await Part(part).OpenAsync(cancellation);
            while (await source.ReadAsync(buffer, cancellation) is > 0 and var read)
            {
                sum.AppendData(buffer, 0, read);
                bytes += read;
                await target.WriteAsync(buffer.AsMemory(0, read), cancellation);
            }
        }
        catch (InvalidDataException exception)
        {
            throw new StoreException($"{part} in {file} was changed or is damaged: {exception.Message}", exception);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
        if (Manifest.Parts is not { } parts)
        {
            return;
        }
        if (parts.FirstOrDefault(one => one.Name == part) is not { } noted)
        {
            throw new StoreException($"{file} holds {part}, which its manifest does not know: it was changed.");
        }
        var found = Convert.ToHexStringLower(sum.GetHashAndReset());
        if (bytes != noted.Bytes || found != noted.Sha256)
        {
            throw new StoreException(
                $"{part} in {file} was changed: it is not what was written (it has {bytes} bytes and the sum {found}, and the manifest says {noted.Bytes} bytes and {noted.Sha256})."
            );
        }
    }

    private ZipArchiveEntry Part(string name) =>
        zip.GetEntry(name) ?? throw new StoreException($"{name} is missing in {file}. The backup is not whole.");

    private static async Task<string> PlainAsync(
        string file,
        string? passphraseFile,
        ScratchFolder scratch,
        CancellationToken cancellation
    )
    {
        await using var given = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.Read);
        if (!await SealedArchive.IsOneAsync(given, cancellation))
        {
            return passphraseFile is null
                ? file
                : throw new StoreException(
                    $"{file} is not sealed, and a passphrase was given: it is not the archive that was sealed under it. Leave --passphrase-file out to read it anyway."
                );
        }
        if (passphraseFile is null)
        {
            throw new StoreException($"{file} is under a passphrase. Name its file: --passphrase-file FILE.");
        }
        var passphrase = await SealedArchive.PassphraseAsync(passphraseFile, cancellation);
        var plain = scratch.File("archive.zip");
        await using var target = new FileStream(plain, DurableFile.OwnerOnly());
        await SealedArchive.OpenAsync(given, target, passphrase, cancellation);
        return plain;
    }

    private static async Task<BackupManifest> ManifestAsync(ZipArchive zip, string file, CancellationToken cancellation)
    {
        if (zip.GetEntry(BackupManifest.Entry) is not { } entry)
        {
            throw new StoreException($"{file} is an archive, but not a backup of this program.");
        }
        BackupManifest? manifest;
        try
        {
            await using var stream = await entry.OpenAsync(cancellation);
            manifest = await JsonSerializer.DeserializeAsync<BackupManifest>(stream, cancellationToken: cancellation);
        }
        catch (JsonException exception)
        {
            throw new StoreException($"The manifest in {file} can't be read: {exception.Message}", exception);
        }
        return manifest switch
        {
            { Format: BackupManifest.Newest, Tables: not null, Parts: not null, Schema: not null } or { Format: 1 } =>
                manifest,
            _ => throw new StoreException(
                $"{file} was written by version {manifest?.Version}, in a form that this version does not read. Restore it with that version."
            ),
        };
    }
}
