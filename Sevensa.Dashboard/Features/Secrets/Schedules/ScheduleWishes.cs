using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Secrets.Schedules;

/// <summary>All rules that a tenant is to have, in place of those it has.</summary>
/// <param name="Items">In the order in which they hold.</param>
/// <param name="Revision">Of the rules that were looked at; when others stand by now, nothing is changed (409). Null: whatever stands.</param>
/// <param name="Next">As in the answer; a page that is not the last can't stand for the whole.</param>
internal sealed record ScheduleWish(IReadOnlyList<RuleWish>? Items, int? Revision = null, string? Next = null);

/// <summary>A rule as it is asked for; see <see cref="RotationRule"/>. What is left out is as the page has it at first.</summary>
/// <param name="Id">Of one that there is; null for a new one.</param>
/// <param name="State">As the answer has it, so that it can be sent back; nothing of it is read.</param>
internal sealed record RuleWish(
    string? Id,
    string? Name,
    IReadOnlyList<string>? Secrets,
    string? Key = null,
    int? Length = null,
    int? EveryDays = null,
    string? TimeZone = null,
    IReadOnlyList<WindowWish>? Windows = null,
    int? JitterMinutes = null,
    RotationMode? Mode = null,
    Risk? UpTo = null,
    int? CatchUpHours = null,
    bool? Paused = null,
    JsonElement? State = null
)
{
    /// <summary>A rule exactly as it stands.</summary>
    public static RuleWish Of(ScheduleView rule) =>
        new(
            rule.Id,
            rule.Name,
            rule.Secrets,
            rule.Key,
            rule.Length,
            rule.EveryDays,
            rule.TimeZone,
            [.. rule.Windows.Select(window => new WindowWish(window.Days, window.From, window.To))],
            rule.JitterMinutes,
            rule.Mode,
            rule.UpTo,
            rule.CatchUpHours,
            rule.Paused
        );
}

/// <inheritdoc cref="RotationWindow"/>
internal sealed record WindowWish(IReadOnlyList<DayOfWeek>? Days, string? From, string? To);

/// <summary>Answered as 422.</summary>
internal sealed class ScheduleRefusedException(string message) : Exception(message);

/// <summary>Answered as 409: somebody else has set other rules meanwhile.</summary>
internal sealed class ScheduleConflictException(string message) : Exception(message);

