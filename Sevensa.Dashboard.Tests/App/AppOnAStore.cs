namespace Sevensa.Dashboard.Tests.App;

/// <summary>Tests of the real program that run the same on both stores.</summary>
public abstract class AppOnAStore
{
    /// <summary>Settings of a new, empty store: SQLite's in the program's own folder unless a class says otherwise.</summary>
    protected virtual Task<(string Key, string Value)[]> NewStoreAsync() => Task.FromResult<(string, string)[]>([]);

    /// <summary>Those of one to which nothing was done yet.</summary>
    protected virtual Task<(string Key, string Value)[]> BareStoreAsync() => NewStoreAsync();

    /// <summary>Those of a new database.</summary>
    protected static async Task<(string Key, string Value)[]> NewStoreAsync(PostgresCluster cluster) =>
        [("Storage:Postgres", await StoreTemplate.DatabaseAsync(cluster))];
}
