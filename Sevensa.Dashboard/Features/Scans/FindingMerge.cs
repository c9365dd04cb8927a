using System.Buffers;
using System.Security.Cryptography;
using System.Text;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>
/// What a report changes in the findings of its image. A finding's name is its vulnerability (by any of its ids), package,
/// version and place, so that another format, scanner or archive means the same one, and what was decided of it stays.
/// </summary>
internal sealed partial class FindingMerge
{
    public const string SeenAgain = "Reported again";
    public const string NotSeen = "No longer reported";
    private const string By = "scan";

    /// <summary>What nobody reported for so long is open anew when it is seen again; before that its time goes on.</summary>
    private static readonly TimeSpan Forgotten = TimeSpan.FromDays(30);
    private const int LookForCancellationEvery = 1024;

    private readonly FindingNames names;
    private readonly HashSet<FindingRow> seen;
    private readonly HashSet<FindingRow> changed;
    private readonly string[] firstSightings = new string[Enum.GetValues<Severity>().Length];
    private readonly string imageId;
    private readonly string scanner;
    private readonly DateTimeOffset now;
    private readonly IReadOnlyDictionary<(string, string), DateTimeOffset> earlier;

    private FindingMerge(
        string imageId,
        string scanner,
        DateTimeOffset now,
        int entries,
        IReadOnlyDictionary<(string, string), DateTimeOffset> earlier
    )
    {
        // Sized at once: what outgrows itself leaves large pieces behind.
        names = new(entries);
        seen = new(entries);
        changed = new(entries);
        this.imageId = imageId;
        this.scanner = scanner;
        this.now = now;
        this.earlier = earlier;
    }

    /// <summary>Rows to write: new ones, and those whose sightings or words changed.</summary>
    public IReadOnlyCollection<FindingRow> Changed => changed;

    /// <summary>How many entries of the report that nobody rated are other names of what it rates.</summary>
    public int UnratedOtherNames { get; private set; }

    /// <summary>Ids of those that a person had called fixed and that are reported again.</summary>
    public List<string> Reopened { get; } = [];

    public List<FindingDecisionRow> Decisions { get; } = [];

