using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Backups;

namespace Sevensa.Dashboard.Features.Audit;

/// <summary>Writes copies of the store into the record, and follows its chain in a copy.</summary>
internal sealed class AuditStoreListener(AuditStore record, AuditVerifier verifier, AuditHeadFile file) : IStoreListener
{
    public IReadOnlyDictionary<string, string> Marks => file.Places;

    public Task<BackupMark?> BackingUpAsync(string file, bool withKeys, CancellationToken cancellation) =>
        NoteAsync("store.backedUp", file, withKeys ? "with the key file" : "without the key file", cancellation);

    public Task<BackupMark?> CopyingAsync(string to, CancellationToken cancellation) =>
        NoteAsync("store.copied", to, null, cancellation);

    public async Task SealingAnewAsync(string what, CancellationToken cancellation) =>
        await NoteAsync("store.sealedAnew", "the key file", what, cancellation);

    public Task<BackupMark?> NewestAsync(CancellationToken cancellation) => record.NewestAsync(cancellation);

    public async Task<(string? Complaint, string Told)> ProveAsync(BackupMark? mark, CancellationToken cancellation)
    {
        var verified = await verifier.VerifyAsync(cancellation);
        if (!verified.Valid)
        {
            return (
                (
                    verified.FirstBad is { } row
                        ? $"The audit record in it does not hold at row {row}: {verified.Reason} "
                        : $"What is chained beside the audit record in it does not hold: {verified.Reason} "
                ) + "If the seal is meant, the key file is not the one that belongs to it (Security:KeyFile).",
                ""
            );
        }
        if (mark is not null && !await record.HasAsync(mark.Number, mark.Hash, cancellation))
        {
            return (
                $"The audit record in it is not the one that it was made of: row {mark.Number} is another, or is missing.",
                ""
            );
        }
        var chained = string.Concat((verified.Records ?? []).Select(one => $", {one.Name}: {one.Checked}"));
        return (
            null,
            mark is null
                ? $"The audit record holds: {verified.Checked} rows{chained}."
                : $"The audit record holds: {verified.Checked} rows, with row {mark.Number} as it was noted{chained}."
        );
    }

    public async Task RestoredAsync(string name, CancellationToken cancellation)
    {
        var before = file.Newest();
        file.Forget();
        await NoteAsync(
            "store.restored",
            name,
            before is null ? null : $"The record here went to row {before.Number} before, hash {before.Hash}.",
            cancellation
        );
    }

    private async Task<BackupMark?> NoteAsync(
        string action,
        string target,
        string? detail,
        CancellationToken cancellation
    )
    {
        await record.AppendAsync(
            new AuditEntry(AuditActor.System, action, Target: target, Detail: detail),
            cancellation
        );
        return await record.NewestAsync(cancellation);
    }
}
