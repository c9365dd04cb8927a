using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Databases.Relocation;

/// <summary>
/// Closes a place to its two roles and opens it again. Their passwords stay, so that it opens as it was; each may be done again.
/// </summary>
internal sealed class PlaceGate(PostgresDoor door, TimeProvider time)
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Nobody signs in any more, and whoever was signed in is signed out.</summary>
    /// <exception cref="UpstreamException">It could not be closed.</exception>
    public Task CloseAsync(Instance instance, TenantPlace place, CancellationToken cancellation) =>
        CloseAsync(instance, place, "nologin", [place.Owner, place.Login], cancellation);

    /// <summary>The owner signs in no more, so that nothing is made or changed but rows; the login goes on.</summary>
    /// <exception cref="UpstreamException">It could not be closed.</exception>
    public Task CloseToOwnerAsync(Instance instance, TenantPlace place, CancellationToken cancellation) =>
        CloseAsync(instance, place, "login", [place.Owner], cancellation);

    private async Task CloseAsync(
        Instance instance,
        TenantPlace place,
        string login,
        string[] roles,
        CancellationToken cancellation
    )
    {
        await using var admin = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation);
        await admin.RunAsync(
            [$"alter role {Login(place)} {login}", $"alter role {Owner(place)} nologin", Join(place)],
            null,
            cancellation
        );
        var until = time.GetUtcNow() + Patience;
        // Twice: who came in just before shows a moment later.
        for (var quiet = 0; quiet < 2; )
        {
            var open = await admin.ValueAsync<long>(
                """
                select count(*) from (select pg_terminate_backend(pid) from pg_stat_activity
                  where usename = any(@roles) and pid <> pg_backend_pid()) x
                """,
                cancellation,
                ("roles", roles)
            );
            quiet = open == 0 ? quiet + 1 : 0;
            if (open > 0 && time.GetUtcNow() >= until)
            {
                throw new UpstreamException(
                    instance.Upstream,
                    UpstreamFault.TimedOut,
                    $"{open} sessions of {place.Login} or {place.Owner} do not end. Look at them in pg_stat_activity."
                );
            }
            await Task.Delay(LookEvery, time, cancellation);
        }
    }

    /// <summary>Looks that nobody opened it since it was closed.</summary>
    /// <exception cref="UpstreamException">Somebody did, so what was copied may not be all there is.</exception>
    public async Task StandsClosedAsync(Instance instance, TenantPlace place, CancellationToken cancellation)
    {
        await using var admin = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation);
        var open = await admin.Connection.RowsAsync(
            """
            select rolname || ' can sign in' from pg_roles where rolname = any(@roles) and rolcanlogin
            union select usename || ' is signed in' from pg_stat_activity where usename = any(@roles)
            """,
            row => row.GetString(0),
            cancellation,
            ("roles", new[] { place.Owner, place.Login })
        );
        if (open.Count > 0)
        {
            throw new UpstreamException(
                instance.Upstream,
                UpstreamFault.Refused,
                $"Somebody opened the {place.Words} meanwhile ({string.Join(", ", open)}): what was written since is not in the copy."
            );
        }
    }

    /// <summary>As it was before it was closed.</summary>
    public async Task OpenAsync(Instance instance, TenantPlace place, CancellationToken cancellation)
    {
        await using var admin = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation);
        await admin.RunAsync(
            [$"alter role {Owner(place)} login", $"alter role {Login(place)} login", Leave(place)],
            null,
            cancellation
        );
    }

    public async Task JoinAsync(Instance instance, TenantPlace place, CancellationToken cancellation)
    {
        await using var admin = await AdminSession.OpenAsync(door, instance, instance.Database, cancellation);
        await admin.RunAsync([Join(place)], null, cancellation);
    }

    /// <summary>The administrative role comes to be a member of both, as signing them out and reading what is theirs takes.</summary>
    public static string Join(TenantPlace place) => $"grant {Owner(place)}, {Login(place)} to current_user";

    public static string Leave(TenantPlace place) => $"revoke {Owner(place)}, {Login(place)} from current_user";

    private static string Owner(TenantPlace place) => PostgresNames.Quoted(place.Owner);

    private static string Login(TenantPlace place) => PostgresNames.Quoted(place.Login);
}
