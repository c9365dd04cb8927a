namespace Sevensa.Dashboard.Tests.Features.Databases.Planted;

/// <summary>Other databases, and ways to them.</summary>
internal static class PlantedDatabases
{
    public static Plant[] All { get; } =
    [
        new(
            "a database open to all",
            "grant connect on database psra to public",
            "revoke connect on database psra from public",
            "rentguy:otherDatabases platform:otherDatabases witcom:otherDatabases"
        ),
        new(
            "a database to fill",
            "grant connect, temporary on database psra to rentguy_app",
            "revoke all on database psra from rentguy_app",
            "rentguy:otherDatabases rentguy:temporary"
        ),
        new(
            "a database to build in",
            "grant connect, create on database psra to rentguy_app",
            "revoke all on database psra from rentguy_app",
            "rentguy:otherDatabases rentguy:creating"
        ),
        new(
            "dblink without a password",
            "grant execute on function dblink_connect_u(text) to rentguy_app",
            "revoke execute on function dblink_connect_u(text) from rentguy_app",
            "rentguy:dblink"
        ),
        new(
            "a foreign table",
            "create foreign table public.far (id bigint) server psra_server options (schema_name 'psra', table_name 'orders'); grant select on public.far to rentguy_app",
            "drop foreign table public.far",
            "rentguy:foreignData"
        ),
        new(
            "a foreign server",
            "grant usage on foreign server psra_server to rentguy_app",
            "revoke usage on foreign server psra_server from rentguy_app",
            "rentguy:foreignData"
        ),
        new(
            "a publication",
            "create publication everything for table witcom.orders; alter publication everything owner to rentguy_owner",
            "drop publication everything",
            "rentguy:publications"
        ),
    ];
}
