using System.ComponentModel.DataAnnotations;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Actions;

/// <summary>Section <c>Actions</c>.</summary>
internal sealed class ActionsOptions : IValidatableObject
{
    private const int MostApprovals = 9;

    /// <summary>How long a proposal can be decided on and, once approved, begun.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan ProposalLifetime { get; set; } = TimeSpan.FromHours(1);

    /// <summary>Different people who must approve an action of low risk.</summary>
    [Range(1, MostApprovals)]
    public int ApprovalsForLowRisk { get; set; } = 1;

    /// <summary>Different people who must approve an action of medium risk.</summary>
    [Range(1, MostApprovals)]
    public int ApprovalsForMediumRisk { get; set; } = 1;

    /// <summary>Different people, the requester not among them, who must approve an action of high risk.</summary>
    [Range(1, MostApprovals)]
    public int ApprovalsForHighRisk { get; set; } = 1;

    /// <summary>Other numbers and reviewers for a tenant, a risk, or both; the closest rule holds.</summary>
    public List<ApprovalRule> Rules { get; set; } = [];

    /// <summary>
    /// Nobody else is there to review: who asked for high risk may approve it, after giving the password again and typing
    /// the target's name.
    /// </summary>
    public bool SingleOperator { get; set; }

    /// <summary>How often expiry, waiting approvals and unclear outcomes are looked at. Approvals don't wait for it.</summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:01:00")]
    public TimeSpan SweepEvery { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Silence of an action under way after which its host is asked what became of it.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:30:00")]
    public TimeSpan AskAfterSilence { get; set; } = TimeSpan.FromSeconds(30);

    public int ApprovalsFor(Risk risk) =>
        risk switch
        {
            Risk.Low => ApprovalsForLowRisk,
            Risk.Medium => ApprovalsForMediumRisk,
            _ => ApprovalsForHighRisk,
        };

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (SingleOperator && (ApprovalsForHighRisk > 1 || Rules.Any(rule => rule is { Approvals: > 1 })))
        {
            yield return Mistake(
                nameof(SingleOperator),
                "with one operator nobody is there to give a second approval; leave it off, or ask for one approval"
            );
        }
        for (var index = 0; index < Rules.Count; index++)
        {
            var rule = Rules[index];
            var key = $"{nameof(Rules)}:{index}";
            if (rule.Approvals is < 1 or > MostApprovals)
            {
                yield return Mistake($"{key}:Approvals", $"{rule.Approvals} is not between 1 and {MostApprovals}");
            }
            if (rule.Approvals is null && rule.Reviewers.Count == 0)
            {
                yield return Mistake(key, "says neither how many approvals (Approvals) nor whose (Reviewers)");
            }
            if (rule.Reviewers.Any(string.IsNullOrWhiteSpace))
            {
                yield return Mistake($"{key}:Reviewers", "one of them is empty");
            }
            if (rule.Reviewers.Any(one => ApprovalRule.CustomRoleOf(one) is { Length: 0 }))
            {
                yield return Mistake(
                    $"{key}:Reviewers",
                    $"\"{ApprovalRule.CustomRolePrefix}\" is followed by the id of a custom role"
                );
            }
            foreach (var role in rule.Reviewers.Select(ApprovalRule.RoleOf))
            {
                if (role is Role.Viewer or Role.Client)
                {
                    yield return Mistake($"{key}:Reviewers", $"a {role} never approves".ToLowerInvariant());
                }
                else if (role is Role.Operator && rule.Risk == Risk.High && rule.Reviewers.Count == 1)
                {
                    yield return Mistake($"{key}:Reviewers", "operators never approve high risk, so nobody could");
                }
            }
            if (
                Rules.FindIndex(other => other.Tenant == rule.Tenant && other.Risk == rule.Risk) is var first
                && first < index
            )
            {
                yield return Mistake(key, $"is for the same tenant and risk as {nameof(Rules)}:{first}");
            }
        }
    }

    private static ValidationResult Mistake(string key, string text) => new(text, [key]);
}

/// <summary>How many must approve, and who may, for a tenant, a risk, or both. What is left out holds for all.</summary>
internal sealed class ApprovalRule
{
    public string? Tenant { get; set; }

    public Risk? Risk { get; set; }

    /// <summary>Different people who must approve; as elsewhere for that risk when left out.</summary>
    public int? Approvals { get; set; }

    /// <summary>
    /// Roles (<c>operator</c>, <c>approver</c>, <c>admin</c>, <c>role:ID</c> for a custom one) and names of people; whoever else may
    /// approve may not here.
    /// </summary>
    public List<string> Reviewers { get; set; } = [];

    /// <summary>Before the id of a custom role: no name of a person has a colon, so that none is mistaken for a role.</summary>
    internal const string CustomRolePrefix = "role:";

    /// <summary>The id of the custom role that is named; null where it names none.</summary>
    internal static string? CustomRoleOf(string reviewer) =>
        reviewer.StartsWith(CustomRolePrefix, StringComparison.OrdinalIgnoreCase)
            ? reviewer[CustomRolePrefix.Length..].Trim()
            : null;

    /// <summary>A reviewer as people read it.</summary>
    internal static string WordsOf(string reviewer) =>
        CustomRoleOf(reviewer) is { } role ? $"the role {role}" : reviewer;

    internal static Role? RoleOf(string reviewer) =>
        Enum.TryParse<Role>(reviewer, ignoreCase: true, out var role)
        && role != Role.Custom
        && !char.IsAsciiDigit(reviewer[0])
            ? role
            : null;
}
