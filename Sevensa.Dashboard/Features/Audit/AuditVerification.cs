using System.Globalization;
using System.Security.Cryptography;
using Sevensa.Dashboard.Platform.Security;

namespace Sevensa.Dashboard.Features.Audit;

/// <param name="FirstBad">Number of the first row that does not hold, null when all do.</param>
/// <param name="Reason">What is wrong with it.</param>
internal sealed record AuditVerification(bool Valid, long Checked, long? FirstBad, string? Reason);

/// <summary>Follows the chain row by row and stops at the first that does not hold.</summary>
/// <param name="signed">Checkpoints whose signature holds, the one in the file among them.</param>
/// <param name="forged">Rows whose checkpoint is signed by somebody else.</param>
internal sealed class AuditWalk(StoreKey key, IReadOnlyList<AuditCheckpoint> signed, IReadOnlySet<long> forged)
{
    private readonly ILookup<long, AuditCheckpoint> signedAt = signed.ToLookup(checkpoint => checkpoint.Number);
    private AuditRow? last;
    private AuditVerification? bad;

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
            last = row;
        }
        return bad is null;
    }

    public AuditVerification End(AuditHead? head)
    {
        var count = last?.Number ?? 0;
        var known = Math.Max(head?.Number ?? 0, signed.Select(checkpoint => checkpoint.Number).DefaultIfEmpty().Max());
        if (bad is null && known > count)
        {
            Bad(count + 1, $"Rows {count + 1} to {known} were cut off the end.");
        }
        else if (
            bad is null
            && last is not null
            && (
                head is null
                || head.Number != count
                || !CryptographicOperations.FixedTimeEquals(head.Mac, AuditChain.Seal(key, last))
            )
        )
        {
            Bad(count, "The seal of the newest row is not this program's: the chain was written by somebody else.");
        }
        return bad ?? new AuditVerification(true, count, null, null);
    }

    private void Bad(long number, string reason) =>
        bad = new AuditVerification(false, (last?.Number ?? 0) + 1, number, reason);
}
