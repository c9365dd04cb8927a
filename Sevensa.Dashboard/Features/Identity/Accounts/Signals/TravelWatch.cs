using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

/// <summary>
/// Compares where somebody is seen with where they were seen last, at sign-ins and at requests that come from another place. It
/// refuses nobody, whatever it finds or fails at: at most it puts a session in doubt.
/// </summary>
internal sealed class TravelWatch(
    AddressBook book,
    PlaceStore places,
    SignalDesk desk,
    IOptions<IdentityOptions> options,
    TimeProvider time,
    ILogger<TravelWatch> log
)
{
    /// <summary>How often it is noted that somebody still is where they are.</summary>
    private static readonly TimeSpan NoteEvery = TimeSpan.FromMinutes(5);

    private const int MostRemembered = 10_000;

    private readonly ConcurrentDictionary<string, (IPAddress Address, DateTimeOffset At)> last = new();
    private readonly ConcurrentDictionary<(string Root, string Place), DateTimeOffset> noted = new();

    /// <summary>Somebody is seen in a session from an address; of most requests nothing is looked up.</summary>
    public ValueTask SeenAsync(Caller whose, string session, IPAddress? address, CancellationToken cancellation)
    {
        if (!book.IsThere || address is null || options.Value.Signals.TravelKmh == 0)
        {
            return ValueTask.CompletedTask;
        }
        var (root, now) = (SessionStore.RootOf(session), time.GetUtcNow());
        return last.TryGetValue(root, out var before) && now - before.At < NoteEvery && before.Address.Equals(address)
            ? ValueTask.CompletedTask
            : new ValueTask(LookAsync(whose, session, root, address, now, cancellation));
    }

    private async Task LookAsync(
        Caller whose,
        string session,
        string root,
        IPAddress address,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        try
        {
            var place = book.Find(address);
            // Of one that goes to and fro between two places the second time is no news.
            if (place is not null && !(noted.TryGetValue((root, place.Key), out var at) && now - at < NoteEvery))
            {
                await NoteAsync(whose.Actor(), session, place, now, cancellation);
                Bound(noted);
                noted[(root, place.Key)] = now;
            }
            Bound(last);
            last[root] = (address, now);
        }
        catch (Exception exception) when (!cancellation.IsCancellationRequested)
        {
            // The next request is looked at again.
            log.LogWarning(exception, "Where a session is used from could not be looked at");
        }
    }

    private async Task NoteAsync(
        AuditActor whose,
        string session,
        Place place,
        DateTimeOffset now,
        CancellationToken cancellation
    )
    {
        var known = await places.OfAsync(whose.Id, cancellation);
        var id = PlaceStore.IdOf(whose.Id, place);
        var here = known.FirstOrDefault(row => row.Id == id);
        if (here is { IsDoubted: true } && here.Session == SessionStore.RootOf(session))
        {
            // Staying there for hours makes no journey of it.
            await places.SeenAsync(whose.Id, place, session, true, here.CameFrom, cancellation);
            return;
        }
        var journey = Journey.Judge(known, here, place, now, options.Value.Signals);
        if (journey is not null)
        {
            await desk.RaiseAsync(
                whose,
                session,
                new Oddity(SignalKinds.ImpossibleTravel, journey.Words),
                cancellation
            );
        }
        await places.SeenAsync(whose.Id, place, session, journey is not null, journey?.From, cancellation);
    }

    private static void Bound<TKey, TValue>(ConcurrentDictionary<TKey, TValue> remembered)
        where TKey : notnull
    {
        if (remembered.Count >= MostRemembered)
        {
            remembered.Clear();
        }
    }
}

/// <summary>A way that nobody travels in the time that was.</summary>
/// <param name="From">Id of the row of where they were.</param>
internal sealed record Journey(string From, string Words)
{
    /// <summary>Null when they can have come, or where it says nothing.</summary>
    /// <param name="known">Where they were seen, the newest first.</param>
    /// <param name="here">Of these where they are seen now.</param>
    public static Journey? Judge(
        IReadOnlyList<PlaceRow> known,
        PlaceRow? here,
        Place place,
        DateTimeOffset now,
        SignalOptions limits
    )
    {
        // Who proved of late that they are seen here and there at once has a tunnel or a phone abroad.
        if (now - here?.ProvedAt < PlaceStore.Kept)
        {
            return null;
        }
        var from = known.FirstOrDefault(row => !row.IsDoubted && row.Latitude is not null);
        if (
            from is null
            // Within a country, providers hand a network's addresses about as they like.
            || from.Country == place.Country
            || from.ToPlace().LeastKmTo(place) is not { } apart
            || apart < limits.TravelFreeKm
        )
        {
            return null;
        }
        var passed = now - from.LastAt;
        var takes = TimeSpan.FromHours(apart / limits.TravelKmh);
        return passed >= takes
            ? null
            : new Journey(
                from.Id,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"This account was used in {place.Words} {Long(passed)} after {from.Words}: at least {apart:#,0} km apart, which takes {Long(takes)} at {limits.TravelKmh:#,0} km/h."
                )
            );
    }

    private static string Long(TimeSpan time) =>
        time.TotalMinutes < 1 ? "less than a minute"
        : time.TotalMinutes < 90 ? Counted(time.TotalMinutes, "minute")
        : Counted(time.TotalHours, "hour");

    private static string Counted(double number, string what)
    {
        var whole = (int)Math.Round(number, MidpointRounding.AwayFromZero);
        return string.Create(CultureInfo.InvariantCulture, $"{whole} {what}{(whole == 1 ? "" : "s")}");
    }
}
