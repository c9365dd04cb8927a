namespace Sevensa.Dashboard.Tests.Features.Databases.Planted;

/// <summary>Rights on what is the server's: its catalogue, files, settings and extensions.</summary>
internal static class PlantedCatalogues
{
    public static Plant[] All { get; } =
    [
        new(
            "password hashes",
            "grant select on pg_authid to rentguy_app",
            "revoke select on pg_authid from rentguy_app",
            "rentguy:catalogs"
        ),
        new(
            "one column of password hashes",
            "grant select (rolpassword) on pg_authid to rentguy_app",
            "revoke select (rolpassword) on pg_authid from rentguy_app",
            "rentguy:catalogs"
        ),
        new(
            "the server's files",
            "grant execute on function pg_read_file(text) to rentguy_app",
            "revoke execute on function pg_read_file(text) from rentguy_app",
            "rentguy:catalogs"
        ),
        new(
            "a setting",
            "grant set on parameter log_statement to rentguy_app",
            "revoke set on parameter log_statement from rentguy_app",
            "rentguy:settings"
        ),
        new(
            "an extension's own view",
            "grant select on public.pg_buffercache to rentguy_app",
            "revoke select on public.pg_buffercache from rentguy_app",
            "rentguy:extensions"
        ),
    ];
}
