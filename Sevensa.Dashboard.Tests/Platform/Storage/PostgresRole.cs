using Npgsql;

namespace Sevensa.Dashboard.Tests.Platform.Storage;

/// <summary>A role that is no superuser, with a database of its own and its password ("first") in a file.</summary>
/// <param name="Settings">Of a program that signs in as it; the connection string comes first.</param>
internal sealed record PostgresRole(string Name, (string Key, string Value)[] Settings, string PasswordFile)
{
    public static async Task<PostgresRole> MakeAsync(PostgresCluster cluster)
    {
        var name = $"role{Guid.NewGuid():n}";
        var to = new NpgsqlConnectionStringBuilder(await cluster.DatabaseAsync(name))
        {
            Username = name,
            Password = null,
        };
        await cluster.RunAsync($"CREATE ROLE {name} LOGIN PASSWORD 'first'; ALTER DATABASE {name} OWNER TO {name}");
        var file = Path.Combine(Directory.CreateTempSubdirectory("sevensa-test-").FullName, "password");
        await File.WriteAllTextAsync(file, "first\n");
        return new(name, [("Storage:Postgres", to.ToString()), ("Storage:PostgresPasswordFile", file)], file);
    }
}
