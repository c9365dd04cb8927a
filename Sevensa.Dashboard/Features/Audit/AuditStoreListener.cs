using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>Writes backups into the record, and follows its chain after a restore.</summary>
internal sealed class AuditStoreListener(AuditStore record, AuditHeadFile file) : IStoreListener
{
    public Task BackingUpAsync(string file, bool withKeys, CancellationToken cancellation) =>
        record.AppendAsync(
            new AuditEntry(
                AuditActor.System,
                "store.backedUp",
                Target: file,
                Detail: withKeys ? "with the key file" : "without the key file"
            ),
            cancellation
        );

    public async Task<(string? Complaint, string Told)> RestoredAsync(string name, CancellationToken cancellation)
    {
        var verified = await record.VerifyAsync(cancellation, withFile: false);
        if (!verified.Valid)
        {
            return (
                $"The audit record in it does not hold at row {verified.FirstBad}: {verified.Reason} "
                    + "If the seal is meant, the key file is not the one that belongs to this backup (Security:KeyFile).",
                ""
            );
        }
        var before = file.Read();
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
