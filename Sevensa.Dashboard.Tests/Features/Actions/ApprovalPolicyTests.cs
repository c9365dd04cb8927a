using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Components;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Tests.App;
using Sevensa.Dashboard.Tests.Ui;

namespace Sevensa.Dashboard.Tests.Features.Actions;

/// <summary>How many must approve, who may, and what one's own high risk takes where nobody else is there.</summary>
public class ApprovalPolicyTests
{
    private static Workshop With(Action<ActionsOptions> options) =>
        new(services => services.AddSingleton<IActionKind>(new HighRiskKind()), options);

    private static ApprovalRule Rule(string? tenant, Risk? risk, int? approvals, params string[] reviewers) =>
        new()
        {
            Tenant = tenant,
            Risk = risk,
            Approvals = approvals,
            Reviewers = [.. reviewers],
        };

    private static async Task ForbiddenAsync(string code, Func<Task> deed) =>
        Assert.Equal(code, (await Assert.ThrowsAsync<ForbiddenException>(deed)).Code);

    [Fact]
    public async Task The_closest_rule_says_how_many()
    {
        await using var shop = With(options =>
        {
            options.ApprovalsForMediumRisk = 2;
            options.Rules =
            [
                Rule(null, Risk.High, 3),
                Rule("rentguy", null, 4),
                Rule("rentguy", Risk.High, 5),
                Rule("witcom", Risk.High, 6),
            ];
        });
        Assert.Equal(4, (await shop.ProposeAsync()).ApprovalsNeeded);
        Assert.Equal(4, (await shop.ProposeAsync("container.stop")).ApprovalsNeeded);
        Assert.Equal(5, (await shop.ProposeAsync("test.high")).ApprovalsNeeded);
    }

    [Fact]
    public async Task Only_named_roles_and_people_review_where_a_rule_names_them()
    {
        await using var shop = With(options =>
            options.Rules = [Rule("rentguy", null, null, "approver", "ada"), Rule("witcom", null, null, "admin")]
        );
        var proposal = await shop.ProposeAsync();
        await ForbiddenAsync("notReviewer", () => shop.ApproveAsync(proposal, Callers.Operator));
        await ForbiddenAsync("notReviewer", () => shop.ApproveAsync(proposal, Callers.Admin));
        Assert.Equal(0, await shop.Proposals.WaitingForAsync(Callers.Operator, default));
        Assert.Equal(1, await shop.Proposals.WaitingForAsync(Callers.Approver, default));
        var standing = await shop.Proposals.StandingAsync(Callers.Operator, proposal.Id, default);
        Assert.False(standing.MayApprove);
        Assert.Contains("approver or ada", standing.WhyNot);
        // A rule narrows what roles may; it opens nothing.
        var high = await shop.ProposeAsync("test.high");
        await ForbiddenAsync(
            "notReviewer",
            () => shop.ApproveAsync(high, Callers.Person("ada", Role.Operator, "rentguy"))
        );
        var done = await shop.ApproveAsync(proposal, Callers.Person("ada", Role.Operator, "rentguy"));
        Assert.Equal(ProposalState.Dispatched, done.State);
    }

