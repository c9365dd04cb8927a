using System.Collections.Concurrent;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>The prover against a real PostgreSQL: it finds each planted leak, and calls nothing else one.</summary>
public sealed class IsolationProverTests(IsolationProverTests.Apart apart) : IClassFixture<IsolationProverTests.Apart>
{
    /// <param name="Leaks">What must be found, as <c>tenant:kind</c>; nothing else may be.</param>
    /// <param name="In">The database where it is planted.</param>
    /// <param name="Perhaps">What may be found besides, depending on what others do at that moment.</param>
    public sealed record Plant(
        string Name,
        string Sql,
        string Undo,
        string Leaks,
        string In = "shared",
        string Perhaps = ""
    )
    {
        public override string ToString() => Name;
    }

    private static readonly Plant[] planted =
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
            "rentguy:roles",
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
            "making objects in public",
            "grant create on schema public to public",
            "revoke create on schema public from public",
            "rentguy:creating witcom:creating platform:creating"
        ),
        new(
            "making schemas",
            "grant create on database shared to rentguy_app",
            "revoke create on database shared from rentguy_app",
            "rentguy:creating"
        ),
        new(
            "a search path through another's schema",
            "grant usage on schema witcom to rentguy_app; alter role rentguy_app set search_path = rentguy, witcom",
            "alter role rentguy_app set search_path = rentguy; revoke all on schema witcom from rentguy_app",
            "rentguy:searchPath"
        ),
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
            "a parent of another's table",
            "create table rentguy.parent (id bigint, customer text); alter table witcom.plain inherit rentguy.parent; grant select on rentguy.parent to rentguy_app",
            "alter table witcom.plain no inherit rentguy.parent; drop table rentguy.parent",
            "rentguy:inheritance"
        ),
        new(
            "a trigger that hands rows over",
            "create function rentguy.take() returns trigger language plpgsql as 'begin return new; end'; alter function rentguy.take() owner to rentguy_owner; create trigger taken after insert on witcom.orders for each row execute function rentguy.take()",
            "drop trigger taken on witcom.orders; drop function rentguy.take()",
            "rentguy:triggers witcom:code platform:code"
        ),
        new(
            "a setting",
            "grant set on parameter log_statement to rentguy_app",
            "revoke set on parameter log_statement from rentguy_app",
            "rentguy:settings"
        ),
        new(
            "another's code",
            "create function witcom.secret_recipe() returns int language sql as 'select 42'",
            "drop function witcom.secret_recipe()",
            "rentguy:code platform:code"
        ),
        new(
            "an extension's own view",
            "grant select on public.pg_buffercache to rentguy_app",
            "revoke select on public.pg_buffercache from rentguy_app",
            "rentguy:extensions"
        ),
        new(
            "a publication",
            "create publication everything for table witcom.orders; alter publication everything owner to rentguy_owner",
            "drop publication everything",
            "rentguy:publications"
        ),
    ];

    public static TheoryData<Plant> Plants => [.. planted];

    [Fact]
    public async Task Tenants_that_are_kept_apart_leak_nothing_though_much_looks_like_it()
    {
        var attempts = await apart.ProveAsync();
        Assert.Empty(Leaks(attempts));
        Assert.DoesNotContain(attempts, attempt => attempt.Outcome == AttemptOutcome.NotTried);
        // What must refuse was asked in earnest.
        Assert.Contains(
            attempts,
            attempt =>
                attempt is { Kind: AttemptKinds.Tables, Victim: "witcom", Tenant: "rentguy" }
                && attempt.Words.Contains("42501", StringComparison.Ordinal)
        );
        Assert.Contains(
            attempts,
            attempt =>
                attempt is { Kind: AttemptKinds.OtherDatabases, Victim: "psra-ltsd" }
                && attempt.Words.Contains("42501", StringComparison.Ordinal)
        );
        foreach (var tenant in Apart.Tenants)
        {
            Assert.Equal(
                AttemptKinds.Tried.Append(AttemptKinds.SignIn).Order(),
                attempts.Where(one => one.Tenant == tenant).Select(one => one.Kind).Distinct().Order()
            );
        }
        Assert.All(
            attempts,
            attempt => Assert.DoesNotContain("and of nobody else", attempt.ToString(), StringComparison.Ordinal)
        );
    }

    [Theory]
    [MemberData(nameof(Plants), DisableDiscoveryEnumeration = true)]
    public async Task A_planted_leak_is_found_and_nothing_else_is_called_one(Plant plant)
    {
        await apart.Instance.RunAsync(plant.In, plant.Sql);
        try
        {
            var attempts = await apart.ProveAsync();
            var perhaps = plant.Perhaps.Split(' ');
            var found = Leaks(attempts).Except(perhaps).ToList();
            Assert.True(
                plant.Leaks.Split(' ').Order().SequenceEqual(found),
                $"found {string.Join(' ', found)}, planted {plant.Leaks}\n{string.Join('\n', attempts.Where(one => one.Outcome != AttemptOutcome.Held))}"
            );
            Assert.DoesNotContain(attempts, one => one.Outcome == AttemptOutcome.NotTried);
        }
        finally
        {
            await apart.Instance.RunAsync(plant.In, plant.Undo);
        }
    }

    [Fact]
    public async Task Nothing_that_was_tried_is_left_behind()
    {
        await apart.Instance.RunAsync(
            "shared",
            "grant create on schema public to rentguy_app; grant usage, select, update on sequence witcom.orders_id_seq to rentguy_app; grant usage on schema witcom to rentguy_app; grant all on witcom.orders to rentguy_app"
        );
        var before = await apart.PictureAsync();
        await apart.ProveAsync();
        Assert.Equal(before, await apart.PictureAsync());
        await apart.Instance.RunAsync(
            "shared",
            "revoke create on schema public from rentguy_app; revoke all on sequence witcom.orders_id_seq from rentguy_app; revoke all on schema witcom from rentguy_app; revoke all on witcom.orders from rentguy_app"
        );
    }

    private static List<string> Leaks(IEnumerable<Attempt> attempts) =>
        [
            .. attempts
                .Where(attempt => attempt.Outcome == AttemptOutcome.Leak)
                .Select(attempt => $"{attempt.Tenant}:{attempt.Kind}")
                .Distinct()
                .Order(),
        ];

    /// <summary>Three tenants in schemas of one database and one in a database of its own, with much beside that only looks like a leak.</summary>
    public sealed class Apart : IAsyncLifetime
    {
        public static readonly string[] Tenants = ["platform", "psra-ltsd", "rentguy", "witcom"];
        private readonly PostgresDoor door = new([]);
        private InstanceRegistry registry = null!;

        public SharedInstance Instance { get; } = new();

        public async ValueTask InitializeAsync()
        {
            await Instance.InitializeAsync();
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
                create extension dblink; create extension postgres_fdw; create extension pg_buffercache;
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

        internal async Task<IReadOnlyList<Attempt>> ProveAsync()
        {
            var cancellation = TestContext.Current.CancellationToken;
            var instance = registry.Find("shared");
            var facts = await new InstanceSurvey(door, TimeProvider.System).LookAsync(instance, cancellation);
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
}
