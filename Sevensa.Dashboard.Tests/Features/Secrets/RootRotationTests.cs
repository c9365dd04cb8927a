using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets.Roots;
using Sevensa.Dashboard.Sandbox.Vault;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Vault's own login of a database gets a password that nobody else knows; it is seen that Vault gets in, before and after.</summary>
public class RootRotationTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private const string Connection = "rentguy-main";
    private const string Role = "rentguy-root-try";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<SagaGround> GroundAsync()
    {
        var ground = await SagaGround.StartAsync(instance);
        await ground.VaultAsync("POST", $"/v1/database/roles/{Role}", $$"""{"db_name": "{{Connection}}"}""");
        return ground;
    }

    private static async Task<Proposal> BegunAsync(Workshop shop)
    {
        var proposal = await shop.ProposeAsync(RotateRoot.Kind, Connection);
        await shop.ApproveAsync(proposal);
        return proposal;
    }

    [Fact]
    public async Task It_is_of_high_risk_says_that_nothing_undoes_it_and_leaves_no_login_behind()
    {
        await using var ground = await GroundAsync();
        var proposal = await ground.Shop.ProposeAsync(RotateRoot.Kind, $"database/config/{Connection}");
        Assert.Equal((Risk.High, Connection), (proposal.Risk, proposal.Target));
        Assert.Equal("none", proposal.Plan.Undo.Kind);
        Assert.Contains("cannot be undone", proposal.Plan.Undo.Text, StringComparison.Ordinal);
        Assert.Equal(
            ["secret.root-try", "secret.root", "secret.root-try"],
            proposal.Plan.Steps.Select(step => step.Verb)
        );
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var (status, _, _) = await ground.Upstreams.SendAsync(
            "openbao",
            "GET",
            $"/v1/sys/leases/lookup/database/creds/{Role}?list=true",
            headers: new Dictionary<string, string> { ["X-Vault-Token"] = "sandbox-root" }
        );
        Assert.Equal(404, status);
        foreach (var line in (string[])[await ground.StoreAsync(), .. ground.Logs])
        {
            // As the stand-in makes passwords.
            Assert.DoesNotMatch("sandbox-[0-9a-f]{12}", line);
        }
    }

    [Fact]
    public async Task With_the_database_away_nothing_is_changed()
    {
        await using var ground = await GroundAsync();
        ground.Upstreams.OpenBao.DatabaseIsDown = true;
        var ended = await ground.Shop.UntilAsync((await BegunAsync(ground.Shop)).Id, ProposalState.Failed);
        Assert.EndsWith("Nothing was changed.", ended.Outcome!.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_policy_denies_leaves_the_former_password()
    {
        await using var ground = await GroundAsync();
        await ground.DenyAsync($"database/rotate-root/{Connection}");
        var ended = await ground.Shop.UntilAsync((await BegunAsync(ground.Shop)).Id, ProposalState.Failed);
        Assert.Equal("denied", ended.Outcome!.Code);
        Assert.Contains("keeps the former password", ended.Outcome.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task That_vault_gets_in_no_more_is_said_and_a_database_that_is_away_is_waited_for(bool isAway)
    {
        await using var ground = await GroundAsync();
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At($"before GET /v1/database/creds/{Role}", 1);
        var proposal = await mortal.ProposeAsync(RotateRoot.Kind, Connection);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, Cancellation);
        var well = ground.Upstreams.OpenBao.Postgres;
        ground.Upstreams.OpenBao.Postgres = new VaultPostgres(
            new Npgsql.NpgsqlConnectionStringBuilder(instance.Cluster.ConnectionString)
            {
                Port = isAway ? 1 : instance.Cluster.Port,
                Username = "nobody_of_that_name",
                Password = "of-no-use",
            }.ConnectionString
        );
        deaths.GoOn();
        var ended = await mortal.UntilAsync(proposal.Id, isAway ? ProposalState.Unknown : ProposalState.Failed);
        if (!isAway)
        {
            Assert.Contains("vault write database/config/rentguy-main", ended.Outcome!.Text, StringComparison.Ordinal);
            return;
        }
        ground.Upstreams.OpenBao.Postgres = well;
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
    }

    [Fact]
    public async Task An_error_that_does_not_say_that_nothing_was_done_is_asked_again()
    {
        await using var ground = await GroundAsync();
        var mortal = ground.Mortal(0, out var deaths);
        deaths.At("before POST /v1/database/rotate-root/");
        var proposal = await mortal.ProposeAsync(RotateRoot.Kind, Connection);
        ground.WatchFor(proposal.Id);
        await mortal.ApproveAsync(proposal);
        await deaths.Died.WaitAsync(Patience.Usual, Cancellation);
        ground.Upstreams.OpenBao.AuditDiskIsFull = true;
        deaths.GoOn();
        var waits = await mortal.UntilAsync(proposal.Id, ProposalState.Unknown);
        Assert.DoesNotContain("keeps the former password", waits.Outcome!.Text, StringComparison.Ordinal);
        ground.Upstreams.OpenBao.AuditDiskIsFull = false;
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
    }

    [Fact]
    public async Task An_error_that_lasts_ends_it_with_the_question_open()
    {
        await using var ground = await GroundAsync();
        ground.Proxy.Answers = request =>
            request.RequestUri!.AbsolutePath.Contains("rotate-root", StringComparison.Ordinal) ? 500 : null;
        var proposal = await BegunAsync(ground.Shop);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        ground.Shop.Time.Advance(TimeSpan.FromMinutes(15));
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Failed);
        Assert.Contains("Whether the password was changed is not known", ended.Outcome!.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("shared")]
    [InlineData("witcom-psra-db")]
    [InlineData("rentguy-nothing")]
    public async Task Of_another_tenants_connection_or_one_without_a_role_nothing_is_planned(string connection)
    {
        await using var ground = await GroundAsync();
        var refused = await Assert.ThrowsAsync<CannotPlanException>(() =>
            ground.Shop.ProposeAsync(RotateRoot.Kind, connection)
        );
        Assert.Contains("has no connection", refused.Message, StringComparison.Ordinal);
    }
}
