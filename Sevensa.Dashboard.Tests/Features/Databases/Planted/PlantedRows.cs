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
        new(
            "a view of all rows",
            "create table public.notes (tenant text, words text); insert into public.notes values ('witcom', 'theirs'); create view public.all_notes as select * from public.notes; grant select on public.all_notes to rentguy_app",
            "drop table public.notes cascade",
            "rentguy:rowSecurity"
        ),
        new(
            "a view that only filters",
            "create table public.notes (tenant text, words text); insert into public.notes values ('witcom', 'theirs'); create view public.own_notes as select tenant, words from public.notes where tenant = split_part(current_user, '_', 1); grant select on public.own_notes to rentguy_app",
            "drop table public.notes cascade",
            "rentguy:rowSecurity"
        ),
        new(
            "a policy that lets whatever is not seen be changed",
            "create table public.notes (tenant text, words text); insert into public.notes values ('witcom', 'theirs'); alter table public.notes enable row level security; create policy seen on public.notes for select using (tenant = split_part(current_user, '_', 1)); create policy changed on public.notes for update using (true); grant select, update on public.notes to rentguy_app",
            "drop table public.notes",
            "rentguy:rowSecurity"
        ),
        new(
            "a policy that lets rows be added in others' names",
            "create table public.notes (tenant text, words text); insert into public.notes values ('witcom', 'theirs'); alter table public.notes enable row level security; create policy seen on public.notes for select using (tenant = split_part(current_user, '_', 1)); create policy added on public.notes for insert with check (true); grant select, insert on public.notes to rentguy_app",
            "drop table public.notes",
            "rentguy:rowSecurity"
        ),
    ];
}
