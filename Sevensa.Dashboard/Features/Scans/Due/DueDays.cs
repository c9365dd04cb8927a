namespace Sevensa.Dashboard.Features.Scans.Due;

/// <summary>Within how many days a finding is to be dealt with, by its severity; null: it is never due.</summary>
/// <param name="Exploited">Of what is known to be exploited (KEV), whatever its severity, where that is sooner.</param>
internal sealed record DueDays(int? Critical, int? High, int? Medium, int? Low, int? Unknown, int? Exploited)
{
    /// <summary>
    /// Of what is reached from outside its host (<see cref="Exposure.Published"/> or wider), whatever its severity, where that is
    /// sooner. What is never due is not due by it either.
    /// </summary>
    public int? Exposed { get; init; }

    /// <summary>Ten years.</summary>
    public const int Most = 3650;

    public int? For(Severity severity, bool exploited)
    {
        var days = severity switch
        {
            Severity.Critical => Critical,
            Severity.High => High,
            Severity.Medium => Medium,
            Severity.Low => Low,
            _ => Unknown,
        };
        return exploited ? Sooner(days, Exploited) : days;
    }

    /// <summary>When a finding is due; null of one that never is.</summary>
    public DateTimeOffset? Of(FindingRow row) =>
        For(row.Severity, row.Exploited) is { } days ? row.OpenSince.AddDays(days) : null;

    /// <summary>Of an image that several tenants run: whoever wants it sooner.</summary>
    public static DueDays Sooner(DueDays one, DueDays other) =>
        new(
            Sooner(one.Critical, other.Critical),
            Sooner(one.High, other.High),
            Sooner(one.Medium, other.Medium),
            Sooner(one.Low, other.Low),
            Sooner(one.Unknown, other.Unknown),
            Sooner(one.Exploited, other.Exploited)
        )
        {
            Exposed = Sooner(one.Exposed, other.Exposed),
        };

    /// <summary>The days of an image that is reached from outside its host.</summary>
    public DueDays WhenExposed() =>
        Exposed is not { } most
            ? this
            : this with
            {
                Critical = Least(Critical, most),
                High = Least(High, most),
                Medium = Least(Medium, most),
                Low = Least(Low, most),
                Unknown = Least(Unknown, most),
                Exploited = Least(Exploited, most),
            };

    private static int? Least(int? days, int most) => days is { } some ? Math.Min(some, most) : null;

    private static int? Sooner(int? one, int? other) =>
        one is null ? other
        : other is null ? one
        : Math.Min(one.Value, other.Value);
}

/// <summary>By which days the findings of one answer are due: those of a tenant, or of whoever runs each image.</summary>
/// <param name="usual">Of every image that is not among the others.</param>
internal sealed class DueBook(DueDays usual, IReadOnlyDictionary<string, DueDays> byImage)
{
    public DueDays Of(string imageId) => byImage.GetValueOrDefault(imageId) ?? usual;

    /// <summary>The same, and sooner of these images, which are reached from outside their hosts.</summary>
    public DueBook WithExposed(IEnumerable<string> images)
    {
        var days = new Dictionary<string, DueDays>(byImage, StringComparer.Ordinal);
        foreach (var image in images)
        {
            var (own, sooner) = (Of(image), Of(image).WhenExposed());
            if (sooner != own)
            {
                days[image] = sooner;
            }
        }
        return new DueBook(usual, days);
    }

    /// <summary>Parts of all images, each with its days; no image is in two of them.</summary>
    public IReadOnlyList<DueGroup> Groups =>
        [
            .. byImage
                .GroupBy(one => one.Value)
                .Select(group => new DueGroup(group.Key, [.. group.Select(one => one.Key)], [])),
            new DueGroup(usual, null, [.. byImage.Keys]),
        ];
}

/// <param name="Images">Null for all but <paramref name="Except"/>.</param>
internal sealed record DueGroup(DueDays Days, IReadOnlyCollection<string>? Images, IReadOnlyCollection<string> Except);
