using Cronos;

namespace Sevensa.Dashboard.Features.Automation;

/// <summary>When schedules come.</summary>
internal static class TriggerTimes
{
    /// <returns>Null for what is no schedule, and for one that comes no more.</returns>
    public static DateTimeOffset? Next(PolicyTrigger trigger, DateTimeOffset after) =>
        trigger is { Kind: TriggerKind.Schedule, Cron: { } cron, TimeZone: { } zone }
            ? CronExpression.Parse(cron).GetNextOccurrence(after, TimeZoneInfo.FindSystemTimeZoneById(zone))
            : null;
}
