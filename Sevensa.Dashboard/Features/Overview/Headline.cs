using Sevensa.Dashboard.Features.Metrics.Contracts;

namespace Sevensa.Dashboard.Features.Overview;

/// <summary>What the overview says in one line, and in one more: what needs attention, and why.</summary>
internal sealed record Headline(string Title, string Text)
{
    public static Headline Of(IReadOnlyList<BoardRow> rows)
    {
        if (rows.Count == 0)
        {
            return new("There are no tenants yet", "Tenants are given in the configuration, under Tenants.");
        }
        if (rows.All(row => row.Health is null or { State: HealthState.Unknown }))
        {
            return new("Nothing is known yet", "Prometheus has not told how the services are doing.");
        }
        var need = In(rows, HealthState.Down, HealthState.Degraded);
        var close = In(rows, HealthState.CloseToLimit);
        var unknown = rows.Count(row => row.Health is null or { State: HealthState.Unknown });
        var rest =
            unknown > 0 ? $"Nothing is known of {(unknown == 1 ? "one tenant" : $"{unknown} tenants")}."
            : need.Count + close.Count == rows.Count ? ""
            : Objectives([.. rows.Except(need).Except(close)], need.Count + close.Count == 0);
        var title =
            need.Count > 0 ? $"{Counted(need.Count)} you"
            : close.Count > 0
                ? close.Exists(row => row.Health!.OpenAlerts > 0)
                        ? $"{(close.Count == 1 ? "One tenant is" : $"{close.Count} tenants are")} worth a look"
                    : $"{(close.Count == 1 ? "One tenant is" : $"{close.Count} tenants are")} close to a limit"
            : unknown > 0 || rows.Any(HasBlanks) ? "Nothing is wrong, as far as is known"
            : "Everything is well";
        var told = need.Count > 0 ? need : close;
        return new(title, string.Join(' ', told.Take(3).Select(Why).Append(rest).Where(text => text.Length > 0)));
    }

    /// <summary>Well is what is held against something and found within it; what is not measured is not well.</summary>
    private static bool HasBlanks(BoardRow row) =>
        row.Health is not { Availability30d: not null } health
        || health.Services.Any(service => service.State == HealthState.Unknown)
        || !HasObjective(row);

    private static bool HasObjective(BoardRow row) =>
        row.Tenant is not { AvailabilityObjective: null, LatencyObjectiveMs: null };

    private static string Objectives(IReadOnlyList<BoardRow> rows, bool all)
    {
        var without = rows.Where(row => !HasObjective(row)).ToList();
        var unmeasured = rows.Where(row => row.Health is not { Availability30d: not null }).ToList();
        var words = new List<string>();
        if (without.Count < rows.Count && unmeasured.Count == 0)
        {
            words.Add(
                without.Count > 0 ? "Who has objectives is within them."
                : all ? "Every tenant is within its objectives."
                : "Everything else is within its objectives."
            );
        }
        if (unmeasured.Count > 0)
        {
            words.Add($"No requests were measured of {Names(unmeasured)}.");
        }
        if (without.Count > 0)
        {
            words.Add($"No objective is agreed for {Names(without)}.");
        }
        return string.Join(' ', words);
    }

    private static string Names(IReadOnlyList<BoardRow> rows) =>
        rows.Count <= 3 ? string.Join(", ", rows.Select(row => row.Tenant.Name)) : $"{rows.Count} tenants";

    private static List<BoardRow> In(IEnumerable<BoardRow> rows, params HealthState[] states) =>
        [
            .. rows.Where(row => row.Health is { } health && states.Contains(health.State))
                .OrderByDescending(row => row.Health!.State),
        ];

    private static string Counted(int count) => count == 1 ? "One tenant needs" : $"{count} tenants need";

    private static string Why(BoardRow row) =>
        row.Health!.Reasons is [var reason, ..]
            ? $"{row.Tenant.Name}: {reason}"
            : $"{row.Tenant.Name} is {row.Health.State.Word().ToLowerInvariant()}.";
}
