using System.Text.Json;
using Sevensa.Dashboard.Features.Alerts.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui;
using Sevensa.Dashboard.Ui.Data;

namespace Sevensa.Dashboard.Features.Alerts.Components;

/// <summary>Alerts, levels and incidents in the colours and words of the pages.</summary>
internal static class AlertWords
{
    public static State Mark(this Alert alert) =>
        !alert.IsFiring ? State.Ok
        : !alert.IsTold ? State.Unknown
        : alert.IsCritical ? State.Crit
        : alert.Severity == "info" ? State.Info
        : State.Warn;

    public static string Word(this Alert alert) =>
        !alert.IsFiring ? "Ended"
        : alert.SilencedBy.Count > 0 ? "Silenced"
        : alert.InhibitedBy.Count > 0 ? "Inhibited"
        : alert.MutedBy.Count > 0 ? "Muted"
        : alert.Severity.Length > 0 ? Capital(alert.Severity)
        : "Firing";

    /// <summary>What asks for somebody comes first.</summary>
    public static int Rank(this State state) =>
        state switch
        {
            State.Crit => 0,
            State.Warn => 1,
            State.Info => 2,
            State.Ok => 3,
            _ => 4,
        };

    public static State Mark(this LevelState state) =>
        state switch
        {
            LevelState.Kept => State.Ok,
            LevelState.AtRisk => State.Warn,
            LevelState.Missed => State.Crit,
            _ => State.Unknown,
        };

    public static string Word(this LevelState state) =>
        state switch
        {
            LevelState.AtRisk => "At risk",
            LevelState.Unknown => "No data",
            _ => state.ToString(),
        };

    public static State Mark(this Incident incident) =>
        incident.State switch
        {
            IncidentState.Resolved or IncidentState.Completed => State.Ok,
            IncidentState.Scheduled => State.Info,
            IncidentState.InProgress => State.Warn,
            IncidentState.Cancelled => State.Unknown,
            _ => incident.Impact is IncidentImpact.Major or IncidentImpact.Down ? State.Crit : State.Warn,
        };

    public static string Word(this IncidentState state) =>
        state == IncidentState.InProgress ? "In progress" : state.ToString();

    public static string Word(this IncidentImpact impact) =>
        impact switch
        {
            IncidentImpact.None => "Not noticeable",
            IncidentImpact.Minor => "Slower or in part",
            IncidentImpact.Major => "Hard to use",
            _ => "Not usable",
        };

    public static State Mark(string ruleState) =>
        ruleState switch
        {
            "firing" => State.Crit,
            "pending" => State.Warn,
            "inactive" => State.Ok,
            _ => State.Unknown,
        };

    /// <summary>What a panel shows after its question failed.</summary>
    public static Loadable<T> After<T>(this Loadable<T> before, UpstreamException fault) => before.FailedWith(fault);

    public static string Capital(string word) => word.Length == 0 ? word : char.ToUpperInvariant(word[0]) + word[1..];

    public static string Query(IReadOnlyDictionary<string, string> labels, params string[] without) =>
        string.Join(
            ", ",
            labels
                .Where(label => !without.Contains(label.Key))
                .OrderBy(label => label.Key, StringComparer.Ordinal)
                .Select(label => $"{label.Key}={JsonSerializer.Serialize(label.Value)}")
        );
}
