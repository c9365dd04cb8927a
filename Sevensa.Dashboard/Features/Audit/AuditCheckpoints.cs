using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>Says, signed by the product's audit key (ECDSA P-256), that the record had this row at its end once.</summary>
internal sealed class AuditCheckpoint
{
    public required long Number { get; init; }
    public required string Hash { get; init; }
    public required DateTimeOffset At { get; init; }
    public required string KeyId { get; init; }

    /// <summary>Over <see cref="Text"/>, IEEE P1363.</summary>
    public required byte[] Signature { get; init; }

    public static AuditCheckpoint Of(AuditRow row, ProductKey key) =>
        new()
        {
            Number = row.Number,
            Hash = row.Hash,
            At = row.At,
            KeyId = key.Id,
            Signature = key.Sign(Text(row.Number, row.Hash, row.At)),
        };

    public bool IsSignedBy(ProductKey? key) =>
        key is not null
        && key.Id == KeyId
        && key.Key.VerifyData(
            Text(Number, Hash, At),
            Signature,
            HashAlgorithmName.SHA256,
            DSASignatureFormat.IeeeP1363FixedFieldConcatenation
        );

    /// <summary>What is signed: <c>sevensa-audit</c>, number, hash and time (Unix milliseconds), a line each.</summary>
    private static byte[] Text(long number, string hash, DateTimeOffset at) =>
        Encoding.ASCII.GetBytes(
            string.Create(
                CultureInfo.InvariantCulture,
                $"sevensa-audit\n{number}\n{hash}\n{at.ToUnixTimeMilliseconds()}"
            )
        );
}

/// <summary>
/// The newest row's checkpoint outside the store, in two files: one in the store's folder and one beside the key file, which a
/// careful installation keeps elsewhere. Who can write to the store alone can't take the record back to an earlier state, or to
/// nothing. Once the store contradicts them they stay as they are, since they are the evidence.
/// </summary>
internal sealed class AuditHeadFile(IOptions<StorageOptions> storage, StoreKey key, ILogger<AuditHeadFile> log)
{
    private readonly string[] paths = [Path.Combine(storage.Value.Folder, "audit.head"), $"{key.File}.audit-head"];
    private AuditCheckpoint? newest;
    private bool loaded;
    private bool contradicted;
    private readonly HashSet<string> unwritable = [];

    /// <summary>What the files say, that of the highest row first; of none when there are none.</summary>
    public IReadOnlyList<AuditCheckpoint> Read() =>
        [.. paths.Select(Read).OfType<AuditCheckpoint>().OrderByDescending(mark => mark.Number)];

    /// <summary>The highest row that one of the files knows of; null when there is none.</summary>
    public AuditCheckpoint? Newest() => Read() is [var highest, ..] ? highest : null;

    /// <summary>After a row was written, in its turn.</summary>
    /// <param name="before">The row that was at the end until then; zero for none.</param>
    public void Note(AuditCheckpoint fresh, long before)
    {
        if (!loaded)
        {
            (newest, loaded) = (Newest(), true);
        }
        contradicted |= newest is not null && before < newest.Number;
        if (contradicted)
        {
            log.LogError(
                "The audit record ends at row {Before}, and row {Known} was written before: rows were cut off its end. Verify it",
                before,
                newest!.Number
            );
            return;
        }
        newest = fresh;
        foreach (var path in paths)
        {
            Write(path, fresh);
        }
    }

    /// <summary>Another record takes the place of this one, knowingly: what the files say is of the one before.</summary>
    public void Forget()
    {
        foreach (var path in paths)
        {
            File.Delete(path);
        }
        (newest, loaded, contradicted) = (null, true, false);
    }

    private static AuditCheckpoint? Read(string path)
    {
        try
        {
            return File.Exists(path) ? JsonSerializer.Deserialize<AuditCheckpoint>(File.ReadAllBytes(path)) : null;
        }
        catch (JsonException)
        {
            // Cut short by a power failure, or spoilt: it says nothing any more, and the next row writes it anew.
            return null;
        }
    }

    private void Write(string path, AuditCheckpoint fresh)
    {
        var draft = $"{path}.new";
        try
        {
            File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(fresh));
            File.Move(draft, path, overwrite: true);
            unwritable.Remove(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The row is written and sealed; an older file still proves the rows up to its own.
            if (unwritable.Add(path))
            {
                log.LogWarning("{File}, which proves the record, can't be written: {Why}", path, exception.Message);
            }
        }
    }
}
