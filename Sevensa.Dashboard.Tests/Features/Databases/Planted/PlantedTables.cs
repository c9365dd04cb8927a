namespace Sevensa.Dashboard.Tests.Features.Databases.Planted;

/// <summary>Rights on others' tables, views, sequences and large objects.</summary>
internal static class PlantedTables
{
    public static Plant[] All { get; } =
    [
        new(
            "a grant to everybody",
            "grant usage on schema witcom to public; grant select on witcom.orders to public",
            "revoke all on schema witcom from public; revoke all on witcom.orders from public",
            "rentguy:tables platform:tables"
        ),
        new(
            "a grant to one",
            "grant usage on schema witcom to rentguy_app; grant select on witcom.orders to rentguy_app",
            "revoke all on schema witcom from rentguy_app; revoke all on witcom.orders from rentguy_app",
            "rentguy:tables"
        ),
        new(
            "a column",
            "grant usage on schema witcom to rentguy_app; grant select (customer) on witcom.orders to rentguy_app",
            "revoke all on schema witcom from rentguy_app; revoke select (customer) on witcom.orders from rentguy_app",
            "rentguy:tables"
        ),
        new(
            "a column to write",
            "grant usage on schema witcom to rentguy_app; grant update (customer) on witcom.orders to rentguy_app",
            "revoke all on schema witcom from rentguy_app; revoke update (customer) on witcom.orders from rentguy_app",
            "rentguy:tables"
        ),
        new(
            "insert alone",
            "grant usage on schema witcom to rentguy_app; grant insert on witcom.orders to rentguy_app",
            "revoke all on schema witcom from rentguy_app; revoke all on witcom.orders from rentguy_app",
            "rentguy:tables"
        ),
        new(
            "delete alone",
            "grant usage on schema witcom to rentguy_app; grant delete on witcom.orders to rentguy_app",
            "revoke all on schema witcom from rentguy_app; revoke all on witcom.orders from rentguy_app",
            "rentguy:tables"
        ),
        new(
            "truncate alone",
            "grant usage on schema witcom to rentguy_app; grant truncate on witcom.orders to rentguy_app",
            "revoke all on schema witcom from rentguy_app; revoke all on witcom.orders from rentguy_app",
            "rentguy:tables"
        ),
        new(
            "a trigger's right",
            "grant usage on schema witcom to rentguy_app; grant trigger on witcom.orders to rentguy_app",
            "revoke all on schema witcom from rentguy_app; revoke all on witcom.orders from rentguy_app",
            "rentguy:tables"
        ),
        new(
            "names that need quotes",
            "grant usage on schema witcom to rentguy_app; grant select on witcom.\"O'd\"\"d, T\" to rentguy_app",
            "revoke all on schema witcom from rentguy_app; revoke all on witcom.\"O'd\"\"d, T\" from rentguy_app",
            "rentguy:tables"
        ),
        new(
            "a view",
            "create view public.all_orders as select * from witcom.orders; grant select on public.all_orders to public",
            "drop view public.all_orders",
            "rentguy:tables platform:tables"
        ),
        new(
            "a view in one's own schema",
            "create view rentguy.others as select * from witcom.orders; grant select on rentguy.others to rentguy_app",
            "drop view rentguy.others",
            "rentguy:tables witcom:code platform:code"
        ),
        new(
            "a view of a view",
            "create view public.inner_view as select * from witcom.orders; create view public.outer_view as select * from public.inner_view; grant select on public.outer_view to rentguy_app",
            "drop view public.outer_view, public.inner_view",
            "rentguy:tables"
        ),
        new(
            "a copy",
            "create materialized view public.copied as select * from witcom.orders; grant select on public.copied to rentguy_app",
            "drop materialized view public.copied",
            "rentguy:tables"
        ),
        new(
            "a parent of another's table",
            "create table rentguy.parent (id bigint, customer text); alter table witcom.plain inherit rentguy.parent; grant select on rentguy.parent to rentguy_app",
            "alter table witcom.plain no inherit rentguy.parent; drop table rentguy.parent",
            "rentguy:inheritance"
        ),
        new(
            "tables of tomorrow",
            "alter default privileges for role witcom_owner in schema witcom grant select on tables to public",
            "alter default privileges for role witcom_owner in schema witcom revoke select on tables from public",
            "rentguy:defaultPrivileges platform:defaultPrivileges"
        ),
        new(
            "tables of tomorrow, wherever",
            "alter default privileges for role witcom_owner grant select on tables to rentguy_app",
            "alter default privileges for role witcom_owner revoke select on tables from rentguy_app",
            "rentguy:defaultPrivileges"
        ),
        new(
            "a sequence",
            "grant usage on sequence witcom.orders_id_seq to rentguy_app",
            "revoke all on sequence witcom.orders_id_seq from rentguy_app",
            "rentguy:sequences"
        ),
        new(
            "a large object",
            "grant select on large object 7001 to public",
            "revoke all on large object 7001 from public",
            "rentguy:largeObjects platform:largeObjects"
        ),
        new(
            "a large object to write",
            "grant update on large object 7001 to rentguy_app",
            "revoke all on large object 7001 from rentguy_app",
            "rentguy:largeObjects"
        ),
        new(
            "a right of the owner's, which its functions run with",
            "grant usage on schema witcom to rentguy_owner; grant select on witcom.orders to rentguy_owner",
            "revoke all on schema witcom from rentguy_owner; revoke all on witcom.orders from rentguy_owner",
            "rentguy:tables"
        ),
        new(
            "a copy in the information schema",
            "create table information_schema.copied as select * from witcom.orders; grant select on information_schema.copied to rentguy_app",
            "drop table information_schema.copied",
            "rentguy:catalogs"
        ),
        new(
            "a foreign key that tells",
            "create table rentguy.probe (id bigint references witcom.orders); alter table rentguy.probe owner to rentguy_owner",
            "drop table rentguy.probe",
            "rentguy:references"
        ),
        new(
            "a part of another's table",
            "create table witcom.parted (id int) partition by list (id); alter table witcom.parted owner to witcom_owner; create table rentguy.part partition of witcom.parted default; alter table rentguy.part owner to rentguy_owner",
            "drop table witcom.parted",
            "rentguy:triggers"
        ),
    ];
}
