using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

internal static class RowCounts
{
    /// <summary>The first table whose rows are not as many as were noted, in words; null when all are.</summary>
    public static string? Difference(IReadOnlyDictionary<string, long> noted, IReadOnlyDictionary<string, long> found)
    {
        foreach (var (table, rows) in noted)
        {
            if (found.GetValueOrDefault(table, -1) is var there && there != rows)
            {
                return there < 0
                    ? $"The table {table}, which was to have {rows} rows, is missing."
                    : $"The table {table} has {there} rows, and {rows} were noted.";
            }
        }
        return found.Keys.FirstOrDefault(table => !noted.ContainsKey(table)) is { } more
            ? $"There is a table {more}, of which nothing was noted."
            : null;
    }
}
