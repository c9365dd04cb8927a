using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Databases.Repair;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Three tenants in schemas of one database and one in a database of its own, with much beside that only looks like a leak.</summary>
public sealed class KeptApart : IAsyncLifetime
{
    public static readonly string[] Tenants = ["platform", "psra-ltsd", "rentguy", "witcom"];
    private readonly PostgresDoor door = new([]);
    private InstanceRegistry registry = null!;

    /// <summary>What the last proof was made of.</summary>
    private InstanceFacts facts = null!;

    public SharedInstance Instance { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Instance.InitializeAsync();
        await Instance.Cluster.RunAsync("alter system set shared_preload_libraries = 'pg_stat_statements'");
        await Instance.Cluster.StopAsync();
        await Instance.Cluster.StartAsync();
        await Instance.Cluster.RunAsync("create role sevensa_admin superuser login password 'admin'");
        foreach (var tenant in new[] { "rentguy", "witcom", "platform" })
        {
            await Instance.PlaceAsync(tenant);
        }
        await Instance.MakeDatabaseAsync("psra");
        await Instance.PlaceAsync("psra", "psra");
        await Instance.RunAsync(
            "shared",
            $$"""
            grant usage on schema public to public;
            create table public.countries (code text); grant select on public.countries to public;
            create view public.count_of_countries as select count(*) from public.countries; grant select on public.count_of_countries to public;
            create function public.harmless() returns int language sql security definer as 'select 1';
            create function public.pinned() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as 'select count(*) from public.countries';
            create view public.checked with (security_invoker = true) as select * from witcom.orders; grant select on public.checked to public;
            create table witcom.granted_in_vain (id int); alter table witcom.granted_in_vain owner to witcom_owner;
            grant select on witcom.granted_in_vain to platform_app;
            create table platform.secured (id int); alter table platform.secured owner to platform_owner; alter table platform.secured enable row level security;
            insert into platform.secured values (1);
            grant usage on schema platform to rentguy_app; grant select on platform.secured to rentguy_app;
            create table public.kept_apart (tenant text, words text); insert into public.kept_apart values ('rentguy', 'a'), ('witcom', 'b');
            alter table public.kept_apart enable row level security;
            create policy own on public.kept_apart using (tenant = split_part(current_user, '_', 1));
            grant select, insert on public.kept_apart to rentguy_app, witcom_app;
            create table public.bare (tenant text, words text); insert into public.bare values ('rentguy', 'a'), ('witcom', 'b');
            create view public.barred with (security_barrier) as select tenant, words from public.bare where tenant = split_part(current_user, '_', 1);
            grant select on public.barred to rentguy_app;
            create function public.notes_it() returns trigger language plpgsql security definer set search_path = pg_catalog, pg_temp as 'begin return new; end';
            create table rentguy.lines (id int, "order" bigint references rentguy.orders); alter table rentguy.lines owner to rentguy_owner;
            create extension pg_stat_statements; create extension dblink; create extension postgres_fdw; create extension pg_buffercache;
            create server psra_server foreign data wrapper postgres_fdw options (host '127.0.0.1', port '{{Instance.Cluster.Port}}', dbname 'psra');
            create user mapping for public server psra_server options (user 'psra_app', password '{{SharedInstance.PasswordOf(
                "psra"
            )}}');
            create table witcom."O'd""d, T" (id int); alter table witcom."O'd""d, T" owner to witcom_owner;
            create table witcom.plain (id bigint, customer text); alter table witcom.plain owner to witcom_owner;
            select lo_from_bytea(7001, 'theirs'); alter large object 7001 owner to witcom_owner;
            """
        );
        var settings = Instance
            .Settings()
            .Concat(Instance.Placed(0, "rentguy"))
            .Concat(Instance.Placed(1, "witcom"))
            .Concat(Instance.Placed(2, "platform"))
            .Concat(Instance.Placed(3, "psra", "psra"))
            .ToDictionary(one => one.Key, one => (string?)one.Value);
        (settings["Databases:Instances:0:AdminUser"], settings["Databases:Instances:0:AdminPasswordFile"]) = (
            "sevensa_admin",
            Instance.FileWith("admin", "admin")
        );
        settings["Databases:Placements:3:Tenant"] = "psra-ltsd";
        settings.Remove("Databases:Placements:3:Schema");
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        registry = new InstanceRegistry(
            Options.Create(configuration.GetSection(InstanceOptions.Section).Get<List<InstanceOptions>>()!),
            Options.Create(configuration.GetSection(PlacementOptions.Section).Get<List<PlacementOptions>>()!)
        );
    }

    internal Task<InstanceFacts> LookAsync() =>
        new InstanceSurvey(door, TimeProvider.System).LookAsync(
            registry.Find("shared"),
            TestContext.Current.CancellationToken
        );

