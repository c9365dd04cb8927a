namespace Sevensa.Dashboard.Tests.Features.Databases.Planted;

/// <summary>Code that runs with others' rights or on others' rows, or may be read.</summary>
internal static class PlantedFunctions
{
    public static Plant[] All { get; } =
    [
        new(
            "another's function with its rights",
            "set role witcom_owner; create function witcom.peek() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as 'select count(*) from witcom.orders'; reset role; grant usage on schema witcom to rentguy_app",
            "drop function witcom.peek(); revoke all on schema witcom from rentguy_app",
            "rentguy:functions rentguy:code platform:code"
        ),
        new(
            "a superuser's function that reads another's table",
            "create function public.peek() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as 'select count(*) from witcom.orders'",
            "drop function public.peek()",
            "rentguy:functions platform:functions"
        ),
        new(
            "a superuser's function with a body of its own",
            "create function public.peek() returns bigint language sql security definer set search_path = pg_catalog, pg_temp return (select count(*) from witcom.orders)",
            "drop function public.peek()",
            "rentguy:functions platform:functions"
        ),
        new(
            "a superuser's function that executes text",
            "create function public.run(what text) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as 'declare r text; begin execute what into r; return r; end'",
            "drop function public.run(text)",
            "rentguy:functions platform:functions witcom:functions"
        ),
        new(
            "a superuser's function without a search path",
            "create function public.named() returns bigint language plpgsql security definer as 'begin return (select count(*) from orders); end'",
            "drop function public.named()",
            "rentguy:functions platform:functions witcom:functions"
        ),
        new(
            "a trigger that hands rows over",
            "create function rentguy.take() returns trigger language plpgsql as 'begin return new; end'; alter function rentguy.take() owner to rentguy_owner; create trigger taken after insert on witcom.orders for each row execute function rentguy.take()",
            "drop trigger taken on witcom.orders; drop function rentguy.take()",
            "rentguy:triggers witcom:code platform:code"
        ),
        new(
            "another's code",
            "create function witcom.secret_recipe() returns int language sql as 'select 42'",
            "drop function witcom.secret_recipe()",
            "rentguy:code platform:code"
        ),
        new(
            "a superuser's function that makes a query into XML",
            "create function public.run(what text) returns xml language sql security definer set search_path = pg_catalog, pg_temp as 'select query_to_xml(what, true, false, '''')'",
            "drop function public.run(text)",
            "rentguy:functions platform:functions witcom:functions"
        ),
        new(
            "a superuser's function that executes a setting",
            "create function public.run() returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as 'declare r text; begin execute current_setting(''app.what'') into r; return r; end'",
            "drop function public.run()",
            "rentguy:functions platform:functions witcom:functions"
        ),
        new(
            "a reporting role's function that executes text",
            "create role reporting; grant usage on schema witcom to reporting; grant select on witcom.orders to reporting; create function public.run(what text) returns text language plpgsql security definer set search_path = pg_catalog, pg_temp as 'declare r text; begin execute what into r; return r; end'; alter function public.run(text) owner to reporting",
            "drop function public.run(text); revoke all on schema witcom from reporting; revoke all on witcom.orders from reporting; drop role reporting",
            "rentguy:functions platform:functions"
        ),
        new(
            "a superuser's function that is pinned to where its caller makes objects",
            "grant create on schema rentguy to rentguy_app; create function public.named() returns bigint language plpgsql security definer set search_path = rentguy, pg_temp as 'begin return (select count(*) from orders); end'",
            "drop function public.named(); revoke create on schema rentguy from rentguy_app",
            "rentguy:functions"
        ),
        new(
            "a superuser's function hidden in the catalogue",
            "create function pg_catalog.peek() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as 'select count(*) from witcom.orders'",
            "drop function pg_catalog.peek()",
            "rentguy:functions platform:functions"
        ),
        new(
            "a superuser's function hidden in an extension",
            "create function public.peek() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as 'select count(*) from witcom.orders'; alter extension dblink add function public.peek()",
            "alter extension dblink drop function public.peek(); drop function public.peek()",
            "rentguy:functions platform:functions"
        ),
        new(
            "a rule that hands rows over",
            "create table rentguy.copied (id bigint, customer text); alter table rentguy.copied owner to rentguy_owner; create rule handed as on insert to witcom.orders do also insert into rentguy.copied values (new.id, new.customer)",
            "drop rule handed on witcom.orders; drop table rentguy.copied",
            "rentguy:triggers"
        ),
        new(
            "a check that is handed rows",
            "create function rentguy.take(text) returns boolean language sql immutable as 'select true'; alter function rentguy.take(text) owner to rentguy_owner; alter table witcom.orders add constraint handed check (rentguy.take(customer))",
            "alter table witcom.orders drop constraint handed; drop function rentguy.take(text)",
            "rentguy:triggers witcom:code platform:code"
        ),
        new(
            "a default that runs another's code",
            "create function rentguy.give() returns text language sql as 'select current_user::text'; alter function rentguy.give() owner to rentguy_owner; alter table witcom.orders alter customer set default rentguy.give()",
            "alter table witcom.orders alter customer drop default; drop function rentguy.give()",
            "rentguy:triggers witcom:code platform:code"
        ),
        new(
            "an event trigger of another's code",
            "create function rentguy.made() returns event_trigger language plpgsql as 'begin end'; alter function rentguy.made() owner to rentguy_owner; create event trigger handed on ddl_command_end execute function rentguy.made()",
            "drop event trigger handed; drop function rentguy.made()",
            "rentguy:triggers witcom:code platform:code"
        ),
    ];
}
