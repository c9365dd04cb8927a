namespace Sevensa.Dashboard.Features.Alerts.Alertmanager;

/// <summary>Whether an answer holds what Alertmanager always sends: JSON of another server is JSON too.</summary>
internal static class AlertmanagerShapes
{
    public static bool IsWhole(object answer) =>
        answer switch
        {
            IReadOnlyList<HeldAlert> alerts => alerts.All(IsWhole),
            IReadOnlyList<HeldGroup> groups => groups.All(group =>
                group is { Labels: not null, Alerts: { } alerts } && alerts.All(IsWhole)
            ),
            IReadOnlyList<HeldSilence> silences => silences.All(IsWhole),
            HeldSilence silence => IsWhole(silence),
            SilenceMade made => made.SilenceId is not null,
            _ => true,
        };

    private static bool IsWhole(HeldAlert? alert) => alert is { Labels: not null, Status: not null };

    private static bool IsWhole(HeldSilence? silence) =>
        silence is { Id: not null, Status: not null, Matchers: { } matchers }
        && matchers.All(matcher => matcher is { Name: not null, Value: not null });
}
