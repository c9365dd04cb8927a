using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Accounts.Places;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Identity.Accounts.Signals;

/// <summary>What is unlike somebody about how they came in: raised for the session that they get.</summary>
internal sealed record Oddity(string Kind, string Detail);

/// <summary>
/// Raises and lifts signals, each with its row in the record. A session in doubt reads as before; approvals, changes of access and
/// secrets wait until its person proves that it is them.
/// </summary>
internal sealed class SignalDesk(
    SignalStore signals,
    BehaviourCounts counts,
    PlaceStore places,
    IRecordHistory history,
    IAuditLog audit,
    IOptions<IdentityOptions> options,
    TimeProvider time
)
{
    /// <summary>Compares a sign-in with those of before, which the record has. An account without a past has nothing to differ from.</summary>
    /// <param name="person">As they were before this one.</param>
    /// <param name="isKnown">They have signed in in this browser before, and were in no doubt there that is not lifted.</param>
    public async Task<IReadOnlyList<Oddity>> LookAsync(Person person, bool isKnown, CancellationToken cancellation)
    {
        var limits = options.Value.Signals;
        if (person.LastSignInAt is null)
        {
            return [];
        }
        var now = time.GetUtcNow();
        var hours = await history.HoursAsync(
            person.Id,
            "signin.succeeded",
            now.AddDays(-limits.HistoryDays),
            cancellation
        );
        var days = hours.Select(one => one.Begins.UtcDateTime.Date).Distinct().Count();
        var count = hours.Sum(one => one.Count);
        var odd = new List<Oddity>();
        var hasPast = days >= limits.DeviceAfterDays;
        if (!isKnown && limits.DeviceAfterDays > 0 && hasPast)
        {
            odd.Add(
                new Oddity(
                    SignalKinds.NewDevice,
                    $"A sign-in in a browser that was never used for it before, or not since the password changed, after {days} days with sign-ins in others."
                )
            );
        }
        if (
            limits.HourAfterSignIns > 0
            && count >= limits.HourAfterSignIns
            && days >= limits.HourAfterDays
            && hours.All(one => Apart(one.Begins.UtcDateTime.Hour, now.UtcDateTime.Hour) > limits.HourSlack)
        )
        {
            odd.Add(
                new Oddity(
                    SignalKinds.UnusualHour,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"A sign-in at {now:HH:mm} UTC; of {count} sign-ins in {limits.HistoryDays} days none was within {limits.HourSlack} hours of that."
                    )
                )
            );
        }
        return odd;
    }

    /// <summary>What put an earlier session of theirs in doubt and was not cleared up since; null for nothing.</summary>
    public async Task<Oddity?> LeftBehindAsync(string personId, CancellationToken cancellation) =>
        await signals.LeftBehindAsync(personId, cancellation) is { } left
            ? new Oddity(left.Kind, "What put an earlier session of theirs in doubt was never cleared up.")
            : null;

    /// <summary>Puts a session in doubt, once for each reason.</summary>
    public async Task RaiseAsync(AuditActor whose, string session, Oddity odd, CancellationToken cancellation)
    {
        if (!await signals.IsNewsAsync(session, odd.Kind, cancellation))
        {
            return;
        }
        await audit.AppendAsync(
            new AuditEntry(whose, "signal.raised", Target: odd.Kind, Detail: $"{odd.Detail} {Waits}"),
            cancellation
        );
        await signals.AddAsync(
            new SignalRow
            {
                Id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)),
                PersonId = whose.Id,
                Session = SessionStore.RootOf(session),
                Kind = odd.Kind,
                At = time.GetUtcNow(),
                Detail = odd.Detail,
            },
            cancellation
        );
    }

    /// <summary>Why a session has to prove first that it is its person's; null when it has not.</summary>
    public async ValueTask<string?> DoubtAsync(Caller caller, CancellationToken cancellation) =>
        caller is { Session: { } session, Client: null } && await signals.OpenAsync(session, cancellation) is { } signal
            ? $"{StepUpDoor.Beginning} {signal.Detail} Prove under Your account that it is you, by password, code or passkey, or by signing in again; reading goes on meanwhile.{(signal.Kind == SignalKinds.ImpossibleTravel ? " If you were not in both places, sign out and have your account reset instead." : "")}"
            : null;

    /// <summary>They proved that it is them. Each signal that is lifted has its row in the record.</summary>
    /// <param name="whose">Who lifts it.</param>
    /// <param name="by">By what, as in "lifted by …".</param>
    public async Task LiftAsync(AuditActor whose, string session, string by, CancellationToken cancellation)
    {
        foreach (var signal in await signals.AllOpenAsync(session, cancellation))
        {
            await audit.AppendAsync(
                new AuditEntry(
                    whose,
                    "signal.lifted",
                    Target: signal.Kind,
                    Detail: whose.Id == signal.PersonId ? $"By {by}" : $"By {by}; in a session of {signal.PersonId}"
                ),
                cancellation
            );
            counts.Forget(session);
            if (signal.Kind == SignalKinds.ImpossibleTravel)
            {
                await places.SettleAsync(session, cancellation);
            }
            await signals.LiftAsync(signal, by, cancellation);
        }
    }

    /// <summary>Whether a session is in doubt for this.</summary>
    public async Task<bool> IsOpenAsync(string session, string kind, CancellationToken cancellation) =>
        !await signals.IsNewsAsync(session, kind, cancellation);

    /// <summary>Whether somebody proved themselves in a session that was in doubt for its browser.</summary>
    public Task<bool> IsProvedAsync(string session, CancellationToken cancellation) =>
        signals.IsLiftedAsync(session, SignalKinds.NewDevice, cancellation);

    /// <summary>A signal that is open in a session that goes on; null for none.</summary>
    public async Task<SignalRow?> FindOpenAsync(string id, CancellationToken cancellation) =>
        await signals.FindAsync(id, cancellation) is { LiftedAt: null } signal
        && (await signals.GoOnAsync([signal], cancellation)).Count > 0
            ? signal
            : null;

    private const string Waits =
        "Until they prove that it is them, this session approves nothing, changes no access and touches no secret.";

    /// <summary>Hours between two on the face of a clock of 24.</summary>
    private static int Apart(int one, int other)
    {
        var apart = Math.Abs(one - other);
        return Math.Min(apart, 24 - apart);
    }
}
