using System.ComponentModel.DataAnnotations;
using System.Data.Common;
using Npgsql;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Section <c>Storage</c>.</summary>
public sealed class StorageOptions : IValidatableObject
{
    /// <summary>Folder of the SQLite file, the key file and what else must survive a restart.</summary>
    [Required]
    public string Folder { get; set; } = "data";

    /// <summary>PostgreSQL connection string; empty for SQLite. <c>Password</c> may be left out and given by <see cref="PostgresPasswordFile"/>.</summary>
    public string? Postgres { get; set; }

    /// <summary>File that holds the PostgreSQL password.</summary>
    public string? PostgresPasswordFile { get; set; }

    /// <summary>How long to wait for another program that migrates.</summary>
    [Range(1, 3600)]
    public int MigrationWaitSeconds { get; set; } = 60;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (string.IsNullOrWhiteSpace(Postgres))
        {
            yield break;
        }
        foreach (var mistake in Mistakes(Postgres))
        {
            yield return new ValidationResult(mistake, [nameof(Postgres)]);
        }
        if (PostgresPasswordFile is { Length: > 0 } file && Unreadable(file) is { } why)
        {
            yield return new ValidationResult($"\"{file}\" {why}", [nameof(PostgresPasswordFile)]);
        }
    }

    /// <summary>By key; a value is never repeated, since one of them is the password.</summary>
    private static IEnumerable<string> Mistakes(string text)
    {
        DbConnectionStringBuilder? parts = null;
        try
        {
            parts = new DbConnectionStringBuilder { ConnectionString = text };
        }
        catch (ArgumentException) { }
        if (parts is null)
        {
            yield return "it is no connection string (Host=…;Username=…;Database=…)";
            yield break;
        }
        var read = new NpgsqlConnectionStringBuilder();
        foreach (string key in parts.Keys)
        {
            string? wrong = null;
            try
            {
                read[key] = parts[key];
            }
            catch (Exception exception)
                when (exception is ArgumentException or FormatException or InvalidCastException or KeyNotFoundException)
            {
                wrong =
                    exception is KeyNotFoundException || exception.InnerException is KeyNotFoundException
                        ? "is no key of a PostgreSQL connection string"
                        : "has a value that it can't have";
            }
            if (wrong is not null)
            {
                yield return $"\"{key}\" {wrong}";
            }
        }
        if (string.IsNullOrWhiteSpace(read.Host))
        {
            yield return "it names no Host";
        }
    }

    private static string? Unreadable(string file)
    {
        try
        {
            return File.ReadAllText(file).Trim().Length == 0 ? "is empty" : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return exception is FileNotFoundException or DirectoryNotFoundException
                ? "is not there"
                : $"can't be read: {exception.Message}";
        }
    }
}
