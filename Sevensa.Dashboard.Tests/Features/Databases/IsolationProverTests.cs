using Sevensa.Dashboard.Features.Databases.Proof;
using Sevensa.Dashboard.Tests.Features.Databases.Planted;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>The prover against a real PostgreSQL: it finds each planted leak, and calls nothing else one.</summary>
public sealed class IsolationProverTests(KeptApart apart) : IClassFixture<KeptApart>
{
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
        foreach (var tenant in KeptApart.Tenants)
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

    [Fact]
    public async Task What_the_prover_runs_as_a_tenant_does_not_pass_for_the_tenants_own()
    {
        const string own = "select customer from rentguy.orders";
        await apart.ProveAsync();
        await apart.RunAsAsync("rentguy", $"begin; {own}; rollback");
        var facts = await apart.LookAsync();
        Assert.Equal([own], facts.Statements!.Where(one => one.Role == "rentguy_app").Select(one => one.Text));
        Assert.Equal(1, Assert.Single(facts.Loads!, one => one.Role == "rentguy_app").Calls);
    }

    private static List<string> Leaks(IEnumerable<Attempt> attempts) =>
        [
            .. attempts
                .Where(attempt => attempt.Outcome == AttemptOutcome.Leak)
                .Select(attempt => $"{attempt.Tenant}:{attempt.Kind}")
                .Distinct()
                .Order(),
        ];
}
