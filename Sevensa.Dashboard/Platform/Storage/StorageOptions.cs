using System.ComponentModel.DataAnnotations;

namespace Sevensa.Dashboard.Platform.Storage;

/// <summary>Section <c>Storage</c>.</summary>
public sealed class StorageOptions
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
}
