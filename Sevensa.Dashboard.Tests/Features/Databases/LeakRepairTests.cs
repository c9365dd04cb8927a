using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Tests.Features.Databases.Planted;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Leaks of each kind, planted on a real PostgreSQL: what closes them, and what brings back what was.</summary>
[TakesLong]
public sealed class LeakRepairTests(KeptApart apart) : IClassFixture<KeptApart>
{
    /// <summary>Leaks that no right closes; the plan says what to do instead.</summary>
    private static readonly string[] notByRights =
    [
        AttemptKinds.RowSecurity,
        AttemptKinds.Code,
        AttemptKinds.Inheritance,
        AttemptKinds.Passwords,
        AttemptKinds.Publications,
        AttemptKinds.References,
        AttemptKinds.SearchPath,
        AttemptKinds.Triggers,
        AttemptKinds.SignIn,
    ];

    public static TheoryData<Plant> Plants =>
        [
            .. PlantedTables.All,
            .. PlantedRoles.All,
            .. PlantedFunctions.All,
            .. PlantedRows.All,
            .. PlantedDatabases.All,
            .. PlantedPlaces.All,
            .. PlantedCatalogues.All,
        ];

    [Theory]
    [MemberData(nameof(Plants), DisableDiscoveryEnumeration = true)]
    public async Task A_planted_leak_alone_is_found_is_closed_and_its_undo_brings_back_what_was(Plant plant)
    {
        await apart.Instance.RunAsync(plant.In, plant.Sql);
        try
        {
            var before = await apart.RightsAsync();
            var attempts = await apart.ProveAsync();
            var perhaps = plant.Perhaps.Split(' ');
            var found = Leaks(attempts)
                .Select(leak => $"{leak.Tenant}:{leak.Kind}")
                .Distinct()
                .Order()
                .Except(perhaps)
                .ToList();
            Assert.True(
                plant.Leaks.Split(' ').Order().SequenceEqual(found),
                $"found {string.Join(' ', found)}, planted {plant.Leaks}\n{string.Join('\n', attempts.Where(one => one.Outcome != AttemptOutcome.Held))}"
            );
            Assert.DoesNotContain(attempts, one => one.Outcome == AttemptOutcome.NotTried);
            var work = await apart.RepairOfAsync(attempts);
            foreach (var statement in work.Statements)
            {
                await apart.RunAsync(statement);
            }
            var left = Leaks(await apart.ProveAsync());
            Assert.True(
                left.All(leak => notByRights.Contains(leak.Kind)),
                $"{string.Join('\n', work.Statements)}\nleft:\n{string.Join('\n', left)}\nsaid:\n{string.Join('\n', work.Open)}"
            );
            Assert.True(left.Count == 0 || work.Open.Count > 0, "What is left is not told of.");
            // Who is let in stays in, and reads and writes what is its own.
            foreach (var tenant in new[] { "rentguy", "witcom", "platform" })
            {
                await apart.RunAsAsync(tenant, $"select count(*) from {tenant}.orders");
            }
            foreach (var statement in work.Statements.Reverse())
            {
                await apart.RunAsync(statement.Reversed());
            }
            Assert.Equal(before, await apart.RightsAsync());
        }
        finally
        {
            await apart.Instance.RunAsync(plant.In, plant.Undo);
        }
    }

    private static List<Attempt> Leaks(IEnumerable<Attempt> attempts) =>
        [.. attempts.Where(attempt => attempt.Outcome == AttemptOutcome.Leak)];
}
