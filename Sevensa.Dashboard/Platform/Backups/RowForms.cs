using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Metadata;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Backups;

/// <summary>
/// How one row looks on both providers: SQLite's values, and PostgreSQL's as the JSON that it writes and reads itself. What
/// PostgreSQL has types for and SQLite has none (truths, times, lists, documents) is told by PostgreSQL's column.
/// </summary>
internal sealed class RowForms
{
    private const string SqliteTime = "yyyy-MM-dd HH:mm:ss.FFFFFFF";
    private readonly Dictionary<(string Table, string Column), Form> forms = [];

    private enum Form
    {
        Truth,
        Bytes,
        Time,
        Json,
    }

    /// <summary>Properties inside a JSON column that the two providers write differently.</summary>
    private readonly Dictionary<(string Table, string Column), List<(IProperty Sqlite, IProperty Postgres)>> inside =
    [];

    public RowForms()
    {
        using var postgres = StoreTables.Unconnected(isSqlite: false);
        using var sqlite = StoreTables.Unconnected(isSqlite: true);
        foreach (var table in StoreTables.Relational(postgres).Tables)
        {
            foreach (var column in table.Columns)
            {
                Form? form = column.StoreType switch
                {
                    "boolean" => Form.Truth,
                    "bytea" => Form.Bytes,
                    "jsonb" or "json" or "text[]" => Form.Json,
                    var type when type.StartsWith("timestamp", StringComparison.Ordinal) => Form.Time,
                    _ => null,
                };
                if (form is { } found)
                {
                    forms[(table.Name, column.Name)] = found;
                }
            }
        }
        foreach (var entity in StoreTables.DesignModel(postgres).GetEntityTypes().Where(one => one.IsMappedToJson()))
        {
            var other =
                StoreTables.DesignModel(sqlite).FindEntityType(entity.Name)
                ?? StoreTables
                    .DesignModel(sqlite)
                    .GetEntityTypes()
                    .Single(one => one.IsMappedToJson() && one.DisplayName() == entity.DisplayName());
            inside[(entity.GetTableName()!, entity.GetContainerColumnName()!)] =
            [
                .. entity
                    .GetProperties()
                    .Where(property => property.ClrType == typeof(byte[]))
                    .Select(property => (other.FindProperty(property.Name)!, property)),
            ];
        }
    }

    /// <summary>A row of SQLite as PostgreSQL reads it.</summary>
    public void Write(Utf8JsonWriter json, string table, string column, object value)
    {
        json.WritePropertyName(column);
        Form? form = forms.TryGetValue((table, column), out var found) ? found : null;
        switch (form, value)
        {
            case (_, DBNull):
                json.WriteNullValue();
                break;
            case (Form.Truth, long truth):
                json.WriteBooleanValue(truth != 0);
                break;
            case (Form.Bytes, byte[] bytes):
                json.WriteStringValue($"\\x{Convert.ToHexStringLower(bytes)}");
                break;
            case (Form.Time, string time):
                // SQLite's times are UTC and don't say so.
                json.WriteStringValue($"{time}+00");
                break;
            case (Form.Json, string text):
                json.WriteRawValue(Inside(table, column, text, toPostgres: true));
                break;
            case (_, long number):
                json.WriteNumberValue(number);
                break;
            case (_, double number) when double.IsFinite(number):
                json.WriteNumberValue(number);
                break;
            case (_, double number):
                json.WriteStringValue(number.ToString(CultureInfo.InvariantCulture));
                break;
            case (_, string text):
                json.WriteStringValue(text);
                break;
            default:
                throw new StoreException(
                    $"{table}.{column} holds a {value.GetType().Name} that PostgreSQL has no place for."
                );
        }
    }

    /// <summary>A value that PostgreSQL wrote as SQLite keeps it.</summary>
    public object Read(string table, string column, JsonElement value)
    {
        Form? form = forms.TryGetValue((table, column), out var found) ? found : null;
        return (form, value.ValueKind) switch
        {
            (_, JsonValueKind.Null) => DBNull.Value,
            (Form.Json, _) => Inside(table, column, value.GetRawText(), toPostgres: false),
            (Form.Bytes, JsonValueKind.String) => Convert.FromHexString(value.GetString()!.AsSpan(2)),
            (Form.Time, JsonValueKind.String) => DateTimeOffset
                .Parse(value.GetString()!, CultureInfo.InvariantCulture)
                .UtcDateTime.ToString(SqliteTime, CultureInfo.InvariantCulture),
            (_, JsonValueKind.True) => 1L,
            (_, JsonValueKind.False) => 0L,
            (_, JsonValueKind.Number) => value.TryGetInt64(out var whole) ? (object)whole : value.GetDouble(),
            (_, JsonValueKind.String) => value.GetString()!,
            _ => value.GetRawText(),
        };
    }

    /// <summary>EF writes bytes inside a document as each provider's own text.</summary>
    private string Inside(string table, string column, string text, bool toPostgres)
    {
        if (
            !inside.TryGetValue((table, column), out var properties)
            || properties.Count == 0
            || JsonNode.Parse(text) is not { } document
        )
        {
            return text;
        }
        foreach (var one in document is JsonArray list ? list.OfType<JsonObject>() : [document.AsObject()])
        {
            foreach (var (sqlite, postgres) in properties)
            {
                var name = postgres.GetJsonPropertyName() ?? postgres.Name;
                if (one[name] is not JsonValue written)
                {
                    continue;
                }
                var (from, to) = toPostgres ? (sqlite, postgres) : (postgres, sqlite);
                one[name] = JsonNode.Parse(
                    WriterOf(to).ToJsonString(WriterOf(from).FromJsonString(written.ToJsonString()))
                );
            }
        }
        return document.ToJsonString();
    }

    private static Microsoft.EntityFrameworkCore.Storage.Json.JsonValueReaderWriter WriterOf(IProperty property) =>
        property.GetJsonValueReaderWriter() ?? property.GetTypeMapping().JsonValueReaderWriter!;
}
