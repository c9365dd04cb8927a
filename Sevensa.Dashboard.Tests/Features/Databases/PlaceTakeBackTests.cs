using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Databases.Contracts;
using Sevensa.Dashboard.Features.Databases.Provision;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Alerts;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>Places that do not come to be: what was made is taken back, what was not is left alone, what stays is named.</summary>
[Collection(ProvisionedCollection.Name)]
public sealed class PlaceTakeBackTests(ProvisionedInstance installed)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private enum Fate
    {
        Refuses,
        Dies,

        /// <summary>It writes, and its answer is lost.</summary>
        Loses,
    }

    /// <summary>Vault takes so many writes, and then refuses, or the program dies.</summary>
    private sealed class FailingVault(int taken, Fate fate) : IVaultedCredentials
    {
        private readonly HashSet<string> written = [];

        public Task<int> VersionAsync(string tenant, string path, CancellationToken cancellation) =>
            Task.FromResult(written.Contains(path) ? 1 : 0);

        public Task<int?> WriteAsync(
            string tenant,
            string path,
            int version,
            IReadOnlyDictionary<string, string> values,
            CancellationToken cancellation
        )
        {
            if (written.Count < taken)
            {
                written.Add(path);
                return Task.FromResult<int?>(1);
            }
            if (fate == Fate.Loses)
            {
                written.Add(path);
            }
            throw fate == Fate.Dies
                ? new InvalidOperationException("killed")
                : new UpstreamException("Vault", UpstreamFault.Denied, "permission denied");
        }
    }

    [Theory]
    [InlineData("schema", 0)]
    [InlineData("schema", 1)]
    [InlineData("database", 0)]
    [InlineData("database", 1)]
    public async Task What_vault_refuses_while_it_is_made_is_taken_back(string form, int taken)
    {
        var before = await installed.PictureAsync();
        var action = await PlannedAsync($"refused_{form}_{taken}", form);
        var outcome = await Executor(new FailingVault(taken, Fate.Refuses))
            .ExecuteAsync(action, _ => Task.CompletedTask, Stop);
        Assert.Contains("permission denied", outcome.Text, StringComparison.Ordinal);
        Assert.Equal(form == "schema" ? "none" : "done", outcome.Undo);
        Assert.Equal(taken == 1, outcome.Text.Contains("leads nowhere", StringComparison.Ordinal));
        Assert.Equal(before, await installed.PictureAsync());
    }

    [Theory]
    [InlineData("schema")]
    [InlineData("database")]
    public async Task What_is_cut_off_half_way_leaves_nothing_or_is_named_with_what_takes_it_away(string form)
    {
        var before = await installed.PictureAsync();
        var action = await PlannedAsync($"cut_{form}", form);
        var executor = Executor(new FailingVault(1, Fate.Dies));
        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            executor.ExecuteAsync(action, _ => Task.CompletedTask, Stop)
        );
        var found = await executor.ReconcileAsync(action.Plan, Now.AddHours(-1), Stop);
        Assert.Equal(ProposalState.Failed, found!.State);
        if (form == "database")
        {
            Assert.Contains("role cut_database_app", found.Text, StringComparison.Ordinal);
            Assert.Contains("database cut_database", found.Text, StringComparison.Ordinal);
            foreach (var statement in found.Text.Split("Take it away with: ")[1].Split("; "))
            {
                await installed.Instance.Cluster.RunAsync(statement);
            }
        }
        Assert.Equal(before, await installed.PictureAsync());
    }

    [Fact]
    public async Task What_is_done_is_found_done_after_a_death()
    {
        var action = await PlannedAsync("found_done", "schema");
        var executor = Executor(new FailingVault(2, Fate.Dies));
        var outcome = await executor.ExecuteAsync(action, _ => Task.CompletedTask, Stop);
        Assert.Equal(ProposalState.Succeeded, outcome.State);
        Assert.Equal(ProposalState.Succeeded, (await executor.ReconcileAsync(action.Plan, Now, Stop))!.State);
    }

    [Fact]
    public async Task A_database_whose_login_can_not_sign_in_at_the_end_is_dropped_again()
    {
        var before = await installed.PictureAsync();
        var action = await PlannedAsync("unverified", "database");
        var outcome = await Executor(new FailingVault(2, Fate.Refuses))
            .ExecuteAsync(
                action,
                report =>
                    report is { Step: 4, Status: "started" }
                        ? installed.Instance.Cluster.RunAsync("alter role unverified_app nologin")
                        : Task.CompletedTask,
                Stop
            );
        Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
        Assert.Contains(
            "unverified_owner and databases/shared/unverified_app stay",
            outcome.Text,
            StringComparison.Ordinal
        );
        Assert.Equal(before, await installed.PictureAsync());
    }

    [Fact]
    public async Task A_database_of_that_name_that_somebody_made_meanwhile_is_neither_dropped_nor_told_to_be()
    {
        var action = await PlannedAsync("meanwhile", "database");
        await installed.Instance.Cluster.DatabaseAsync("meanwhile");
        try
        {
            var before = await installed.PictureAsync();
            var outcome = await Executor(new FailingVault(2, Fate.Refuses))
                .ExecuteAsync(action, _ => Task.CompletedTask, Stop);
            Assert.Equal((ProposalState.RolledBack, "done"), (outcome.State, outcome.Undo));
            Assert.DoesNotContain("drop database", outcome.Text, StringComparison.Ordinal);
            Assert.Equal(before, await installed.PictureAsync());
        }
        finally
        {
            await installed.Instance.Cluster.RunAsync("drop database meanwhile");
        }
    }

    [Theory]
    [InlineData("schema", false)]
    [InlineData("database", false)]
    [InlineData("schema", true)]
    public async Task A_secret_that_stays_in_vault_is_named_also_when_the_answer_to_its_writing_was_lost(
        string form,
        bool dies
    )
    {
        var action = await PlannedAsync($"lost_{form}_{dies}".ToLowerInvariant(), form);
        var executor = Executor(new FailingVault(1, dies ? Fate.Dies : Fate.Loses));
        ActionOutcome outcome;
        if (dies)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() =>
                executor.ExecuteAsync(action, _ => Task.CompletedTask, Stop)
            );
            outcome = (await executor.ReconcileAsync(action.Plan, Now.AddHours(-1), Stop))!;
            Assert.Contains("_owner stays, and leads nowhere", outcome.Text, StringComparison.Ordinal);
        }
        else
        {
            outcome = await executor.ExecuteAsync(action, _ => Task.CompletedTask, Stop);
            Assert.Contains("_app stay, and lead nowhere", outcome.Text, StringComparison.Ordinal);
        }
    }

    private DateTimeOffset Now => installed.App.Services.GetRequiredService<TimeProvider>().GetUtcNow();

    private CreateTenantPlaceExecutor Executor(IVaultedCredentials vault) =>
        ActivatorUtilities.CreateInstance<CreateTenantPlaceExecutor>(
            installed.App.Services,
            new List<IVaultedCredentials> { vault }
        );

    private async Task<SignedAction> PlannedAsync(string name, string form)
    {
        using var client = await installed.App.ApiAsAsync("admin");
        var proposal = await AlertsApi.ProposeAsync(
            client,
            "database.tenant.create",
            "psra-ltsd",
            name,
            new
            {
                instance = "shared",
                database = "shared",
                form,
            }
        );
        return new SignedAction(
            1,
            (string)proposal["id"]!,
            "",
            Now,
            Now.AddHours(1),
            "",
            proposal["plan"].Deserialize(ActionJson.Default.ActionPlan)!,
            []
        );
    }
}
