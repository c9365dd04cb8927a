namespace Sevensa.Dashboard.Tests.Features.Databases.Planted;

/// <summary>Shared tables whose rows are not kept apart.</summary>
internal static class PlantedRows
{
    public static Plant[] All { get; } =
    [
        new(
            "no row security",
            "create table public.notes (tenant text, words text); insert into public.notes values ('witcom', 'theirs'); grant select on public.notes to rentguy_app, witcom_app",
            "drop table public.notes",
            "rentguy:rowSecurity witcom:rowSecurity"
        ),
        new(
            "row security that believes a setting",
            "create table public.notes (tenant text, words text); insert into public.notes values ('witcom', 'theirs'); alter table public.notes enable row level security; create policy p on public.notes using (tenant = current_setting('app.tenant', true)); grant select on public.notes to rentguy_app",
            "drop table public.notes",
            "rentguy:rowSecurity"
        ),
        new(
            "a policy for all rows",
            "create table public.notes (tenant text, words text); insert into public.notes values ('witcom', 'theirs'); alter table public.notes enable row level security; create policy p on public.notes using (true); grant select on public.notes to rentguy_app",
            "drop table public.notes",
            "rentguy:rowSecurity"
        ),
    ];
}