/// <summary>Reads what is asked for into rules that can be kept to.</summary>
/// <param name="house">The zone of a rule that names none.</param>
internal sealed class ScheduleReading(
    Caller caller,
    TenantScope scope,
    RotationRules standing,
    TimeZoneInfo house,
    DateTimeOffset now
)
{
    public const int MostRules = 100;
    public const int LongestName = 100;
    private const int MostSecrets = 200;
    private const int MostWindows = 14;
    private const int LongestKey = 200;

    /// <exception cref="ScheduleRefusedException">422, with which one and why.</exception>
    /// <exception cref="ForbiddenException">403: a rule that does without asking takes somebody who may approve.</exception>
    public IReadOnlyList<RotationRule> Read(ScheduleWish wish)
    {
        if (wish.Items is not { } items)
        {
            throw new ScheduleRefusedException(
                "\"items\" is missing: the rules that the tenant is to have. Send an empty list to have none."
            );
        }
        if (wish.Next is not null)
        {
            throw new ScheduleRefusedException(
                "This is a page and not the whole: what comes after \"next\" would be lost. Read all pages, and send the rules together without \"next\"."
            );
        }
        if (items.Count > MostRules)
        {
            throw new ScheduleRefusedException($"A tenant has {MostRules} rules at most; these are {items.Count}.");
        }
        var rules = new List<RotationRule>();
        foreach (var (index, item) in items.Index())
        {
            var rule = Read(item ?? throw Wrong(index, "is null"), index);
            if (rules.Any(other => other.Id == rule.Id))
            {
                throw Wrong(index, $"has the id {rule.Id}, which another has too");
            }
            rules.Add(rule);
        }
        return [.. rules.Select(rule => IsWidened(rule, rules) ? Stood(rule) : rule)];
    }

    /// <summary>Whether a rule that stays as it is would do more than before, since others before it went or name less.</summary>
    private bool IsWidened(RotationRule rule, IReadOnlyList<RotationRule> rules) =>
        rule is { Mode: RotationMode.Do, Paused: false }
        && standing.All.Any(known => ReferenceEquals(known, rule))
        && RuleReach.Grows(rule, standing.All, rules);

    /// <summary>What a rule comes to do more is approved by who lets it, not by who set it for less.</summary>
    private RotationRule Stood(RotationRule rule) =>
        MayDo
            ? rule with
            {
                SetById = caller.Subject,
                SetBy = caller.Name,
                SetAt = now,
                SetByClient = StandingRight.Of(caller).Client,
                SetByToken = StandingRight.Of(caller).Token,
            }
            : throw new ForbiddenException(
                $"\"{rule.Name}\" does without asking, and would hold for more secrets than before, since a rule before it goes, moves or names less. That is for a person who may approve what it does. Nothing was changed."
            );

    private bool MayDo => caller.IsPerson && caller.MayApprove(highRisk: false);

    private RotationRule Read(RuleWish wish, int index)
    {
        var known = wish.Id is null ? null : standing.All.FirstOrDefault(rule => rule.Id == wish.Id);
        if (wish.Id is not null && known is null)
        {
            throw Wrong(
                index,
                $"has the id \"{Shown(wish.Id)}\", which no rule of this tenant has; leave it out for a new one"
            );
        }
        var rule = new RotationRule(
            known?.Id ?? Guid.CreateVersion7(now).ToString("n"),
            Text(wish.Name, index, "name", LongestName)
                ?? throw Wrong(index, "has no name; people know it by that in approvals and in the record"),
            SecretsOf(wish.Secrets, index),
            Text(wish.Key, index, "key", LongestKey),
            Number(wish.Length, index, "length", 16, 128),
            Number(wish.EveryDays, index, "everyDays", 1, 3650),
            ZoneOf(wish.TimeZone, index),
            WindowsOf(wish.Windows, index),
            Number(wish.JitterMinutes, index, "jitterMinutes", 0, 1440) ?? 0,
            wish.Mode ?? RotationMode.Propose,
            wish.UpTo ?? Risk.Medium,
            Number(wish.CatchUpHours, index, "catchUpHours", 0, 168) ?? 0,
            wish.Paused ?? false,
            caller.Subject,
            caller.Name,
            now
        )
        {
            SetByClient = StandingRight.Of(caller).Client,
            SetByToken = StandingRight.Of(caller).Token,
        };
        if (rule is { Mode: RotationMode.Do, UpTo: Risk.High })
        {
            throw Wrong(index, "would do what is of high risk: that is always approved by a person who looks at it");
        }
        if (known is not null && IsSame(known, rule))
        {
            return known;
        }
        if (rule.Mode == RotationMode.Do && !MayDo)
        {
            throw new ForbiddenException(
                $"\"{rule.Name}\" does without asking. It is set by a person who may approve what it does; you can have it propose."
            );
        }
        return rule;
    }

    private static bool IsSame(RotationRule one, RotationRule other) =>
        ScheduleStore
            .Element([
                one with
                {
                    SetById = other.SetById,
                    SetBy = other.SetBy,
                    SetAt = other.SetAt,
                    SetByClient = other.SetByClient,
                    SetByToken = other.SetByToken,
                },
            ])
            .ToString() == ScheduleStore.Element([other]).ToString();

    private IReadOnlyList<string> SecretsOf(IReadOnlyList<string>? wished, int index)
    {
        if (wished is not { Count: > 0 and <= MostSecrets })
        {
            throw Wrong(
                index,
                $"names no secrets (or more than {MostSecrets}): give paths such as api/database, api/* for all below api/, or * for all"
            );
        }
        foreach (var named in wished)
        {
            var place =
                named == "*" ? "all"
                : named?.EndsWith("/*", StringComparison.Ordinal) == true ? named[..^2]
                : named;
            if (
                place?.Contains('*', StringComparison.Ordinal) != false
                || !SecretPath.TryOf(scope, standing.Tenant, place, out _)
            )
            {
                throw Wrong(
                    index,
                    $"names \"{Shown(named ?? "null")}\", which is no path below the tenant; a star may stand for all at its end only"
                );
            }
        }
        return [.. wished.Distinct(StringComparer.Ordinal)];
    }

    private string ZoneOf(string? wished, int index)
    {
        if (string.IsNullOrWhiteSpace(wished))
        {
            return house.Id;
        }
        return wished.Length <= 64 && TimeZoneInfo.TryFindSystemTimeZoneById(wished.Trim(), out var zone)
            ? zone.Id
            : throw Wrong(
                index,
                $"has the time zone \"{Shown(wished)}\", which is not known; give one such as Europe/Amsterdam"
            );
    }

    private static IReadOnlyList<RotationWindow> WindowsOf(IReadOnlyList<WindowWish>? wished, int index)
    {
        if (wished?.Count > MostWindows)
        {
            throw Wrong(index, $"has more than {MostWindows} windows");
        }
        return
        [
            .. (wished ?? []).Select(window => new RotationWindow(
                [.. (window?.Days ?? []).Distinct().Order()],
                Time(window?.From, "from"),
                Time(window?.To, "to")
            )),
        ];

        string Time(string? text, string what) =>
            OpenTimes.TimeOf(text) is { } time
                ? OpenTimes.TextOf(time)
                : throw Wrong(
                    index,
                    $"has a window whose \"{what}\" is \"{Shown(text ?? "null")}\"; give hours and minutes such as 02:30"
                );
    }

    private static string? Text(string? text, int index, string what, int most)
    {
        var plain = text?.Trim();
        return string.IsNullOrEmpty(plain) ? null
            : plain.Length <= most && !plain.Any(char.IsControl) ? plain
            : throw Wrong(index, $"has a \"{what}\" of more than {most} characters, or with what is no letter in it");
    }

    private static int? Number(int? number, int index, string what, int least, int most) =>
        number is null || (number >= least && number <= most)
            ? number
            : throw Wrong(
                index,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"has {number} as \"{what}\", which is from {least} to {most}"
                )
            );

    private static ScheduleRefusedException Wrong(int index, string why) =>
        new(string.Create(CultureInfo.InvariantCulture, $"items[{index}] {why}. Nothing was changed."));

    private static string Shown(string text) => StoreText.Shorten(text, 100);
}
