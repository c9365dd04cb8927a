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
    ];
}
