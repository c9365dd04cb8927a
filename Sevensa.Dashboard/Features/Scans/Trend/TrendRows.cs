using System.Globalization;

namespace Sevensa.Dashboard.Features.Scans.Trend;

/// <summary>How many findings of a kind a tenant had open on a day, as last counted on it. A day without a row was not counted.</summary>
internal sealed class FindingDayRow
{
    public required string Tenant { get; init; }

    /// <summary><c>2026-01-31</c>, by UTC.</summary>
    public required string Day { get; init; }
    public required FindingKind Kind { get; init; }
    public required int Critical { get; init; }
    public required int High { get; init; }
    public required int Medium { get; init; }
    public required int Low { get; init; }
    public required int Unknown { get; init; }

    /// <summary>Of all these, how many were overdue.</summary>
    public required int Overdue { get; init; }
    public required DateTimeOffset CountedAt { get; init; }

    /// <summary>A day as <see cref="Day"/> has it.</summary>
    public static string Word(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}

/// <summary>An image that a tenant runs, or ran until lately: what it no longer runs may have been replaced by one without a finding.</summary>
internal sealed class RunImageRow
{
    public required string Tenant { get; init; }
    public required string ImageId { get; init; }
    public required string Repository { get; init; }

    /// <summary>Since when nothing of the tenant's runs it; null while something does.</summary>
    public DateTimeOffset? LeftAt { get; set; }
}

/// <summary>A vulnerability that a tenant got rid of.</summary>
internal sealed class FindingFixRow
{
    public required string Tenant { get; init; }
    public required string FindingId { get; init; }
    public required string ImageId { get; init; }
    public required Severity Severity { get; init; }
    public required DateTimeOffset OpenSince { get; init; }
    public required DateTimeOffset FixedAt { get; init; }

    /// <summary>A person said so; else another image without it took its image's place.</summary>
    public required bool BySaying { get; init; }
}
