using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Rotations through a proxy that answers in Vault's place while Vault is away: that is waited for, and believed in nothing.</summary>
public class ProxiedRotationTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private const string Data = "/v1/secret/data/rentguy/api/login";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static async Task<Proposal> BegunAsync(SagaGround ground)
    {
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target);
        await ground.Shop.ApproveAsync(proposal);
        return proposal;
    }

    private static async Task GoOnAsync(SagaGround ground, Proposal proposal, ProposalState end)
    {
        ground.Proxy.Answers = _ => null;
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, end);
    }

    [Fact]
    public async Task A_consumer_that_does_not_come_up_while_vault_is_away_is_taken_back_once_it_is_there()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var former = await ground.CurrentAsync();
        ground.Breaks = (name, login) => name == SagaGround.Worker && login != former;
        ground.AtRestart = name =>
        {
            if (name == SagaGround.Worker && ground.Restarted.Count == 2)
            {
                ground.Proxy.Answers = _ => 404;
            }
            return Task.CompletedTask;
        };
        var proposal = await BegunAsync(ground);
        var waits = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        Assert.Contains("in front of Vault", waits.Outcome!.Text, StringComparison.Ordinal);
        await GoOnAsync(ground, proposal, ProposalState.RolledBack);
        Assert.Equal((former, 3), (await ground.CurrentAsync(), await ground.VersionAsync()));
        await ground.AllAreWellAsync();
    }

    [Theory]
    [InlineData("POST", Data)]
    [InlineData("POST", "/v1/database/rotate-role/")]
    [InlineData("GET", "/v1/database/static-creds/")]
    public async Task Wherever_it_answers_the_rotation_goes_on_later(string method, string path)
    {
        await using var ground = await SagaGround.StartAsync(instance);
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", SagaGround.Target);
        var passed = 0;
        ground.Proxy.Answers = request =>
            request.Method.Method == method
            && request.RequestUri!.AbsolutePath.StartsWith(path, StringComparison.Ordinal)
            // The very last thing that is done, when everybody uses the new login.
            && (path.Contains("rotate-role", StringComparison.Ordinal) ? Interlocked.Increment(ref passed) == 2 : true)
                ? 404
                : null;
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        await GoOnAsync(ground, proposal, ProposalState.Succeeded);
        await ground.AllAreWellAsync();
    }

    [Fact]
    public async Task A_secret_that_is_hidden_by_it_is_told_as_such_and_not_as_gone()
    {
        await using var ground = await SagaGround.StartAsync(instance);
        ground.Proxy.Answers = request =>
            request.RequestUri!.AbsolutePath.EndsWith("/detailed-metadata/rentguy/", StringComparison.Ordinal)
            || request.RequestUri.AbsolutePath.EndsWith("/metadata/rentguy/api/login", StringComparison.Ordinal)
                ? 404
                : null;
        var list = await ground
            .Shop.Services.GetRequiredService<SecretCatalogue>()
            .ListAsync(new TenantScope(["rentguy"]), "rentguy", null, 100, Cancellation);
        var hidden = Assert.Single(list.Items, secret => secret.Path == SagaGround.Target);
        Assert.Equal("notKnown", hidden.State);
        Assert.Contains("in front of Vault", hidden.Note, StringComparison.Ordinal);
        Assert.True(list.Items.Count(secret => secret.State == "live") > 1);
    }
}
