using Sevensa.Dashboard.Features.Scans.Statements;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>What statements (VEX) say of findings, whoever found them.</summary>
internal sealed partial class FindingMerge
{
    private const string NoLongerStated = "No statement speaks of it any more";

    /// <summary>What is said now of what was known and of what was found just now.</summary>
    /// <param name="known">The image's rows; changed in place.</param>
    public void State(IReadOnlyList<FindingRow> known, StatedFindings stated, CancellationToken cancellation)
    {
        if (stated.IsEmpty && !known.Any(row => row.Stated is not null))
        {
            return;
        }
        foreach (var row in known.Union(changed).ToList())
        {
            cancellation.ThrowIfCancellationRequested();
            var (status, why, at) = stated.Of(row);
            if ((row.Stated, row.StatedWhy, row.StatedAt) == (status, why, at))
            {
                continue;
            }
            (row.Stated, row.StatedWhy, row.StatedAt) = (status, why, at);
            See(row, row.Sightings);
            if (row.Presence != Presence.Gone)
            {
                Note(row, row.StateAt(now), why ?? NoLongerStated);
            }
        }
    }
}
