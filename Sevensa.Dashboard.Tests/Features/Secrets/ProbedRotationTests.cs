using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Secrets;
using Sevensa.Dashboard.Features.Secrets.Entering;
using Sevensa.Dashboard.Features.Secrets.Probes;
using Sevensa.Dashboard.Tests.Features.Actions;
using Sevensa.Dashboard.Tests.Features.Databases;

namespace Sevensa.Dashboard.Tests.Features.Secrets;

/// <summary>Rotations whose new value is tried over HTTP, and taken back where it is not taken there.</summary>
public class ProbedRotationTests(SharedInstance instance) : IClassFixture<SharedInstance>
{
    private const string Target = "api/jwt-signing-key";
    private const string Data = "/v1/secret/data/rentguy/api/jwt-signing-key";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<SagaGround> GroundAsync(ProbedProvider provider, bool isAllowed = true)
    {
        var ground = await SagaGround.StartAsync(instance);
        await ground.VaultAsync(
            "POST",
            "/v1/secret/metadata/rentguy/api/jwt-signing-key",
            JsonSerializer.Serialize(
                new { custom_metadata = new { probe = $"{provider.Url}/me", probe_header = "X-Api-Key" } }
            )
        );
        if (isAllowed)
        {
            ground.Shop.Services.GetRequiredService<IOptions<SecretsOptions>>().Value.ProbeAddresses.Add(provider.Url);
        }
        ground.Shop.Fleet.Change(
            new('a', 64),
            facts => facts with { Labels = new Dictionary<string, string> { ["sevensa.secret.key"] = Target } }
        );
        return ground;
    }

    [Fact]
    public async Task A_value_that_is_taken_is_kept_and_one_that_is_not_is_taken_back()
    {
        await using var provider = await ProbedProvider.StartAsync();
        await using var ground = await GroundAsync(provider);
        var before = await ground.DataAsync(Data);
        var seen = new List<string>();
        provider.Answer = request =>
        {
            seen.Add(request.Headers["X-Api-Key"].ToString());
            return 200;
        };
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        Assert.Equal(
            ["secret.read", "secret.write", "secret.verify", "container.restart", "secret.probe"],
            proposal.Plan.Steps.Select(step => step.Verb)
        );
        Assert.Contains(provider.Url, proposal.Plan.Steps[^1].Title, StringComparison.Ordinal);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        var after = await ground.DataAsync(Data);
        Assert.NotEqual(before["key"], after["key"]);
        Assert.Equal([after["key"]], seen);

        provider.Answer = _ => 401;
        var wrong = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await ground.Shop.ApproveAsync(wrong);
        var ended = await ground.Shop.UntilAsync(wrong.Id, ProposalState.RolledBack);
        Assert.Contains("answered 401", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Equal(after, await ground.DataAsync(Data));
        foreach (var line in (string[])[JsonSerializer.Serialize(ended), await ground.StoreAsync(), .. ground.Logs])
        {
            Assert.DoesNotContain(after["key"], line, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Who_can_t_be_asked_now_is_asked_again()
    {
        await using var provider = await ProbedProvider.StartAsync();
        await using var ground = await GroundAsync(provider);
        provider.Answer = _ => 503;
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await ground.Shop.ApproveAsync(proposal);
        var waits = await ground.Shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        Assert.Contains("tried again", waits.Outcome!.Text, StringComparison.Ordinal);
        provider.Answer = _ => 200;
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
    }

    [Fact]
    public async Task Who_never_answers_has_it_taken_back_and_a_rehearsal_does_not_wait_for_it()
    {
        await using var provider = await ProbedProvider.StartAsync();
        await using var ground = await GroundAsync(provider);
        var before = await ground.DataAsync(Data);
        provider.Answer = _ => 503;
        var rehearsal = await ground.Shop.ProposeAsync(RehearseSecret.Kind, Target);
        await ground.Shop.ApproveAsync(rehearsal);
        await ground.Shop.UntilAsync(rehearsal.Id, ProposalState.Succeeded);
        Assert.Equal(before, await ground.DataAsync(Data));
        Assert.NotEmpty(provider.Asked);

        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Unknown);
        ground.Shop.Time.Advance(ProbeStep.Longest);
        await ground.AbandonAsync(proposal.Id);
        await ground.Shop.SweepAsync();
        var ended = await ground.Shop.UntilAsync(proposal.Id, ProposalState.RolledBack);
        Assert.Contains("Nobody said within 15 minutes", ended.Outcome!.Text, StringComparison.Ordinal);
        Assert.Equal(before, await ground.DataAsync(Data));
    }

    [Fact]
    public async Task An_address_that_is_not_allowed_is_not_asked_and_the_plan_says_so()
    {
        await using var provider = await ProbedProvider.StartAsync();
        await using var ground = await GroundAsync(provider, isAllowed: false);
        var proposal = await ground.Shop.ProposeAsync("secret.rotate", Target);
        Assert.DoesNotContain(proposal.Plan.Steps, step => step.Verb == "secret.probe");
        Assert.Contains(
            proposal.Plan.Untouched,
            text => text.Contains("Vault:ProbeAddresses", StringComparison.Ordinal)
        );
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Empty(provider.Asked);
    }

    [Fact]
    public async Task What_is_entered_is_tried_before_it_is_written()
    {
        await using var provider = await ProbedProvider.StartAsync();
        await using var ground = await GroundAsync(provider);
        var before = await ground.DataAsync(Data);
        provider.Answer = request => request.Headers["X-Api-Key"] == "the-right-one" ? 200 : 403;
        var proposal = await ground.Shop.ProposeAsync(EnterSecret.Kind, Target);
        await ground.Shop.ApproveAsync(proposal);
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Running);

        async Task<EnteredAnswer> EnterAsync(string value)
        {
            var proof = await ground
                .Shop.Services.GetRequiredService<SecretDeeds>()
                .ProveAsync(Callers.Admin, "rentguy", SecretDeeds.Enter, Target, "right", Cancellation);
            return await ground
                .Shop.Services.GetRequiredService<EnteredValues>()
                .EnterAsync(
                    Callers.Admin,
                    "rentguy",
                    new EnteredWish
                    {
                        Path = Target,
                        Key = "key",
                        Version = 2,
                        Value = value,
                        StepUp = proof.Proof,
                    },
                    Cancellation
                );
        }
        var refused = await Assert.ThrowsAsync<SecretDeedException>(() => EnterAsync("a-wrong-one"));
        Assert.Equal("probeFailed", refused.Code);
        Assert.Contains("answered 403", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("a-wrong-one", refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, await ground.DataAsync(Data));

        await EnterAsync("the-right-one");
        await ground.Shop.UntilAsync(proposal.Id, ProposalState.Succeeded);
        Assert.Equal("the-right-one", (await ground.DataAsync(Data))["key"]);
    }
}