    /// <param name="known">The image's rows; changed in place.</param>
    /// <param name="findings">Of the kinds that the report may speak for.</param>
    /// <param name="closing">Kinds of which what it lacks is gone, so far as this scanner is concerned.</param>
    /// <param name="earlier">Since when the image before this one has it open, by vulnerability and package: a new build buys no time.</param>
    public static FindingMerge Of(
        string imageId,
        string scanner,
        IReadOnlyList<FindingRow> known,
        IReadOnlyList<CountedFinding> findings,
        IReadOnlySet<FindingKind> closing,
        IReadOnlySet<string> notLookedFor,
        DateTimeOffset now,
        CancellationToken cancellation,
        IReadOnlyDictionary<(string, string), DateTimeOffset>? earlier = null
    )
    {
        var merge = new FindingMerge(
            imageId,
            scanner,
            now,
            known.Count + findings.Count,
            earlier ?? new Dictionary<(string, string), DateTimeOffset>()
        );
        // What is seen now has a name before what had it once.
        foreach (var row in known.Where(row => row.Presence != Presence.Gone))
        {
            merge.names.Enter(row);
        }
        foreach (var row in known.Where(row => row.Presence == Presence.Gone))
        {
            merge.names.Enter(row);
        }
        foreach (var (index, finding) in findings.Index())
        {
            if (index % LookForCancellationEvery == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
            merge.Take(finding);
        }
        foreach (var row in known)
        {
            if (
                closing.Contains(row.Kind)
                && !merge.seen.Contains(row)
                && Sightings.Has(row.Sightings, scanner)
                && WasLookedFor(row, notLookedFor)
            )
            {
                merge.See(row, Sightings.Without(row.Sightings, scanner));
            }
        }
        return merge;
    }

    private static bool WasLookedFor(FindingRow row, IReadOnlySet<string> notLookedFor)
    {
        if (notLookedFor.Count == 0)
        {
            return true;
        }
        for (var name = row.Vulnerability; name.Length > 0; name = name[..Math.Max(0, name.LastIndexOf('/'))])
        {
            if (notLookedFor.Contains(name))
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>That about which somebody decided, else the one that has the common name.</summary>
    private static bool IsBefore(FindingRow one, FindingRow other) =>
        IsJudged(one) != IsJudged(other)
            ? IsJudged(one)
            : Makers.IsCve(one.Vulnerability) && !Makers.IsCve(other.Vulnerability);

    private static bool IsJudged(FindingRow row) => row.State is FindingState.Accepted or FindingState.NotAffected;

    private void Take(CountedFinding counted)
    {
        var found = counted.Finding;
        var known = names.Find(counted);
        if (known is not null && !FindingNames.HasOneName(found))
        {
            known = Join(known, counted);
        }
        if (known is not { } row)
        {
            row = New(counted);
            names.Enter(row);
        }
        else if (Rename(row, found))
        {
            names.Enter(row);
        }
        var again = !seen.Add(row);
        row.FixedVersion =
            found.FixedVersion ?? (again || Sightings.HasOther(row.Sightings, scanner) ? row.FixedVersion : null);
        (row.Title, row.Url) = (found.Title ?? row.Title, found.Url ?? row.Url);
        row.Score = again ? Most(row.Score, found.Score) : found.Score ?? row.Score;
        row.Epss = found.Epss ?? row.Epss;
        row.Ecosystem = found.Ecosystem ?? row.Ecosystem;
        row.Exploited |= found.Exploited;
        if (row.Presence == Presence.Gone && now - row.LastSeenAt > Forgotten)
        {
            row.OpenSince = now;
        }
        row.LastSeenAt = now;
        if (found.Suppressed is not null)
        {
            row.SuppressedWhy = found.Suppressed;
        }
        Severity? severity = found.Suppressed is null ? found.Severity : null;
        // Two entries that are one vulnerability: the worse of them counts.
        if (again && Sightings.Read(row.Sightings) is { Presence: Presence.Seen } before)
        {
            if (severity == Severity.Unknown && before.Severity != Severity.Unknown)
            {
                UnratedOtherNames++;
            }
            severity = severity is null || before.Severity > severity ? before.Severity : severity;
        }
        See(row, Sighted(row.Sightings, severity));
        if (row is { State: FindingState.Fixed, Presence: Presence.Seen })
        {
            (row.State, row.Reason, row.Until, row.DecidedBy) = (FindingState.Open, SeenAgain, null, By);
            row.Judged = null;
            Reopened.Add(row.Id);
            Note(row, FindingState.Open, SeenAgain);
        }
        changed.Add(row);
    }

    /// <summary>Most findings are new and seen by one scanner: they share one text for each severity.</summary>
    private string Sighted(string sightings, Severity? severity) =>
        sightings.Length == 0 && severity is { } known
            ? firstSightings[(int)known] ??= Sightings.With("", scanner, known)
            : Sightings.With(sightings, scanner, severity);

    private void See(FindingRow row, string sightings)
    {
        var before = row.Presence;
        row.Sightings = sightings;
        (row.Presence, var severity) = Sightings.Read(sightings);
        if (row.Presence == Presence.Seen)
        {
            row.Severity = severity;
            row.Presence = row.IsCleared ? Presence.Suppressed : Presence.Seen;
        }
        changed.Add(row);
        // What a person judged stays judged while nobody reports it; the record says that it was gone.
        if (IsJudged(row) && before != row.Presence)
        {
            if (row.Presence == Presence.Gone)
            {
                Note(row, FindingState.Fixed, NotSeen);
            }
            else if (before == Presence.Gone)
            {
                Note(row, row.State, SeenAgain);
            }
        }
    }

    private void Note(FindingRow row, FindingState state, string reason) =>
        Decisions.Add(
            new FindingDecisionRow
            {
                FindingId = row.Id,
                State = state,
                Reason = reason,
                By = By,
                At = now,
            }
        );

    /// <summary>
    /// Two scanners called one vulnerability by different names, and a third has now said both: one row stays, that about which
    /// somebody decided before any other, and what the other's scanners see is seen there.
    /// </summary>
    private FindingRow Join(FindingRow row, CountedFinding counted)
    {
        string[] ids = [.. FindingNames.Ids(counted.Finding).Where(id => Makers.IsCve(id) || Makers.IsGhsa(id))];
        if (ids.Count(Makers.IsCve) > 1)
        {
            // An advisory about several.
            return row;
        }
        foreach (var id in ids)
        {
            if (names.Find(counted, id) is { } other && other != row && other.Vulnerability != row.Vulnerability)
            {
                var (stays, goes) = IsBefore(other, row) ? (other, row) : (row, other);
                var sightings = Sightings.Joined(stays.Sightings, goes.Sightings);
                See(goes, "");
                See(stays, sightings);
                names.Replace(goes, stays);
                row = stays;
            }
        }
        return row;
    }

    /// <returns>Whether it is now known by names that it did not have.</returns>
    private static bool Rename(FindingRow row, ReportedFinding found)
    {
        var names = row.Aliases.Split(' ', StringSplitOptions.RemoveEmptyEntries).Append(row.Vulnerability).ToList();
        var learned = FindingNames.Ids(found).Except(names, StringComparer.OrdinalIgnoreCase).ToList();
        if (learned.Count == 0)
        {
            return false;
        }
        names.AddRange(learned);
        row.Vulnerability = Makers.IsCve(row.Vulnerability) ? row.Vulnerability : Best(row.Vulnerability, learned);
        row.Aliases = Joined(names.Where(name => name != row.Vulnerability));
        return true;
    }

    private FindingRow New(CountedFinding counted)
    {
        var found = counted.Finding;
        var ids = FindingNames.HasOneName(found) ? [] : FindingNames.Ids(found).ToList();
        var name = found.Kind == FindingKind.Vulnerability ? Best(found.Vulnerability, ids) : found.Vulnerability;
        return new FindingRow
        {
            Id = IdOf(counted, name),
            ImageId = imageId,
            Kind = found.Kind,
            Vulnerability = name,
            Aliases = ids.Count == 0 ? "" : Joined(ids.Where(id => id != name)),
            Package = found.Package,
            Installed = found.Installed,
            Copy = counted.Copy,
            Severity = found.Severity,
            Place = found.Place,
            Sightings = "",
            Presence = Presence.Gone,
            State = FindingState.Open,
            FirstSeenAt = now,
            LastSeenAt = now,
            OpenSince = earlier.TryGetValue((name, found.Package), out var since) ? since : now,
        };
    }

    private static string Best(string own, List<string> ids) => Makers.IsCve(own) ? own : ids.Find(Makers.IsCve) ?? own;

    private static string Joined(IEnumerable<string> names)
    {
        var text = string.Join(' ', names.Distinct(StringComparer.Ordinal));
        return text.Length <= 1000 ? text : text[..text.LastIndexOf(' ', 1000)];
    }

    private static double? Most(double? one, double? other) => one is null || other > one ? other : one;

    private string IdOf(CountedFinding counted, string name)
    {
        var found = counted.Finding;
        var text =
            $"{imageId}\n{found.Kind}\n{name}\n{found.Package}\n{found.Installed}\n{found.Place}\n{counted.Copy}";
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.Length));
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(bytes.AsSpan(0, Encoding.UTF8.GetBytes(text, bytes)), hash);
        ArrayPool<byte>.Shared.Return(bytes);
        return Convert.ToHexStringLower(hash[..12]);
    }
}
