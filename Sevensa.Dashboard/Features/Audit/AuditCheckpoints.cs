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
    private bool contradicted;

    /// <summary>Where they are, by the names that they have in a backup.</summary>
    public IReadOnlyDictionary<string, string> Places =>
        new Dictionary<string, string> { ["audit.head"] = paths[0], ["key.audit-head"] = paths[1] };

    /// <summary>Those whose content is known, since they were read or written.</summary>
    private readonly HashSet<string> known = [];
    private readonly HashSet<string> troubled = [];

    /// <summary>What the files say, that of the highest row first; of none when there are none.</summary>
    public IReadOnlyList<AuditCheckpoint> Read() =>
        [
            .. paths
                .Select(path => TryRead(path, out var mark) ? mark : null)
                .OfType<AuditCheckpoint>()
                .OrderByDescending(mark => mark.Number),
        ];

    /// <summary>The highest row that one of the files knows of; null when there is none.</summary>
    public AuditCheckpoint? Newest() => Read() is [var highest, ..] ? highest : null;

    /// <summary>After a row was written, in its turn. What goes wrong with a file is in the log: the row is there.</summary>
    /// <param name="before">The row that was at the end until then; zero for none.</param>
    public void Note(AuditCheckpoint fresh, long before)
    {
        foreach (var path in paths.Where(path => !known.Contains(path)))
        {
            // One that can't be read stays as it is until it can: it may be the evidence.
            if (TryRead(path, out var mark))
            {
                known.Add(path);
                newest = mark is not null && mark.Number > (newest?.Number ?? 0) ? mark : newest;
            }
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
        foreach (var path in known)
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
            known.Add(path);
        }
        (newest, contradicted) = (null, false);
    }

    /// <returns>Whether it is known what the file says: nothing (null), when it is not there.</returns>
    private bool TryRead(string path, out AuditCheckpoint? mark)
    {
        mark = null;
        try
        {
            mark = File.Exists(path) ? JsonSerializer.Deserialize<AuditCheckpoint>(File.ReadAllBytes(path)) : null;
            return true;
        }
        catch (JsonException)
        {
            // Cut short by a power failure, or spoilt: it says nothing any more, and the next row writes it anew.
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Trouble(path, "read", exception);
            return false;
        }
    }

    private void Write(string path, AuditCheckpoint fresh)
    {
        var draft = $"{path}.new";
        try
        {
            File.WriteAllBytes(draft, JsonSerializer.SerializeToUtf8Bytes(fresh));
            File.Move(draft, path, overwrite: true);
            lock (troubled)
            {
                troubled.Remove(path);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The row is written and sealed; an older file still proves the rows up to its own.
            Trouble(path, "written", exception);
        }
    }

    private void Trouble(string path, string what, Exception why)
    {
        // Read from a verification too, beside the one who writes.
        lock (troubled)
        {
            if (troubled.Add(path))
            {
                log.LogWarning("{File}, which proves the record, can't be {What}: {Why}", path, what, why.Message);
            }
        }
    }
}
