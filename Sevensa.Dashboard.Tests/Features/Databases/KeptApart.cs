using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Three tenants in schemas of one database and one in a database of its own, with much beside that only looks like a leak.</summary>
public sealed class KeptApart : IAsyncLifetime
{
    public static readonly string[] Tenants = ["platform", "psra-ltsd", "rentguy", "witcom"];
    private readonly PostgresDoor door = new([]);
    private InstanceRegistry registry = null!;

    public SharedInstance Instance { get; } = new();

    public async ValueTask InitializeAsync()
    {
        await Instance.InitializeAsync();
        await Instance.Cluster.RunAsync("alter system set shared_preload_libraries = 'pg_stat_statements'");
        await Instance.Cluster.StopAsync();
        await Instance.Cluster.StartAsync();
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

    internal async Task<IReadOnlyList<Attempt>> ProveAsync()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var instance = registry.Find("shared");
        var facts = await LookAsync();
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
