using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Databases;
using Sevensa.Dashboard.Features.Databases.Postgres;
using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Features.Databases.Survey;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Two hundred tenants in one database, with leaks of many kinds at once, each from one of them to one other.</summary>
[TakesLong]
public sealed class ManyTenantsTests : IAsyncLifetime
{
    private const int Tenants = 200;

    /// <summary>What is planted, of {0}, whose credentials are tried, against {1}; and what must be found, as kinds of the one and of the other.</summary>
    private static readonly (string Sql, string Found)[] planted =
    [
        ("grant usage on schema {1} to {0}_app; grant select on {1}.orders to {0}_app", "{0}:tables"),
        ("grant usage on schema {1} to {0}_app; grant update (customer) on {1}.orders to {0}_app", "{0}:tables"),
        ("grant usage on schema {1} to {0}_app; grant truncate on {1}.orders to {0}_app", "{0}:tables"),
        ("grant usage on sequence {1}.orders_id_seq to {0}_app", "{0}:sequences"),
        ("alter role {0}_app noinherit; grant {1}_app to {0}_app", "{0}:roles"),
        (
            "create role {0}_group; grant usage on schema {1} to {0}_group; grant select on {1}.orders to {0}_group; alter role {0}_app noinherit; grant {0}_group to {0}_app",
            "{0}:tables"
        ),
        (
            "alter default privileges for role {1}_owner in schema {1} grant select on tables to {0}_app",
            "{0}:defaultPrivileges"
        ),
        (
            "do $$ declare o oid := lo_create(0); begin execute format('alter large object %s owner to {1}_owner', o); execute format('grant select on large object %s to {0}_app', o); end $$",
            "{0}:largeObjects"
        ),
        ("grant usage on schema {1} to {0}_owner; grant select on {1}.orders to {0}_owner", "{0}:tables"),
        (
            "create table {0}.copied (id bigint, customer text); alter table {0}.copied owner to {0}_owner; create rule handed as on insert to {1}.orders do also insert into {0}.copied values (new.id, new.customer)",
            "{0}:triggers"
        ),
        (
            "create table {0}.probe (id bigint references {1}.orders); alter table {0}.probe owner to {0}_owner",
            "{0}:references"
        ),
        (
            "create table {1}.parted (id int) partition by list (id); alter table {1}.parted owner to {1}_owner; create table {0}.part partition of {1}.parted default; alter table {0}.part owner to {0}_owner",
            "{0}:triggers"
        ),
        ("grant usage, create on schema {1} to {0}_app", "{0}:creating {1}:searchPath"),
        ("alter role {0}_app bypassrls", "{0}:attributes"),
        (
            "create publication {0}_all for table {1}.orders; alter publication {0}_all owner to {0}_owner",
            "{0}:publications"
        ),
        (
            "create table public.{0}_notes (tenant text); insert into public.{0}_notes values ('{1}'); grant usage on schema public to {0}_app; grant select on public.{0}_notes to {0}_app",
            "{0}:rowSecurity"
        ),
        (
            "create view public.{0}_view as select * from {1}.orders; grant usage on schema public to {0}_app; grant select on public.{0}_view to {0}_app",
            "{0}:tables"
        ),
        (
            "create function public.{0}_peek() returns bigint language sql security definer set search_path = pg_catalog, pg_temp as 'select count(*) from {1}.orders'; revoke all on function public.{0}_peek() from public; grant usage on schema public to {0}_app; grant execute on function public.{0}_peek() to {0}_app",
            "{0}:functions"
        ),
        ("grant pg_signal_backend to {0}_app", "{0}:roles"),
        ("grant set on parameter log_statement to {0}_app", "{0}:settings"),
        ("grant select (rolpassword) on pg_authid to {0}_app", "{0}:catalogs"),
    ];

    private readonly SharedInstance instance = new();

    public async ValueTask InitializeAsync()
    {
        await instance.InitializeAsync();
        foreach (var some in Enumerable.Range(0, Tenants).Chunk(20))
        {
            await instance.RunAsync(
                SharedInstance.Database,
                string.Concat(some.Select(number => SharedInstance.Placing(TenantOf(number))))
            );
        }
    }

    public ValueTask DisposeAsync() => instance.DisposeAsync();

    [Fact]
    public async Task Each_of_many_leaks_is_found_among_two_hundred_tenants_and_nothing_else_is_called_one()
    {
        var before = await ProveAsync();
        Assert.Empty(Leaks(before));
        Assert.Equal(Tenants, before.Select(one => one.Tenant).Distinct().Count());
        Assert.DoesNotContain(before, one => one.Outcome == AttemptOutcome.NotTried);

        var expected = new List<string>();
        for (var number = 0; number < planted.Length; number++)
        {
            // Spread, so that they do not meet.
            var pair = (One: TenantOf(number * 9), Other: TenantOf(number * 9 + 4));
            await instance.RunAsync(SharedInstance.Database, Filled(planted[number].Sql, pair));
            expected.AddRange(Filled(planted[number].Found, pair).Split(' '));
        }
        Assert.Equal(expected.Order(StringComparer.Ordinal), Leaks(await ProveAsync()));
    }

    private static string TenantOf(int number) => string.Create(CultureInfo.InvariantCulture, $"tenant{number:000}");

    private static string Filled(string text, (string One, string Other) pair) =>
        text.Replace("{0}", pair.One, StringComparison.Ordinal).Replace("{1}", pair.Other, StringComparison.Ordinal);

    private static IEnumerable<string> Leaks(IEnumerable<Attempt> attempts) =>
        attempts
            .Where(one => one.Outcome == AttemptOutcome.Leak)
            .Select(one => $"{one.Tenant}:{one.Kind}")
            .Distinct()
            .Order(StringComparer.Ordinal);

    private async Task<IReadOnlyCollection<Attempt>> ProveAsync()
    {
        var settings = Enumerable
            .Range(0, Tenants)
            .SelectMany(number => instance.Placed(number, TenantOf(number)))
            .Concat(instance.Settings())
            .DistinctBy(one => one.Key)
            .ToDictionary(one => one.Key, one => (string?)one.Value);
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(settings).Build();
        var registry = new InstanceRegistry(
            Options.Create(configuration.GetSection(InstanceOptions.Section).Get<List<InstanceOptions>>()!),
            Options.Create(configuration.GetSection(PlacementOptions.Section).Get<List<PlacementOptions>>()!)
        );
        var door = new PostgresDoor([]);
        var shared = registry.Find("shared");
        var facts = await new InstanceSurvey(door, TimeProvider.System).LookAsync(
            shared,
            TestContext.Current.CancellationToken
        );
        var attempts = new ConcurrentQueue<Attempt>();
        await new IsolationProver(door, Options.Create(new ProofOptions { AtOnce = 4 })).ProveAsync(
            shared,
            facts,
            IsolationProver.TenantsOf(shared),
            (_, made) =>
            {
                foreach (var attempt in made)
                {
                    attempts.Enqueue(attempt);
                }
            },
            TestContext.Current.CancellationToken
        );
        return [.. attempts];
    }
}