    [Fact]
    public async Task A_rule_names_a_custom_role_by_its_id_and_its_holders_alone_review_then()
    {
        await using var shop = With(options => options.Rules = [Rule("rentguy", null, null, "role:night-shift")]);
        var people = (StubPeople)shop.Services.GetRequiredService<IPeople>();
        var nina = Holder("nina", "night-shift");
        people.Changed[nina.Subject] = nina;
        var proposal = await shop.ProposeAsync();
        await ForbiddenAsync("notReviewer", () => shop.ApproveAsync(proposal, Callers.Approver));
        await ForbiddenAsync("notReviewer", () => shop.ApproveAsync(proposal, Callers.Admin));
        await ForbiddenAsync("notReviewer", () => shop.ApproveAsync(proposal, Holder("dan", "day-shift")));
        // Nobody is a role by being called like it.
        await ForbiddenAsync(
            "notReviewer",
            () => shop.ApproveAsync(proposal, Callers.Person("night-shift", Role.Operator, "rentguy"))
        );
        var standing = await shop.Proposals.StandingAsync(Callers.Operator, proposal.Id, default);
        Assert.Contains("the role night-shift", standing.WhyNot);
        // A rule opens nothing: the role has to hold the approval itself.
        await ForbiddenAsync(
            "notReviewer",
            () =>
                shop.ApproveAsync(
                    proposal,
                    Holder("rick", "night-shift", RolePermissions.Portal | RolePermissions.Read)
                )
        );
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(proposal, nina)).State);

        Assert.Equal(
            ["the setting Actions:Rules:0:Reviewers"],
            shop.Services.GetServices<IRoleUse>().SelectMany(use => use.Of("night-shift"))
        );
        Assert.Empty(shop.Services.GetServices<IRoleUse>().SelectMany(use => use.Of("day-shift")));

        static Caller Holder(
            string name,
            string role,
            RolePermissions held = RolePermissions.Portal | RolePermissions.Read | RolePermissions.Approve
        ) => Callers.Person(name, Role.Custom, "rentguy") with { Custom = new HeldRole(role, role, held) };
    }

    [Fact]
    public async Task Who_asked_through_a_program_or_the_assistant_is_still_who_asked()
    {
        await using var shop = With(_ => { });
        var asked = Callers.Admin with { Client = "a-pipeline" };
        var high = await shop.ProposeAsync("test.high", caller: asked);
        await ForbiddenAsync("selfApproval", () => shop.ApproveAsync(high, Callers.Admin));
        await ForbiddenAsync("selfApproval", () => shop.ApproveAsync(high, Callers.Admin with { Client = "another" }));
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(high)).State);
    }

    [Theory]
    [InlineData(true, "selfApproval")]
    [InlineData(false, null)]
    public async Task What_came_of_text_that_addressed_an_assistant_takes_somebody_else(bool tainted, string? refused)
    {
        await using var shop = With(_ => { });
        var proposal = await ProposedByTheAssistantAsync(shop, tainted);
        var standing = await shop.Proposals.StandingAsync(Callers.Operator, proposal.Id, default);
        Assert.Equal(!tainted, standing.MayApprove);
        if (refused is not null)
        {
            Assert.Contains("addressed an assistant", standing.WhyNot);
            await ForbiddenAsync(refused, () => shop.ApproveAsync(proposal, Callers.Operator));
        }
        Assert.Equal(
            ProposalState.Dispatched,
            (await shop.ApproveAsync(proposal, tainted ? Callers.Approver : Callers.Operator)).State
        );
    }

    [Fact]
    public async Task One_operator_proves_before_approving_what_came_of_text_that_addressed_an_assistant()
    {
        await using var shop = With(options => options.SingleOperator = true);
        var proposal = await ProposedByTheAssistantAsync(shop, tainted: true);
        await ForbiddenAsync("stepUpRequired", () => shop.ApproveAsync(proposal, Callers.Operator));
    }

    [Fact]
    public async Task What_the_assistant_proposed_unseen_is_approved_by_nobody()
    {
        await using var shop = With(_ => { });
        var proposal = await ProposedByTheAssistantAsync(shop, tainted: true, seen: false);
        var standing = await shop.Proposals.StandingAsync(Callers.Approver, proposal.Id, default);
        Assert.False(standing.MayApprove);
        Assert.Contains("no evidence", standing.WhyNot);
        await ForbiddenAsync("noEvidence", () => shop.ApproveAsync(proposal));
        Assert.Empty(shop.Link.Delivered);
    }

    [Fact]
    public async Task What_has_changed_of_the_evidence_is_told_when_it_is_approved()
    {
        await using var shop = new Workshop(services => services.AddSingleton<IEvidenceAgain>(new Changed()));
        var proposal = await ProposedByTheAssistantAsync(shop, tainted: false);
        await shop.ApproveAsync(proposal);
        Assert.Contains(
            await shop.EventsOfAsync(proposal.Id),
            told =>
                told.Type == "progress"
                && told.Data.GetProperty("text").GetString()!.Contains("memory: 212 MiB then, 480 MiB now")
        );
    }

    /// <summary>Something is otherwise than it was.</summary>
    internal sealed class Changed : IEvidenceAgain
    {
        public Task<IReadOnlyList<EvidenceDifference>> DifferencesAsync(
            Caller caller,
            Proposal proposal,
            CancellationToken cancellation
        ) => Task.FromResult<IReadOnlyList<EvidenceDifference>>([new("memory", "212 MiB", "480 MiB")]);
    }

    private static Task<Proposal> ProposedByTheAssistantAsync(Workshop shop, bool tainted, bool seen = true) =>
        shop.Proposals.ProposeAsync(
            Callers.Operator,
            new ProposalRequest(
                "container.restart",
                "rentguy",
                "rentguy-api",
                default,
                "it leaks",
                [
                    .. seen
                        ? [JsonSerializer.SerializeToElement(new { title = "memory" })]
                        : Array.Empty<JsonElement>(),
                    .. tainted ? [Taint.Mark] : Array.Empty<JsonElement>(),
                ],
                "assistant"
            ),
            CancellationToken.None
        );

    [Fact]
    public async Task One_operator_proves_and_types_the_name_before_approving_ones_own_high_risk()
    {
        await using var shop = With(options => options.SingleOperator = true);
        var high = await shop.ProposeAsync("test.high", target: "rentguy-db", caller: Callers.Admin);
        var other = await shop.ProposeAsync("test.high", target: "rentguy-api", caller: Callers.Admin);
        Assert.True((await shop.Proposals.StandingAsync(Callers.Admin, high.Id, default)).NeedsStepUp);
        await ForbiddenAsync("stepUpRequired", () => shop.ApproveAsync(high, Callers.Admin));
        await ForbiddenAsync(
            "stepUpRequired",
            () => shop.Proposals.StepUpAsync(Callers.Admin, high.Id, "wrong", default)
        );
        var proof = await shop.Proposals.StepUpAsync(Callers.Admin, high.Id, "right", default);
        var elsewhere = await shop.Proposals.StepUpAsync(Callers.Admin, other.Id, "right", default);
        foreach (
            var (confirm, stepUp) in new[]
            {
                (null, proof.Proof),
                ("rentguy-db", null),
                ("rentguy-d", proof.Proof),
                ("rentguy-db", "made up"),
                ("rentguy-db", elsewhere.Proof),
            }
        )
        {
            await ForbiddenAsync("stepUpRequired", () => ApproveAsync(confirm, stepUp));
        }
        Assert.Equal(ProposalState.Proposed, (await shop.FindAsync(high.Id)).State);
        Assert.Empty(shop.Link.Delivered);
        Assert.Equal(ProposalState.Dispatched, (await ApproveAsync("rentguy-db", proof.Proof)).State);
        Assert.Equal(ProposalState.Dispatched, (await ApproveAsync(null, null)).State);
        Assert.Equal(6, shop.Audit.Entries.Count(entry => entry.Outcome == AuditOutcome.Refused));

        Task<Proposal> ApproveAsync(string? confirm, string? stepUp) =>
            shop.Proposals.ApproveAsync(
                Callers.Admin,
                high.Id,
                new Approval(high.PlanHash, null, confirm, stepUp),
                default
            );
    }

    [Fact]
    public async Task Somebody_elses_high_risk_needs_no_proof_where_there_is_one_operator()
    {
        await using var shop = With(options => options.SingleOperator = true);
        var high = await shop.ProposeAsync("test.high", caller: Callers.Operator);
        Assert.Equal(ProposalState.Dispatched, (await shop.ApproveAsync(high, Callers.Admin)).State);
    }

    [Fact]
    public async Task The_card_asks_for_the_password_and_the_name_and_letters_in_a_form_are_no_commands()
    {
        await using var shop = With(options => options.SingleOperator = true);
        var high = await shop.ProposeAsync("test.high", target: "rentguy-db", caller: Callers.Admin);
        await using var page = ProposalCardTests.PageFor(shop, Callers.Admin);
        var card = ProposalCardTests.Card(page, high.Id);
        card.Find("[data-approve]").Click();
        Assert.True(card.Find("button[type=submit]").HasAttribute("disabled"));
        card.Find("input[type=password]").Input("wrong");
        card.Field("Type rentguy-db").Input("rentguy-db");
        await card.InvokeAsync(() => ApprovalKeys.HandleAsync(new() { Key = "a" }, card.Instance));
        card.Find("form").Submit();
        card.WaitForAssertion(() => Assert.Contains("That is not your password", card.Markup));
        card.Find("input[type=password]").Input("right");
        card.Find("form").Submit();
        await shop.UntilAsync(high.Id, ProposalState.Dispatched);
    }

    [Fact]
    public async Task Writing_the_reason_of_a_no_says_no_yes()
    {
        await using var shop = new Workshop();
        var proposal = await shop.ProposeAsync();
        await using var page = ProposalCardTests.PageFor(shop, Callers.Approver);
        var card = ProposalCardTests.Card(page, proposal.Id);
        card.Find("[data-reject]").Click();
        await card.InvokeAsync(() => ApprovalKeys.HandleAsync(new() { Key = "a" }, card.Instance));
        Assert.Equal(ProposalState.Proposed, (await shop.FindAsync(proposal.Id)).State);
    }

    [Fact]
    public void A_policy_that_nobody_could_meet_is_a_mistake_at_start()
    {
        (string Key, ActionsOptions Options)[] mistaken =
        [
            ("SingleOperator", new ActionsOptions { SingleOperator = true, ApprovalsForHighRisk = 2 }),
            ("Rules:0:Approvals", new ActionsOptions { Rules = [Rule(null, null, 0)] }),
            ("Rules:0", new ActionsOptions { Rules = [Rule("rentguy", null, null)] }),
            ("Rules:1", new ActionsOptions { Rules = [Rule("rentguy", null, 1), Rule("rentguy", null, 2)] }),
            ("Rules:0:Reviewers", new ActionsOptions { Rules = [Rule(null, null, null, "viewer")] }),
            ("Rules:0:Reviewers", new ActionsOptions { Rules = [Rule(null, null, null, "role: ")] }),
            ("Rules:0:Reviewers", new ActionsOptions { Rules = [Rule(null, Risk.High, null, "operator")] }),
        ];
        Assert.All(
            mistaken,
            one =>
                Assert.Contains(
                    one.Key,
                    one.Options.Validate(new ValidationContext(one.Options)).SelectMany(mistake => mistake.MemberNames)
                )
        );
    }
}

