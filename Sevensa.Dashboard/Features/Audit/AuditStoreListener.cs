using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>Writes backups into the record, and follows its chain after a restore.</summary>
internal sealed class AuditStoreListener(AuditStore record, AuditHeadFile file) : IStoreListener
{
    public async Task<BackupMark?> BackingUpAsync(string file, bool withKeys, CancellationToken cancellation)
    {
        await record.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "store.backedUp",
                Target: file,
                Detail: withKeys ? "with the key file" : "without the key file"
            ),
            cancellation
        );
        return await record.NewestAsync(cancellation);
    }

    public async Task<(string? Complaint, string Told)> RestoredAsync(
        string name,
        BackupMark? mark,
        CancellationToken cancellation
    )
    {
        var verified = await record.VerifyAsync(cancellation, withFile: false);
        if (verified.Valid && mark is not null && !await record.HasAsync(mark.Number, mark.Hash, cancellation))
        {
            return ($"The audit record in it is not the one that it was made of: row {mark.Number} is another.", "");
        }
        if (!verified.Valid)
        {
            return (
                $"The audit record in it does not hold at row {verified.FirstBad}: {verified.Reason} "
                    + "If the seal is meant, the key file is not the one that belongs to this backup (Security:KeyFile).",
                ""
            );
        }
        var before = file.Newest();
        file.Forget();
        await record.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "store.restored",
                Target: name,
                Detail: before is null
                    ? null
                    : $"The record here went to row {before.Number} before, hash {before.Hash}."
            ),
            cancellation
        );
        return (null, $"The audit record holds: {verified.Checked} rows.");
    }
}
