using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Npgsql;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Backups;

/// <summary>
/// The scratch databases of drills, each with a role of the same name. As long as a drill is at work a session of it holds a lock
/// by that name; what nobody holds was left by a dashboard that died, and is dropped.
/// </summary>
internal sealed partial class DrillScratch(PostgresDoor door)
{
    public const string Prefix = "sevensa_drill_";
    private const string Mark = "sevensa.drill";

    /// <summary>Of advisory locks, so that no other's are met: "dril".</summary>
    private const int Space = 0x6472696c;

    /// <summary>Makes the scratch database, and holds it until what is returned is disposed of.</summary>
    public async Task<IAsyncDisposable> MakeAsync(
        Instance instance,
        string name,
        string password,
        CancellationToken cancellation
    )
    {
        var admin = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation);
        try
        {
            await HoldAsync(admin, name, cancellation);
            var scratch = PostgresNames.Quoted(name);
            await admin.RunAsync(
                [
                    $"create role {scratch} login connection limit 4 password {PostgresNames.Literal(ScramVerifier.Of(password))}",
                    $"comment on role {scratch} is '{Mark}'",
                    $"grant {scratch} to current_user",
                    $"create database {scratch} owner {scratch} template template0",
                    $"revoke all on database {scratch} from public",
                ],
                null,
                cancellation
            );
            return admin;
        }
        catch
        {
            await admin.DisposeAsync();
            throw;
        }
    }

    public static string[] Dropping(string name) =>
        [
            $"drop database if exists {PostgresNames.Quoted(name)} with (force)",
            $"drop role if exists {PostgresNames.Quoted(name)}",
        ];

    /// <summary>Drops what drills left behind whose dashboard died.</summary>
    /// <returns>Their names.</returns>
    /// <exception cref="UpstreamException">The instance can't be signed in to.</exception>
    public async Task<IReadOnlyList<string>> SweepAsync(Instance instance, CancellationToken cancellation)
    {
        await using var admin = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation);
        var found = await admin.Connection.RowsAsync(
            """
            select r.rolname::text from pg_roles r
             where shobj_description(r.oid, 'pg_authid') = @mark
               and not exists (select from pg_database d where d.datname = r.rolname and d.datdba <> r.oid)
            """,
            row => row.GetString(0),
            cancellation,
            ("mark", Mark)
        );
        var dropped = new List<string>();
        foreach (var name in found.Where(name => Name().IsMatch(name)))
        {
            if (await HoldAsync(admin, name, cancellation))
            {
                await admin.RunAsync(
                    [$"grant {PostgresNames.Quoted(name)} to current_user", .. Dropping(name)],
                    null,
                    cancellation
                );
                dropped.Add(name);
            }
        }
        return dropped;
    }

    /// <summary>Until the session ends.</summary>
    private static Task<bool> HoldAsync(AdminSession admin, string name, CancellationToken cancellation) =>
        admin.ValueAsync<bool>(
            "select pg_try_advisory_lock(@space, hashtext(@name))",
            cancellation,
            ("space", Space),
            ("name", name)
        );

    [GeneratedRegex("^sevensa_drill_[0-9a-zA-Z]+$")]
    private static partial Regex Name();
}

/// <summary>Drops at the start what drills left behind.</summary>
internal sealed class DrillSweep(
    InstanceRegistry registry,
    DrillScratch scratch,
    IOptions<List<BackupOptions>> backups,
    IOptions<DrillOptions> options,
    ILogger<DrillSweep> log
) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var names = backups
            .Value.Select(one => options.Value.Instance ?? one.Instance)
            .ToHashSet(StringComparer.Ordinal);
        foreach (var instance in registry.All.Where(one => one.Admin is not null && names.Contains(one.Name)))
        {
            try
            {
                foreach (var name in await scratch.SweepAsync(instance, stoppingToken))
                {
                    log.LogInformation(
                        "A drill that was cut short had left {Scratch} on {Instance}; it is dropped",
                        name,
                        instance.Name
                    );
                }
            }
            catch (Exception exception) when (exception is UpstreamException or NpgsqlException)
            {
                // The next drill looks again.
                log.LogWarning(
                    exception,
                    "What drills may have left on {Instance} could not be looked for",
                    instance.Name
                );
            }
        }
    }
}
