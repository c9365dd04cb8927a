namespace Sevensa.Dashboard.Tests.Features.Databases.Planted;

/// <summary>Roles that a login can become, and powers of its own.</summary>
internal static class PlantedRoles
{
    public static Plant[] All { get; } =
    [
        new(
            "membership",
            "grant witcom_owner to rentguy_app",
            "revoke witcom_owner from rentguy_app",
            "rentguy:roles rentguy:tables rentguy:sequences rentguy:creating rentguy:largeObjects"
        ),
        new(
            "membership without inheriting",
            "alter role rentguy_app noinherit; grant witcom_app to rentguy_app",
            "revoke witcom_app from rentguy_app; alter role rentguy_app inherit",
            "rentguy:roles"
        ),
        new(
            "a group that has to be become",
            "create role readers; grant usage on schema witcom to readers; grant select on witcom.orders to readers; alter role rentguy_app noinherit; grant readers to rentguy_app",
            "revoke all on schema witcom from readers; revoke all on witcom.orders from readers; drop role readers; alter role rentguy_app inherit",
            "rentguy:tables"
        ),
        new(
            "a group of groups",
            "create role inner_group; create role outer_group; grant inner_group to outer_group; grant outer_group to rentguy_app; grant usage on schema witcom to inner_group; grant select on witcom.orders to inner_group",
            "revoke all on schema witcom from inner_group; revoke all on witcom.orders from inner_group; drop role inner_group, outer_group",
            "rentguy:tables"
        ),
        new(
            "reads all",
            "grant pg_read_all_data to rentguy_app",
            "revoke pg_read_all_data from rentguy_app",
            "rentguy:roles",
            Perhaps: "rentguy:tables"
        ),
        new(
            "runs programs",
            "grant pg_execute_server_program to rentguy_app",
            "revoke pg_execute_server_program from rentguy_app",
            "rentguy:roles"
        ),
        new(
            "sees all that is done",
            "grant pg_read_all_stats to rentguy_app",
            "revoke pg_read_all_stats from rentguy_app",
            "rentguy:roles rentguy:statements",
            Perhaps: "rentguy:activity"
        ),
        new(
            "ends others' sessions",
            "grant pg_signal_backend to rentguy_app",
            "revoke pg_signal_backend from rentguy_app",
            "rentguy:roles"
        ),
        new(
            "bypassrls",
            "alter role rentguy_app bypassrls",
            "alter role rentguy_app nobypassrls",
            "rentguy:attributes",
            Perhaps: "rentguy:tables rentguy:rowSecurity"
        ),
        new(
            "createrole",
            "alter role rentguy_app createrole",
            "alter role rentguy_app nocreaterole",
            "rentguy:attributes"
        ),
        new(
            "replication",
            "alter role rentguy_app replication",
            "alter role rentguy_app noreplication",
            "rentguy:attributes"
        ),
        new(
            "superuser",
            "alter role rentguy_app superuser",
            "alter role rentguy_app nosuperuser",
            "rentguy:attributes"
        ),
        new(
            "a template to copy",
            "alter database psra is_template true; alter role rentguy_app createdb",
            "alter database psra is_template false; alter role rentguy_app nocreatedb",
            "rentguy:attributes"
        ),
        new(
            "the owner is a member of another's role",
            "grant witcom_owner to rentguy_owner",
            "revoke witcom_owner from rentguy_owner",
            "rentguy:roles rentguy:sequences rentguy:tables"
        ),
        new(
            "the owner passes by row security",
            "alter role rentguy_owner bypassrls",
            "alter role rentguy_owner nobypassrls",
            "rentguy:attributes"
        ),
        new(
            "the owner reads all",
            "grant pg_read_all_data to rentguy_owner",
            "revoke pg_read_all_data from rentguy_owner",
            "rentguy:roles"
        ),
    ];
}
