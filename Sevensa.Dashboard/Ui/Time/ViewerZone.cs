using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Sevensa.Dashboard.Ui.Time;

/// <summary>The viewer's time zone, as their browser names it; UTC until it is known.</summary>
public sealed class ViewerZone
{
    public const string Cookie = "sevensa-zone";

    public TimeZoneInfo Zone { get; private set; } = TimeZoneInfo.Utc;

    /// <summary>Its IANA name; null while the browser has told of none.</summary>
    public string? Known => Zone == TimeZoneInfo.Utc ? null : Zone.Id;

    public event Action? Changed;

    /// <param name="id">An IANA name. What is no known zone is ignored: it comes from the browser.</param>
    public void Set(string? id)
    {
        if (
            string.IsNullOrEmpty(id)
            || id.Length > 64
            || id == Zone.Id
            || !TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone)
        )
            return;
        Zone = zone;
        Changed?.Invoke();
    }

    public static string? Of(HttpContext? context) => context?.Request.Cookies[Cookie];

    public DateTimeOffset Local(DateTimeOffset at) => TimeZoneInfo.ConvertTime(at, Zone);

    /// <summary>The moment that a time without a zone means to the viewer; a time that a change of the clocks leaves out is taken after it.</summary>
    public DateTimeOffset Moment(DateTime local)
    {
        var plain = DateTime.SpecifyKind(local, DateTimeKind.Unspecified);
        return new DateTimeOffset(plain, Zone.GetUtcOffset(plain));
    }

    /// <summary>The viewer's last day of what ends then: a day in a date's field is meant to its end.</summary>
    public DateTime LastDay(DateTimeOffset end) => Local(end.AddTicks(-1)).Date;

    /// <summary>"13:41"</summary>
    public string Clock(DateTimeOffset at) => Local(at).ToString("HH:mm", CultureInfo.InvariantCulture);

    /// <summary>"13:41:05.120", for log lines.</summary>
    public string Precise(DateTimeOffset at) => Local(at).ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    /// <summary>"9 Nov" in the current year, else "9 Nov 2025".</summary>
    public string Day(DateTimeOffset at, DateTimeOffset now)
    {
        var local = Local(at);
        return local.ToString(local.Year == Local(now).Year ? "d MMM" : "d MMM yyyy", CultureInfo.InvariantCulture);
    }

    /// <summary>"9 Nov 13:41"</summary>
    public string DayAndClock(DateTimeOffset at, DateTimeOffset now) => $"{Day(at, now)} {Clock(at)}";

    /// <summary>ISO 8601 with the offset of the viewer's zone.</summary>
    public string Iso(DateTimeOffset at) =>
        Local(at).ToString("yyyy-MM-dd'T'HH:mm:ss.FFFzzz", CultureInfo.InvariantCulture);
}
