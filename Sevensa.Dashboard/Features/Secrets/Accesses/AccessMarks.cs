namespace Sevensa.Dashboard.Features.Secrets.Accesses;

/// <summary>What is unusual about an access, in the light of what is known from before it.</summary>
internal enum AccessMark
{
    /// <summary>This reader had not used this secret before.</summary>
    NewReader,

    /// <summary>This reader had not come from this address before.</summary>
    NewAddress,

    /// <summary>This reader, who comes often, had never come about this hour (UTC).</summary>
    NewHour,

    /// <summary>Far more at once than this reader ever used.</summary>
    Burst,
}

/// <summary>
/// Marks accesses in the order in which they happened. What is known from before has to reach far enough back: where nothing is
/// known, nothing is unusual.
/// </summary>
/// <param name="since">From when on all accesses are given.</param>
internal sealed class AccessMarking(DateTimeOffset since)
{
    /// <summary>So much has to be known before somebody or an address is new.</summary>
    public static readonly TimeSpan Learning = TimeSpan.FromDays(1);

    /// <summary>A reader's hours are known after so many days, and so many accesses.</summary>
    public const int DaysForHours = 7;
    public const int AccessesForHours = 20;

    public const int BurstOf = 20;
    private const int BurstTimes = 4;
    private static readonly TimeSpan BurstWithin = TimeSpan.FromMinutes(5);

    private readonly Dictionary<string, Reader> readers = [];
    private readonly HashSet<(string Tenant, string Path, string Identity)> seen = [];

    /// <summary>Each access has to be later than the ones before.</summary>
    public IReadOnlyList<AccessMark> Next(AuditLine access)
    {
        var marks = new List<AccessMark>();
        if (!readers.TryGetValue(access.Identity, out var reader))
        {
            readers[access.Identity] = reader = new Reader(access.At);
        }
        var isKnownTime = access.At - since >= Learning;
        if (seen.Add((access.Tenant, access.Path, access.Identity)) && isKnownTime)
        {
            marks.Add(AccessMark.NewReader);
        }
        // Somebody who is new altogether comes from a new address by nature.
        if (
            access.Address is { } address
            && reader.Addresses.Add(address)
            && reader.Count > 0
            && access.At - reader.First >= Learning
        )
        {
            marks.Add(AccessMark.NewAddress);
        }
        if (reader.IsNewHour(access.At))
        {
            marks.Add(AccessMark.NewHour);
        }
        reader.Takes(access.At);
        if (isKnownTime && reader.IsBurst)
        {
            marks.Add(AccessMark.Burst);
        }
        return marks;
    }

    private sealed class Reader(DateTimeOffset first)
    {
        private readonly HashSet<DateOnly> days = [];
        private readonly bool[] hours = new bool[24];

        /// <summary>The stretch of <see cref="BurstWithin"/> that goes on, how many there were in it, and the most in one before.</summary>
        private (long Stretch, int Count, int Most) lately;

        public DateTimeOffset First => first;
        public int Count { get; private set; }
        public HashSet<string> Addresses { get; } = new(StringComparer.Ordinal);

        public bool IsNewHour(DateTimeOffset at) =>
            Count >= AccessesForHours
            && days.Count >= DaysForHours
            && !hours[at.Hour]
            && !hours[(at.Hour + 1) % 24]
            && !hours[(at.Hour + 23) % 24];

        public bool IsBurst => lately.Count >= BurstOf && lately.Count > BurstTimes * lately.Most;

        public void Takes(DateTimeOffset at)
        {
            Count++;
            days.Add(DateOnly.FromDateTime(at.UtcDateTime));
            hours[at.Hour] = true;
            var stretch = at.UtcTicks / BurstWithin.Ticks;
            lately =
                stretch == lately.Stretch
                    ? lately with
                    {
                        Count = lately.Count + 1,
                    }
                    : (stretch, 1, Math.Max(lately.Most, lately.Count));
        }
    }
}
