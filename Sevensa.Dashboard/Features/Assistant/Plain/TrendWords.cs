using System.Globalization;
using System.Text.Json;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>A figure against another time, hosts with their disks, and who decided what, in words.</summary>
internal static class TrendWords
{
    public static string Compared(JsonElement data)
    {
        var what =
            $"{ResultWords.Text(data, "figure")} of {ResultWords.Text(data, "tenant")} {ResultWords.Text(data, "service")}";
        var unit = ResultWords.Text(data, "unit") ?? "";
        var then = ResultWords.Text(data, "against") switch
        {
            "lastWeek" => "a week ago",
            "beforeRelease" => "before the last release",
            _ => "yesterday at this time",
        };
        var (now, past) = (ResultWords.Number(data, "now"), ResultWords.Number(data, "past"));
        if (now is not { } present || past is not { } before)
        {
            return $"{what} can't be compared with {then}: {ResultWords.Text(data, "note")?.TrimEnd('.')}"
                + (now is { } only ? $"; it is {ResultWords.Figure(only, unit)}" : "");
        }
        var moved =
            ResultWords.Number(data, "change") is { } change
            && ResultWords.Text(data, "verdict") is not "about the same"
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $", {Math.Abs(change) * 100:0} % {(change > 0 ? "more" : "less")}"
                )
                : ", about the same";
        return $"{what} is {ResultWords.Figure(present, unit)}, and was {ResultWords.Figure(before, unit)} {then}{moved}";
    }

    public static string Hosts(JsonElement data, IReadOnlyList<JsonElement> rows)
    {
        var away = rows.Where(row => ResultWords.Text(row, "presence") != "connected")
            .Select(row => ResultWords.Text(row, "name"))
            .ToList();
        return $"{rows.Count} host{(rows.Count == 1 ? "" : "s")}, "
            + (away.Count == 0 ? "connected" : $"not connected: {string.Join(", ", away)}")
            + (ResultWords.Text(data, "note") is { } note ? $". {note.TrimEnd('.')}" : "");
    }

    public static string Host(JsonElement row)
    {
        var disks =
            row.TryGetProperty("disks", out var all) && all.ValueKind == JsonValueKind.Array
                ? all.EnumerateArray().Select(Disk).ToList()
                : [];
        return $"{ResultWords.Text(row, "name")} ({ResultWords.Text(row, "presence")})"
            + (disks.Count == 0 ? "" : $": {string.Join("; ", disks)}");
    }

    public static string Decided(JsonElement row)
    {
        var decided =
            row.TryGetProperty("decisions", out var all) && all.ValueKind == JsonValueKind.Array
                ? all.EnumerateArray()
                    .Select(one =>
                        $"{(ResultWords.Text(one, "verdict") == "approve" ? "approved" : "rejected")} by {ResultWords.Text(one, "by")} on {ResultWords.At(one, "at")}"
                    )
                    .ToList()
                : [];
        return $"{ResultWords.At(row, "at")}: {ResultWords.Text(row, "title")}, asked by {ResultWords.Text(row, "askedBy")}, "
            + (decided.Count == 0 ? "decided by nobody" : string.Join(", ", decided))
            + $", {ResultWords.Text(row, "state")}";
    }

    private static string Disk(JsonElement disk)
    {
        var used = ResultWords.Number(disk, "usedShare") is { } share
            ? string.Create(CultureInfo.InvariantCulture, $"{share * 100:0} % full, ")
            : "";
        var ends =
            DateTimeOffset.TryParse(
                ResultWords.Text(disk, "fullAt"),
                CultureInfo.InvariantCulture,
                DateTimeStyles.None,
                out var at
            ) && ResultWords.Number(disk, "fullInDays") is { } days
                ? string.Create(
                    CultureInfo.InvariantCulture,
                    $"full on {at.UtcDateTime:yyyy-MM-dd} as it fills now, in {days:0.#} days"
                )
                : "not full within a year as it fills now";
        return $"disk {ResultWords.Text(disk, "mount")} {used}{ResultWords.Figure(ResultWords.Number(disk, "freeBytes") ?? 0, "bytes")} left, {ends}";
    }
}
