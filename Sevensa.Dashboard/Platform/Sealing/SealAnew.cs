using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Sevensa.Dashboard.Platform.Backups;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Sealing;

/// <summary>
/// Changes the key that seals. A dashboard that runs meanwhile has to know the new one before anything is sealed under it, so it is
/// laid into the file beforehand, where dashboards find it within half a minute.
/// </summary>
internal sealed class SealAnew(
    StoreKey key,
    StoreConnections connections,
    IDbContextFactory<Store> stores,
    IEnumerable<ISealedRows> all,
    IEnumerable<IStoreListener> listeners,
    IServiceProvider services,
    TimeProvider time
)
{
    /// <summary>Dashboards look at the file every half minute.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    /// <returns>What was done, in sentences.</returns>
    public async Task<IReadOnlyList<string>> PrepareAsync(CancellationToken cancellation)
    {
        await RequireWholeAsync(cancellation);
        var keys = key.Held();
        if (keys.Next is not null)
        {
            throw new CommandException($"{key.File} holds a next key already. Run seal-anew to seal under it.");
        }
        key.Put(keys with { Next = Random() });
        return
        [
            $"{key.File} holds a next key. Nothing is sealed under it yet.",
            "Dashboards with this file know it within half a minute. Where another host has a file of its own, copy this one there now.",
            "Run seal-anew after a minute.",
        ];
    }

    /// <inheritdoc cref="PrepareAsync"/>
    public async Task<IReadOnlyList<string>> ChangeAsync(CancellationToken cancellation)
    {
        await RequireWholeAsync(cancellation);
        var keys = key.Held();
        if (keys is { Next: null, Former.Count: > 0 })
        {
            var left = await SealAsync(cancellation);
            if (left.Done.Anew > 0)
            {
                await NoteAsync("What was left under a former key is sealed anew", cancellation);
                return
                [
                    "There were rows under a former key. They are done; the key stays as it is.",
                    .. left.Told,
                    await ProveAsync(cancellation),
                ];
            }
        }
        if (await IsUsedAsync(cancellation))
        {
            RequirePrepared(keys);
        }
        await NoteAsync("The key was changed; the former one opens on", cancellation);
        key.Put(keys.Promoted(keys.Next ?? Random()));
        // Once more, so that the record is sealed by the new one.
        await NoteAsync("What is sealed is sealed anew", cancellation);
        var (_, told) = await SealAsync(cancellation);
        return
        [
            $"{key.File} holds a new key, under which everything is sealed from now on.",
            .. told,
            "The former key stays in the file and opens what lies elsewhere, such as backups without a key in them. Take it out with seal-anew --forget.",
            await ProveAsync(cancellation),
        ];
    }

    /// <inheritdoc cref="PrepareAsync"/>
    public async Task<IReadOnlyList<string>> ForgetAsync(CancellationToken cancellation)
    {
        await RequireWholeAsync(cancellation);
        var keys = key.Held();
        if (keys.Former.Count == 0)
        {
            throw new CommandException($"{key.File} holds no former key: there is nothing to forget.");
        }
        if (keys.Next is not null)
        {
            throw new CommandException($"{key.File} holds a next key. Run seal-anew first, and forget then.");
        }
        if (await IsUsedAsync(cancellation))
        {
            // One that has not looked at the file for so long would go on sealing under the former.
            RequireSettled();
        }
        await NoteAsync("Former keys of the key file are forgotten", cancellation);
        var (done, told) = await SealAsync(cancellation);
        if (done.Unopened > 0)
        {
            throw new CommandException(
                string.Join(Environment.NewLine, told)
                    + Environment.NewLine
                    + "Nothing was forgotten: what no key opens may be of a former one. Look at it first."
            );
        }
        key.Put(keys with { Former = [] });
        return
        [
            .. told,
            $"{key.File} holds one key. What was sealed under former ones, and lies elsewhere, is not opened by it any more: keep their file with those backups.",
            "Programs whose refresh tokens are older than the change ask their people to sign in again.",
            await ProveAsync(cancellation),
        ];
    }

    private async Task<(SealedAnew Done, List<string> Told)> SealAsync(CancellationToken cancellation)
    {
        var (sum, told) = (default(SealedAnew), new List<string>());
        foreach (var rows in all.OrderBy(rows => rows.Name, StringComparer.Ordinal))
        {
            var done = await rows.SealAnewAsync(key, cancellation);
            sum = sum.Plus(done);
            told.Add(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {rows.Name}: {done.Anew} of {done.All} sealed anew{(done.Unopened > 0 ? $", {done.Unopened} of which no key here is the right one" : "")}"
                )
            );
        }
        return (sum, told);
    }

    private async Task<string> ProveAsync(CancellationToken cancellation)
    {
        var told = new List<string>();
        foreach (var listener in listeners)
        {
            var (complaint, sentence) = await listener.ProveAsync(null, cancellation);
            told.Add(complaint ?? sentence);
        }
        return string.Join(' ', told);
    }

    private async Task NoteAsync(string what, CancellationToken cancellation)
    {
        foreach (var listener in listeners)
        {
            await listener.SealingAnewAsync(what, cancellation);
        }
    }

    private async Task RequireWholeAsync(CancellationToken cancellation)
    {
        if (!File.Exists(key.File) || (connections.IsSqlite && !File.Exists(connections.SqliteFile)))
        {
            throw new CommandException(
                $"There is no store with a key at {key.File}. Name them with Storage:Folder and Security:KeyFile, as for the dashboard."
            );
        }
        await using var store = await stores.CreateDbContextAsync(cancellation);
        await StoreBackup.RefuseOtherVersionAsync(store, cancellation);
        // By the file of another store nothing is changed.
        if (SealedDataProtection.Mistake(services) is { } mistake)
        {
            throw new CommandException(mistake);
        }
    }

    private void RequirePrepared(HeldKeys keys)
    {
        if (keys.Next is null)
        {
            throw new CommandException(
                "A dashboard runs on this store, and would not open what is sealed under a key that it does not know. Run seal-anew --prepare, and seal-anew a minute later; or stop it first. Nothing was changed."
            );
        }
        RequireSettled();
    }

    private void RequireSettled()
    {
        var file = File.ResolveLinkTarget(key.File, returnFinalTarget: true)?.FullName ?? key.File;
        var age = time.GetUtcNow() - new DateTimeOffset(File.GetLastWriteTimeUtc(file));
        if (age >= TimeSpan.Zero && age < Patience)
        {
            throw new CommandException(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"A dashboard runs on this store, and the key file was changed {age.TotalSeconds:0} s ago. Run it again when that is a minute ago, so that the dashboard has read it. Nothing was changed."
                )
            );
        }
    }

    /// <summary>Whether another program has the store open.</summary>
    private async Task<bool> IsUsedAsync(CancellationToken cancellation)
    {
        if (connections.IsSqlite)
        {
            // What this program itself has open would look like somebody else's.
            SqliteConnection.ClearAllPools();
            return await SqliteTables.IsOpenElsewhereAsync(connections.SqliteFile, cancellation);
        }
        connections.Postgres.Clear();
        // Its own that it has just let go of are gone in a moment; a dashboard's are there again and again.
        for (var looks = 0; looks < 5; looks++)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(400), time, cancellation);
            await using var connection = await connections.OpenAsync(cancellation);
            await using var ask = connection.CreateCommand();
            ask.CommandText = """
                SELECT COUNT(*) FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND application_name = current_setting('application_name')
                """;
            if (Convert.ToInt64(await ask.ExecuteScalarAsync(cancellation), CultureInfo.InvariantCulture) > 0)
            {
                return true;
            }
        }
        return false;
    }

    private static byte[] Random() => RandomNumberGenerator.GetBytes(HeldKeys.Bytes);
}
