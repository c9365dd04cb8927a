using System.Globalization;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Audit;

/// <param name="Valid">Whether the record and everything that is chained beside it holds.</param>
/// <param name="FirstBad">Number of the record's first row that does not hold, null when all do.</param>
/// <param name="Reason">What is wrong with it, or with the first of what is beside it.</param>
/// <param name="Records">What features chain beside the record.</param>
internal sealed record AuditVerification(
    bool Valid,
    long Checked,
    long? FirstBad,
    string? Reason,
    IReadOnlyList<ChainVerification>? Records = null
);

/// <summary>Verifies the record, what features chain beside it, and that nothing there is older than it.</summary>
internal sealed class AuditVerifier(
    AuditStore record,
    IEnumerable<IChainedRecord> chained,
    IEnumerable<IRecordWitness> witnesses,
    TimeProvider time
)
{
    /// <summary>A first start makes its accounts before it writes its first row; a slow machine takes a while between the two.</summary>
    private static readonly TimeSpan FirstStart = TimeSpan.FromMinutes(10);

    public async Task<AuditVerification> VerifyAsync(CancellationToken cancellation)
    {
        // The record first: what is read after it is at least as new as what it tells.
        var (verified, told, first) = await record.FollowAsync(cancellation);
        if (verified.Valid && await OlderAsync(first ?? time.GetUtcNow(), cancellation) is { } older)
        {
            verified = verified with { Valid = false, FirstBad = 1, Reason = older };
        }
        var records = new List<ChainVerification>();
        foreach (var one in chained)
        {
            records.Add(await one.VerifyAsync(told, cancellation));
        }
        if (verified.Valid && records.Exists(one => one.Untold.Count > 0))
        {
            // Begun after the record was read, or of a record that was emptied: now it must be told of.
            var now = (await record.FollowAsync(cancellation)).Told;
            records = [.. records.Select(one => Untold(one, now))];
        }
        var bad = records.Find(one => !one.Valid);
        return verified with
        {
            Valid = verified.Valid && bad is null,
            Reason =
                verified.Reason ?? (bad is null ? null : $"The {bad.Name} do not hold at {bad.FirstBad}: {bad.Reason}"),
            Records = records,
        };
    }

    private static ChainVerification Untold(ChainVerification one, ToldChains told) =>
        one.Valid && one.Untold.FirstOrDefault(chain => told.Farthest(chain) == 0) is { } chain
            ? one with
            {
                FirstBad = $"{chain[(chain.IndexOf('/', StringComparison.Ordinal) + 1)..]}/1",
                Reason = "It is there, and the record tells nothing of it: rows of the record were taken away.",
            }
            : one;

    private async Task<string?> OlderAsync(DateTimeOffset first, CancellationToken cancellation)
    {
        foreach (var witness in witnesses)
        {
            if (await witness.OldestAsync(cancellation) is { } oldest && oldest + FirstStart < first)
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"There are {witness.Things} since {oldest:yyyy-MM-dd HH:mm:ss} UTC, and the record begins on {first:yyyy-MM-dd HH:mm:ss}: it was emptied."
                );
            }
        }
        return null;
    }
}

/// <summary>Follows the chain row by row and stops at the first that does not hold.</summary>
/// <param name="signed">Checkpoints whose signature holds, the one in the file among them.</param>
/// <param name="forged">Rows whose checkpoint is signed by somebody else.</param>
internal sealed class AuditWalk(StoreKey key, IReadOnlyList<AuditCheckpoint> signed, IReadOnlySet<long> forged)
{
    private readonly ILookup<long, AuditCheckpoint> signedAt = signed.ToLookup(checkpoint => checkpoint.Number);

    private AuditRow? last;
    private AuditVerification? bad;

    /// <summary>When the first row was written; null when there is none.</summary>
    public DateTimeOffset? First { get; private set; }

    /// <summary>What the rows that hold tell of other chains.</summary>
    public ToldChains Told { get; } = new();

    public bool Step(AuditRow row)
    {
        var expected = (last?.Number ?? 0) + 1;
        if (row.Number != expected)
        {
            Bad(expected, $"Row {expected} is missing; the next one there is {row.Number}.");
        }
        else if (row.Previous != (last?.Hash ?? AuditChain.Origin))
        {
            Bad(row.Number, "It does not continue the row before it.");
        }
        else if (AuditChain.HashOf(row) != row.Hash)
        {
            Bad(row.Number, "Its content is not what was written: the hash differs.");
        }
        else if (signedAt[row.Number].FirstOrDefault(checkpoint => checkpoint.Hash != row.Hash) is { } other)
        {
            Bad(
                row.Number,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"It is not the row that was signed on {other.At:yyyy-MM-dd HH:mm:ss} UTC: it and rows before it, back to the last signed one, were replaced."
                )
            );
        }
        else if (forged.Contains(row.Number))
        {
            Bad(row.Number, "Its checkpoint is not signed by this program.");
        }
        else
        {
            First ??= row.At;
            last = row;
            if (AuditChain.MarkOf(row) is { } mark)
            {
                Told.Add(mark);
            }
        }
        return bad is null;
    }

    /// <param name="head">The seal of the newest row.</param>
    /// <param name="begun">When the record's key was made, in one transaction with its first row; null when there is none.</param>
    public AuditVerification End(AuditHead? head, DateTimeOffset? begun)
    {
        var count = last?.Number ?? 0;
        if (bad is null && forged.Any(number => number > count))
        {
            Bad(
                count + 1,
                "A mark of a later row is there that is not signed by this program: its key was taken away."
            );
        }
        if (bad is null && begun is { } at && First != at)
        {
            Bad(
                1,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"The record was begun on {at:yyyy-MM-dd HH:mm:ss.fff} UTC, and its first row is not of then: it was emptied."
                )
            );
        }
        var known = Math.Max(head?.Number ?? 0, signed.Select(checkpoint => checkpoint.Number).DefaultIfEmpty().Max());
        if (bad is null && known > count)
        {
            Bad(count + 1, $"Rows {count + 1} to {known} were cut off the end.");
        }
        else if (
            bad is null
            && last is not null
            && (head is null || head.Number != count || !AuditChain.IsSealed(key, last, head.Mac))
        )
        {
            Bad(count, "The seal of the newest row is not this program's: the chain was written by somebody else.");
        }
        return bad ?? new AuditVerification(true, count, null, null);
    }

    private void Bad(long number, string reason) =>
        bad = new AuditVerification(false, (last?.Number ?? 0) + 1, number, reason);
}
