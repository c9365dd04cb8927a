using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Decisions;

/// <summary>Whether somebody may approve a proposal; when not, with the contract's code and the words for it.</summary>
internal sealed record Verdict(string? Code, string? Why)
{
    public static Verdict Yes { get; } = new(null, null);

    public bool May => Code is null;
}

/// <summary>Who may approve what, and how many must: the roles, narrowed by the installation's rules.</summary>
internal sealed class ApprovalPolicy(IOptions<ActionsOptions> options, IPeople people) : IApprovalRules, IRoleUse
{
    public const string NotReviewer = "notReviewer";
    public const string SelfApproval = "selfApproval";
    public const string StepUpRequired = "stepUpRequired";
    public const string NoEvidence = "noEvidence";

    /// <summary>As <see cref="Requester.Via"/>.</summary>
    private const string Assistant = "assistant";

    /// <inheritdoc cref="Assistant"/>
    private const string Graph = "graph";

    public int ApprovalsFor(string tenant, Risk risk) =>
        Closest(tenant, risk, rule => rule.Approvals is not null)?.Approvals ?? options.Value.ApprovalsFor(risk);

    /// <summary>Whose approvals count, in words; null when it is everybody whose role may.</summary>
    public string? ReviewersOf(string tenant, Risk risk) =>
        RuleOf(tenant, risk) is { } rule ? string.Join(", ", rule.Reviewers.Select(ApprovalRule.WordsOf)) : null;

    IEnumerable<string> IRoleUse.Of(string role) =>
        options
            .Value.Rules.Where(rule => rule.Reviewers.Any(one => IsRole(one, role)))
            .Select(rule => $"the setting {KeyOf(rule, nameof(ApprovalRule.Reviewers))}");

    public ApprovalOverview OverviewFor(Caller caller) =>
        new(
            [
                .. options
                    .Value.Rules.Select(rule => rule.Tenant)
                    .Where(tenant => tenant is not null && caller.MaySee(tenant))
                    .Prepend(null)
                    .Distinct()
                    .SelectMany(tenant => Enum.GetValues<Risk>().Select(risk => LineOf(tenant, risk))),
            ],
            options.Value.ProposalLifetime,
            options.Value.SingleOperator
        );

    private ApprovalLine LineOf(string? tenant, Risk risk)
    {
        // No tenant is called like that, so what holds for none in particular is found.
        var of = tenant ?? "";
        var (counts, names) = (Closest(of, risk, rule => rule.Approvals is not null), RuleOf(of, risk));
        return new ApprovalLine(
            tenant,
            risk,
            ApprovalsFor(of, risk),
            names?.Reviewers ?? (risk == Risk.High ? ["approver", "admin"] : ["operator", "approver", "admin"]),
            [
                .. new[]
                {
                    counts is null ? $"Actions:ApprovalsFor{risk}Risk" : KeyOf(counts, nameof(ApprovalRule.Approvals)),
                    names is null ? null : KeyOf(names, nameof(ApprovalRule.Reviewers)),
                }.OfType<string>(),
            ]
        );
    }

    private string KeyOf(ApprovalRule rule, string member) =>
        $"Actions:Rules:{options.Value.Rules.IndexOf(rule)}:{member}";

    public async ValueTask<Verdict> MayApproveAsync(Caller caller, ProposalRow row, CancellationToken cancellation)
    {
        var high = row.Risk == Risk.High;
        if (!caller.MayApprove(high))
        {
            return new Verdict(
                NotReviewer,
                caller.IsReviewer ? "High risk is approved by an approver or an administrator." : WhyNot(caller)
            );
        }
        if (RuleOf(row.Tenant, row.Risk) is { } rule && !await IsNamedAsync(rule, caller, cancellation))
        {
            return new Verdict(
                NotReviewer,
                $"For {row.Tenant} this is approved by {string.Join(" or ", rule.Reviewers.Select(ApprovalRule.WordsOf))} (Actions:Rules)."
            );
        }
        if (row.RequesterVia == Assistant && !Taint.HasMoreThanMarks(row.Evidence))
        {
            return new Verdict(
                NoEvidence,
                "Nothing could be looked at before the assistant proposed this, so there is no evidence to approve it by. Withdraw it, and ask again or propose it by its form."
            );
        }
        return options.Value.SingleOperator || caller.Subject != row.RequesterId ? Verdict.Yes
            : high ? new Verdict(SelfApproval, "You asked for it. For high risk somebody else must approve.")
            : Taint.IsIn(row.Evidence)
                ? new Verdict(
                    SelfApproval,
                    $"{(row.RequesterVia == Graph ? "You started the graph that asks for it" : "You asked for it in a conversation in which something that was read addressed an assistant")}, so somebody else must approve. Or withdraw it, and propose it yourself by its form."
                )
            : Verdict.Yes;
    }

    /// <summary>
    /// One's own high risk, or what came of a conversation with text that addressed an assistant, where nobody else is there to
    /// look: the password and the target's name come first.
    /// </summary>
    public bool NeedsStepUp(Caller caller, ProposalRow row) =>
        options.Value.SingleOperator
        && caller.Subject == row.RequesterId
        && (row.Risk == Risk.High || Taint.IsIn(row.Evidence));

    public static string WhyNot(Caller caller) =>
        caller.IsPerson
            ? $"{(caller.Role == Role.Custom ? "The role" : caller.Role is Role.Viewer or Role.Client ? "A" : "An")} {caller.RoleWords} with this token can't decide. Ask an operator, approver or administrator."
            : "A program acts for nobody and can't decide. Use a token that acts for a person.";

    private ApprovalRule? RuleOf(string tenant, Risk risk) => Closest(tenant, risk, rule => rule.Reviewers.Count > 0);

    /// <summary>The rule for tenant and risk, else for the tenant, else for the risk, else for all.</summary>
    private ApprovalRule? Closest(string tenant, Risk risk, Func<ApprovalRule, bool> says) =>
        options
            .Value.Rules.Where(rule =>
                says(rule) && (rule.Tenant is null || rule.Tenant == tenant) && (rule.Risk is null || rule.Risk == risk)
            )
            .MaxBy(rule => (rule.Tenant is null ? 0 : 2) + (rule.Risk is null ? 0 : 1));

    private async ValueTask<bool> IsNamedAsync(ApprovalRule rule, Caller caller, CancellationToken cancellation)
    {
        if (
            rule.Reviewers.Any(reviewer =>
                ApprovalRule.RoleOf(reviewer) == caller.Role
                || (caller is { Role: Role.Custom, Custom: { } held } && IsRole(reviewer, held.Id))
            )
        )
        {
            return true;
        }
        var name = await people.UserNameAsync(caller.Subject, cancellation);
        return rule.Reviewers.Any(reviewer => string.Equals(reviewer, name, StringComparison.OrdinalIgnoreCase));
    }

    private static bool IsRole(string reviewer, string id) =>
        string.Equals(ApprovalRule.CustomRoleOf(reviewer), id, StringComparison.OrdinalIgnoreCase);
}