/// <summary>The proof over HTTP, with the real accounts and the real lockout.</summary>
public class StepUpApiTests
{
    private sealed class OneOperator : SandboxApp
    {
        protected override IEnumerable<KeyValuePair<string, string>> Settings =>
            [KeyValuePair.Create("Actions:SingleOperator", "true"), KeyValuePair.Create("Docker:Endpoint", "none")];

        protected override void Replace(IServiceCollection services) =>
            services.AddSingleton<IActionKind>(new HighRiskKind());
    }

    [Fact]
    public async Task A_token_that_acts_for_a_person_proves_with_that_persons_password()
    {
        await using var app = new OneOperator();
        await app.InitializeAsync();
        using var admin = await app.ApiAsAsync("admin");
        using var asked = await admin.PostAsJsonAsync(
            "/api/v1/proposals",
            new
            {
                kind = "test.high",
                tenant = "rentguy",
                target = "rentguy-db",
                reason = "needed",
            }
        );
        var proposal = await asked.Content.ReadFromJsonAsync<JsonElement>();
        var address = $"/api/v1/proposals/{proposal.GetProperty("id").GetString()}";
        var planHash = proposal.GetProperty("planHash").GetString();

        await CodeAsync(await admin.PostAsJsonAsync($"{address}/approve", new { planHash }));
        await CodeAsync(await admin.PostAsJsonAsync($"{address}/step-up", new { password = "not it" }));
        using var proved = await admin.PostAsJsonAsync($"{address}/step-up", new { password = "sandbox" });
        Assert.Equal(HttpStatusCode.OK, proved.StatusCode);
        Assert.Equal("no-store", proved.Headers.CacheControl!.ToString());
        var stepUp = (await proved.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("proof").GetString();
        await CodeAsync(
            await admin.PostAsJsonAsync(
                $"{address}/approve",
                new
                {
                    planHash,
                    confirm = "rentguy",
                    stepUp,
                }
            )
        );
        using var approved = await admin.PostAsJsonAsync(
            $"{address}/approve",
            new
            {
                planHash,
                confirm = "rentguy-db",
                stepUp,
                comment = "sure",
            }
        );
        Assert.Equal(HttpStatusCode.OK, approved.StatusCode);
        var state = (await approved.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("state").GetString();
        Assert.Equal("approved", state);

        for (var wrong = 0; wrong < 5; wrong++)
        {
            await CodeAsync(await admin.PostAsJsonAsync($"{address}/step-up", new { password = "guess" }));
        }
        var locked = await CodeAsync(await admin.PostAsJsonAsync($"{address}/step-up", new { password = "sandbox" }));
        Assert.Contains("locked", locked);
        var rows = await admin.GetFromJsonAsync<JsonElement>("/api/v1/audit?action=stepUp.*");
        // With the one that says that no more are looked at.
        Assert.Equal(9, rows.GetProperty("items").GetArrayLength());
        Assert.DoesNotContain("guess", rows.ToString());
    }

    private static async Task<string> CodeAsync(HttpResponseMessage answer)
    {
        using (answer)
        {
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            var problem = await answer.Content.ReadFromJsonAsync<JsonElement>();
            Assert.Equal("stepUpRequired", problem.GetProperty("code").GetString());
            return problem.GetProperty("detail").GetString()!;
        }
    }
}
