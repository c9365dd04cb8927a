using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Features.Scans.Judging;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Acceptances of one image whose time is over.</summary>
internal sealed record FindingBatch(string ImageId, IReadOnlyList<FindingRow> Findings);

/// <summary>Writes what is decided about findings, who answers for them, what is said of them, and what changes by itself.</summary>
internal sealed class FindingChangeStore(IDbContextFactory<Store> stores)
{
    /// <summary>Who does what happens by itself.</summary>
    public const string Clock = "clock";

    private const int AtOnce = 50;

    /// <summary>Findings that are told of in one row of the record.</summary>
    private const int Most = 1000;

    /// <param name="owner">Who answers for it, where nobody does yet.</param>
    /// <returns>Null when there is no such finding.</returns>
    public async Task<FindingRow?> DecideAsync(
        string id,
        Decision decision,
        string by,
        FindingOwner? owner,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if (await store.Set<FindingRow>().SingleOrDefaultAsync(row => row.Id == id, cancellation) is not { } finding)
        {
            return null;
        }
        (finding.State, finding.Reason, finding.Until, finding.DecidedBy) = (
            decision.State,
            decision.Reason,
            decision.Until,
            by
        );
        (finding.Judged, finding.Justification) = (decision.Judged, decision.Justification);
        store.Add(
            new FindingDecisionRow
            {
                FindingId = finding.Id,
                State = decision.State,
                Reason = decision.Reason,
                Judged = decision.Judged,
                Justification = decision.Justification,
                Until = decision.Until,
                By = by,
                At = now,
            }
        );
        if (owner is not null && finding.OwnerId is null)
        {
            (finding.OwnerId, finding.OwnerName) = (owner.Id, owner.Name);
        }
        await store.SaveChangesAsync(cancellation);
        return finding;
    }

    /// <returns>Null when there is no such finding.</returns>
    public async Task<FindingRow?> AssignAsync(
        string id,
        FindingOwner? owner,
        string by,
        DateTimeOffset now,
        CancellationToken cancellation
    ) =>
        await ChangeAsync(
            id,
            row => (row.OwnerId, row.OwnerName) = (owner?.Id, owner?.Name),
            FindingDeed.Assigned,
            owner?.Name,
            by,
            now,
            cancellation
        );

    /// <returns>Null when there is no such finding.</returns>
    public async Task<FindingRow?> CommentAsync(
        string id,
        string comment,
        string by,
        DateTimeOffset now,
        CancellationToken cancellation
    ) => await ChangeAsync(id, row => row.Comment = comment, FindingDeed.Commented, comment, by, now, cancellation);

    /// <summary>Acceptances whose time is over, of one image after the other.</summary>
    /// <returns>Null when there are none.</returns>
    public async Task<FindingBatch?> EndedAsync(DateTimeOffset now, CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var ended = store
            .Set<FindingRow>()
            .AsNoTracking()
            .Where(row => row.State == FindingState.Accepted && row.Until != null && row.Until <= now);
        var image = await ended.OrderBy(row => row.Until).Select(row => row.ImageId).FirstOrDefaultAsync(cancellation);
        return image is null
            ? null
            : new FindingBatch(
                image,
                await ended
                    .Where(row => row.ImageId == image)
                    .OrderBy(row => row.Id)
                    .Take(Most)
                    .ToListAsync(cancellation)
            );
    }

    /// <summary>Opens them again.</summary>
    public Task EndAsync(IReadOnlyList<FindingRow> findings, DateTimeOffset now, CancellationToken cancellation) =>
        InPiecesAsync(
            findings,
            row => row.State == FindingState.Accepted && row.Until <= now,
            row =>
            {
                var why = StoreText.Cut($"The time of its acceptance is over: {row.Reason}", 1000);
                (row.State, row.Reason, row.Until, row.DecidedBy) = (FindingState.Open, why, null, Clock);
                return (FindingDeed.Ended, why);
            },
            now,
            cancellation
        );

    /// <summary>Everybody who answers for a finding, with the images in which they do.</summary>
    public async Task<ILookup<FindingOwner, string>> OwnersAsync(CancellationToken cancellation)
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        var rows = await store
            .Set<FindingRow>()
            .Where(row => row.OwnerId != null)
            .GroupBy(row => new { row.OwnerId, row.ImageId })
            .Select(group => new
            {
                group.Key.OwnerId,
                group.Key.ImageId,
                Name = group.Max(row => row.OwnerName),
            })
            .ToListAsync(cancellation);
        return rows.ToLookup(row => new FindingOwner(row.OwnerId!, row.Name ?? row.OwnerId!), row => row.ImageId);
    }

    /// <summary>What somebody answers for in one image.</summary>
    public async Task<IReadOnlyList<FindingRow>> OwnedAsync(
        string owner,
        string imageId,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        return await store
            .Set<FindingRow>()
            .AsNoTracking()
            .Where(row => row.OwnerId == owner && row.ImageId == imageId)
            .OrderBy(row => row.Id)
            .Take(Most)
            .ToListAsync(cancellation);
    }

    /// <summary>Nobody answers for them any more.</summary>
    public Task DisownAsync(
        IReadOnlyList<FindingRow> findings,
        string why,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var owner = findings[0].OwnerId;
        return InPiecesAsync(
            findings,
            row => row.OwnerId == owner,
            row =>
            {
                (row.OwnerId, row.OwnerName) = (null, null);
                return (FindingDeed.Assigned, why);
            },
            now,
            cancellation
        );
    }

    private async Task<FindingRow?> ChangeAsync(
        string id,
        Action<FindingRow> change,
        FindingDeed deed,
        string? words,
        string by,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        await using var store = await stores.CreateDbContextAsync(cancellation);
        if (await store.Set<FindingRow>().SingleOrDefaultAsync(row => row.Id == id, cancellation) is not { } finding)
        {
            return null;
        }
        change(finding);
        store.Add(Note(finding, deed, words, by, now));
        await store.SaveChangesAsync(cancellation);
        return finding;
    }

    /// <param name="still">Looked at again beside the write: somebody may have decided meanwhile.</param>
    /// <param name="change">Gives what is told of it.</param>
    private async Task InPiecesAsync(
        IReadOnlyList<FindingRow> findings,
        Func<FindingRow, bool> still,
        Func<FindingRow, (FindingDeed Deed, string Words)> change,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var piece = new PieceSize(AtOnce);
        for (var at = 0; at < findings.Count; )
        {
            string[] ids = [.. findings.Skip(at).Take(piece.Rows).Select(row => row.Id)];
            await using var store = await stores.CreateDbContextAsync(cancellation);
            await piece.WriteAsync(
                store,
                async some =>
                {
                    var rows = await some.Set<FindingRow>()
                        .Where(row => ids.Contains(row.Id))
                        .ToListAsync(cancellation);
                    foreach (var row in rows.Where(still))
                    {
                        var (deed, words) = change(row);
                        some.Add(Note(row, deed, words, Clock, now));
                    }
                    return await some.SaveChangesAsync(cancellation);
                },
                cancellation
            );
            at += ids.Length;
        }
    }

    private static FindingDecisionRow Note(
        FindingRow finding,
        FindingDeed deed,
        string? words,
        string by,
        DateTimeOffset now
    ) =>
        new()
        {
            FindingId = finding.Id,
            Deed = deed,
            State = finding.State,
            Reason = words,
            By = by,
            At = now,
        };
}
