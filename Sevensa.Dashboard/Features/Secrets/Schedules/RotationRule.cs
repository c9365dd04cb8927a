using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>What becomes of a rotation when its time has come.</summary>
public enum RotationMode
{
    /// <summary>It waits for a person's approval like any other proposal.</summary>
    Propose,

    /// <summary>Whoever set the rule has approved it by that, as far as they may approve when it comes.</summary>
    Do,
}

/// <summary>A time of some days, by the wall clock of the rule's zone.</summary>
/// <param name="Days">Days on which it opens; empty for every day.</param>
/// <param name="From"><c>HH:mm</c></param>
/// <param name="To"><c>HH:mm</c>; at or before <paramref name="From"/> it is a time of the next day.</param>
public sealed record RotationWindow(IReadOnlyList<DayOfWeek> Days, string From, string To);

/// <summary>When the secrets that it names are rotated, once they are due.</summary>
/// <param name="Secrets">Paths below the tenant; <c>api/*</c> is everything below <c>api/</c>, <c>*</c> everything.</param>
/// <param name="Key">Which key of the secret; null where only one can be meant.</param>
/// <param name="Length">Characters of the new value; null for what the action takes by itself.</param>
/// <param name="EveryDays">Days from one version to the next; null for each secret's own due date.</param>
/// <param name="TimeZone">IANA name.</param>
/// <param name="Windows">Empty: at any time.</param>
/// <param name="JitterMinutes">Over so many minutes from a window's opening the secrets are spread.</param>
/// <param name="UpTo">With <see cref="RotationMode.Do"/>: the highest risk that is done without asking.</param>
/// <param name="CatchUpHours">How long after its window a rotation that was missed is still made up for; 0: it waits for the next window.</param>
/// <param name="SetById">Who stands behind the rule as it is.</param>
internal sealed record RotationRule(
    string Id,
    string Name,
    IReadOnlyList<string> Secrets,
    string? Key,
    int? Length,
    int? EveryDays,
    string TimeZone,
    IReadOnlyList<RotationWindow> Windows,
    int JitterMinutes,
    RotationMode Mode,
    Risk UpTo,
    int CatchUpHours,
    bool Paused,
    string SetById,
    string SetBy,
    DateTimeOffset SetAt
)
{
    /// <summary>The program, and the token, by which they set it; null in a browser. What it does without asking rests on them.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SetByClient { get; init; }

    /// <inheritdoc cref="SetByClient"/>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? SetByToken { get; init; }

    /// <summary>No window is looked for further ahead: every rule has one in a week.</summary>
    private static readonly TimeSpan Horizon = TimeSpan.FromDays(16);

    /// <summary>Longer is no window, whatever the clocks do in it.</summary>
    private static readonly TimeSpan LongestWindow = TimeSpan.FromHours(26);

    public bool Names(string path) =>
        Secrets.Any(named =>
            named == path || named.EndsWith('*') && path.StartsWith(named[..^1], StringComparison.Ordinal)
        );

    /// <summary>When a secret falls due by this rule; null when that is not known.</summary>
    public DateTimeOffset? DueOf(Secret secret) =>
        EveryDays is { } days && secret.RotatedAt is { } rotated ? rotated.AddDays(days) : secret.DueAt;

    /// <summary>How long one version lasts by this rule; null when that is not known.</summary>
    public TimeSpan? IntervalOf(Secret secret) =>
        EveryDays is { } days ? TimeSpan.FromDays(days) : secret.DueAt - secret.RotatedAt;

    /// <summary>The turn of a secret that comes next, or is to be taken now.</summary>
    /// <param name="path">The secret's, by which it is spread within the window.</param>
    /// <param name="after">End of the window in which it had its last turn.</param>
    /// <param name="looked">When turns were taken last, a moment ago: what came after it and before its window's end is in time.</param>
    public RotationTime? Next(
        string path,
        DateTimeOffset due,
        DateTimeOffset? after,
        DateTimeOffset now,
        DateTimeOffset? looked = null
    )
    {
        var from = new[] { due, SetAt, after ?? due }.Max();
        var catchUp = TimeSpan.FromHours(CatchUpHours);
        var search = (from > now - catchUp ? from : now - catchUp) - LongestWindow;
        RotationTime? missed = null;
        foreach (var open in OpenTimes.Of(this, search, search + Horizon + catchUp))
        {
            if (open.To <= from || after is { } ended && open.From < ended)
            {
                continue;
            }
            var spread = open.From + Jitter(path, open);
            var at = spread > from ? spread : from;
            if (now < open.To)
            {
                return at > now && missed is not null ? missed : new RotationTime(at, open, IsLate: false);
            }
            // Of several that were missed the last stands for all.
            if (at > looked)
            {
                missed = new RotationTime(at, open, IsLate: false);
            }
            else if (now - open.To <= catchUp && CatchUpHours > 0)
            {
                missed = new RotationTime(at, open, IsLate: true);
            }
        }
        return missed;
    }

    /// <summary>Whether a window was open at any time between the two.</summary>
    public bool WasOpen(DateTimeOffset since, DateTimeOffset until) =>
        OpenTimes.Of(this, since - LongestWindow, until).Any(open => open.To > since && open.From <= until);

    /// <summary>Always the same of one secret and window, so that whoever looks sees the same time.</summary>
    private TimeSpan Jitter(string path, OpenTime open)
    {
        var most = Math.Min(TimeSpan.FromMinutes(JitterMinutes).TotalSeconds, (open.To - open.From).TotalSeconds);
        if (most < 1)
        {
            return TimeSpan.Zero;
        }
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{Id}\n{path}\n{open.From.ToUnixTimeSeconds()}"));
        return TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)most);
    }
}

/// <param name="At">The moment within the window.</param>
/// <param name="IsLate">The window is over, and what was missed in it is made up for.</param>
internal sealed record RotationTime(DateTimeOffset At, OpenTime Window, bool IsLate);