    /// <summary>What closes the leaks of the last proof.</summary>
    internal async Task<RepairWork> RepairOfAsync(IReadOnlyList<Attempt> attempts) =>
        await new LeakRepair(registry.Find("shared"), facts, door).FindAsync(
            [
                .. attempts
                    .Where(one => one.Outcome == AttemptOutcome.Leak)
                    .Select(
                        (one, number) =>
                            new AttemptRow
                            {
                                ProofId = "proof",
                                Number = number,
                                Tenant = one.Tenant,
                                Victim = one.Victim,
                                Kind = one.Kind,
                                Database = one.Database,
                                Object = one.Object,
                                Statement = one.Statement,
                                Outcome = one.Outcome,
                                Words = one.Words,
                                Since = default,
                            }
                    ),
            ],
            TestContext.Current.CancellationToken
        );

    internal async Task RunAsync(RepairStatement statement) =>
        await Instance.RunAsync(
            statement.Database,
            statement.As is { } role ? $"set role {SharedInstance.Quoted(role)}; {statement.Do}" : statement.Do
        );

    /// <summary>Every right, membership and attribute, however PostgreSQL keeps it.</summary>
    public async Task<string> RightsAsync()
    {
        var rights = new List<string>();
        foreach (var database in new[] { "shared", "psra" })
        {
            var to = new Npgsql.NpgsqlConnectionStringBuilder(Instance.Cluster.ConnectionString)
            {
                Database = database,
                Pooling = false,
            };
            await using var source = Npgsql.NpgsqlDataSource.Create(to.ToString());
            await using var command = source.CreateCommand(
                """
                select string_agg(one, E'\n' order by one) from (
                  select format('%s %s', c.oid, a) from pg_class c, aclexplode(coalesce(c.relacl, acldefault(case c.relkind when 'S' then 's' else 'r' end::"char", c.relowner))) a where c.oid >= 16384
                  union all select format('%s.%s %s', t.attrelid, t.attname, a) from pg_attribute t, aclexplode(t.attacl) a
                  union all select format('%s %s', p.oid, a) from pg_proc p, aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a
                  union all select format('%s %s', n.nspname, a) from pg_namespace n, aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a where n.nspname !~ '^pg_(toast_)?temp'
                  union all select format('%s %s', d.datname, a) from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
                  union all select format('lo %s %s', m.oid, a) from pg_largeobject_metadata m, aclexplode(m.lomacl) a
                  union all select format('future %s %s %s %s', d.defaclrole, d.defaclnamespace, d.defaclobjtype, a) from pg_default_acl d, aclexplode(d.defaclacl) a
                  union all select format('server %s %s', s.srvname, a) from pg_foreign_server s, aclexplode(coalesce(s.srvacl, acldefault('S', s.srvowner))) a
                  union all select format('parameter %s %s', p.parname, a) from pg_parameter_acl p, aclexplode(p.paracl) a
                  union all select format('member %s %s %s', roleid, member, admin_option) from pg_auth_members
                  union all select format('role %s %s%s%s%s%s', rolname, rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication) from pg_roles) x (one)
                """
            );
            rights.Add((string)(await command.ExecuteScalarAsync())!);
        }
        return string.Join('\n', rights);
    }

    internal async Task<IReadOnlyList<Attempt>> ProveAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var instance = registry.Find("shared");
        facts = await LookAsync();
        var attempts = new ConcurrentBag<Attempt>();
        await new IsolationProver(door, Options.Create(new ProofOptions { AtOnce = 2 })).ProveAsync(
            instance,
            facts,
            IsolationProver.TenantsOf(instance),
            (_, made) =>
            {
                foreach (var attempt in made)
                {
                    attempts.Add(attempt);
                }
            },
            cancellation
        );
        return [.. attempts];
    }

    /// <summary>Runs a statement as a tenant's services do.</summary>
    public async Task RunAsAsync(string tenant, string sql)
    {
        await using var connection = await door.ConnectAsync(
            registry.Find("shared"),
            $"{tenant}_app",
            SharedInstance.PasswordOf(tenant),
            "shared",
            readOnly: false,
            TestContext.Current.CancellationToken
        );
        await using var command = new Npgsql.NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Objects, rows and sequences' values of the shared database.</summary>
    public async Task<string> PictureAsync()
    {
        var to = new Npgsql.NpgsqlConnectionStringBuilder(Instance.Cluster.ConnectionString)
        {
            Database = "shared",
            Pooling = false,
        };
        await using var source = Npgsql.NpgsqlDataSource.Create(to.ToString());
        await using var command = source.CreateCommand(
            """
            select concat_ws('|', (select string_agg(oid::text || relname, ',' order by oid) from pg_class where relkind in ('r','v','m','S')),
              (select string_agg(t::text, ',') from witcom.orders t), (select last_value || ' ' || is_called from witcom.orders_id_seq),
              (select string_agg(nspname, ',' order by oid) from pg_namespace where nspname !~ '^pg_(toast_)?temp'))
            """
        );
        return (string)(await command.ExecuteScalarAsync())!;
    }

    public ValueTask DisposeAsync() => Instance.DisposeAsync();
}
