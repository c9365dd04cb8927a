using Sevensa.Dashboard.Features.Actions.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary>"Roll rentguy/api back 2.4.1 → 2.4.0": the releases that the words were taken for, not the words.</summary>
internal static class RollbackTitle
{
    private const int MostServices = 3;

    /// <summary>What was asked in words is told by what it was resolved to.</summary>
    public static IReadOnlyCollection<string> Told { get; } =
    ["to", "timeZone", "code", "configuration", "snapshots", "services", RollbackSchema.AfterMigration];

    public static string Of(IActionKind kind, ActionPlan plan)
    {
        var code = plan
            .Changes.Where(change => Is(change, "code") || Is(change, "service"))
            .Select(change => (Service: Named(change), Change: $"{Release(change.Before)} → {Release(change.After)}"))
            .ToList();
        var parts = new List<string>();
        parts.AddRange(
            code.Take(MostServices)
                .Select(one => one.Service == plan.Target ? one.Change : $"{one.Service} {one.Change}")
        );
        if (code.Count > MostServices)
        {
            parts.Add($"{code.Count - MostServices} more");
        }
        if (PlanBench.Yes(plan.Parameters, "configuration"))
        {
            // Another configuration is another specification: that of the release.
            var records = plan
                .Steps.Select(step => RecordOf(step))
                .OfType<string>()
                .Select(record => PlanBench.Short(record))
                .Distinct(StringComparer.Ordinal)
                .ToList();
            parts.Add($"configuration {string.Join(" and ", records.Take(MostServices))}".TrimEnd());
        }
        var snapshots = PlanBench.Texts(plan.Parameters, "snapshots");
        if (snapshots.Count > 0)
        {
            parts.Add($"data of {string.Join(" and ", snapshots)}");
        }
        if (PlanBench.Text(plan.Parameters, RollbackSchema.AfterMigration) == RollbackSchema.CodeOnly)
        {
            parts.Add("code only, after a migration");
        }
        var title = kind.Title(plan.Place());
        return code is [{ } only] && only.Service == plan.Target ? $"{title} {string.Join(", ", parts)}"
            : parts.Count > 0 ? $"{title}: {string.Join(", ", parts)}"
            : title;
    }

    private static string? RecordOf(PlanStep step) =>
        step.Verb == StepVerbs.ContainerRecreate
        && step.Arguments is { } given
        && System.Text.Json.JsonSerializer.Deserialize(given, StepJson.Default.RecreateArguments) is { } arguments
            ? arguments.Specification
            : null;

    private static bool Is(PlanChange change, string what) =>
        change.What.StartsWith(what == "service" ? "service " : $"{what} of ", StringComparison.Ordinal);

    private static string Named(PlanChange change) =>
        change.What[(change.What.IndexOf(' ', StringComparison.Ordinal) + 1)..] is var rest
        && rest.StartsWith("of ", StringComparison.Ordinal)
            ? rest[3..]
            : rest;

    /// <summary>"2.4.1 (a3f…), release rel-1" → "2.4.1"; two of one tag keep their digests.</summary>
    private static string Release(string? words) =>
        words is null ? "nothing"
        : words.IndexOf("), release", StringComparison.Ordinal) is > 0 and var end ? words[..(end + 1)]
        : words;
}
