namespace Sevensa.Dashboard.Features.Databases.Postgres;

/// <summary>Names and texts as they stand in a statement.</summary>
internal static class PostgresNames
{
    /// <summary>An identifier in double quotes, whatever is in it.</summary>
    public static string Quoted(string name) => $"\"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";

    public static string Quoted(string schema, string name) => $"{Quoted(schema)}.{Quoted(name)}";

    /// <summary>A text in single quotes, also where backslashes have a meaning.</summary>
    public static string Literal(string text) =>
        text.Contains('\\', StringComparison.Ordinal)
            ? $"E'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "''", StringComparison.Ordinal)}'"
            : $"'{text.Replace("'", "''", StringComparison.Ordinal)}'";
}
