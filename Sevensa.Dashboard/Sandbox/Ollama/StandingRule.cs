using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.Ollama;

/// <summary>From a rule of what is to be done from now on to a policy: has the sentence read, and proposes what came of it, typed.</summary>
internal static partial class StandingRule
{
    public static bool Is(string question) => Rule().IsMatch(question);

    public static Answer? Next(Conversation talk)
    {
        if (!Is(talk.Question))
        {
            return null;
        }
        if (talk.ResultOf("propose") is { } proposed)
        {
            return Answer.Say(
                proposed.Error is { } refused
                    ? $"It was not proposed: {refused.TrimEnd('.')}. Nothing was changed."
                    : "The policy is proposed as a draft, and waits for a person. It does nothing until it was watched in shadow and its enforcement was approved."
            );
        }
        if (talk.ResultOf("draft_policy") is not { } drafted)
        {
            // It is offered as a view of the tool that tells of policies.
            return talk.Offers("list_policies")
                ? Answer.Do("draft_policy", ("text", talk.Question))
                : Answer.Say("I would need the tool draft_policy for that, and it was not offered to me.");
        }
        if (drafted.Error is { } error)
        {
            return Answer.Say($"That makes no policy: {error.TrimEnd('.')}. Nothing was changed.");
        }
        if (!talk.Offers("propose"))
        {
            return Answer.Say(
                "I may not propose changes here: the tool propose was not offered to me. Nothing was changed."
            );
        }
        return Answer.Do(
            "propose",
            ("kind", "policy.draft"),
            ("tenant", drafted.Data?["tenant"]?.DeepClone()),
            ("target", drafted.Data?["name"]?.DeepClone()),
            ("parameters", new JsonObject { ["yaml"] = drafted.Data?["yaml"]?.DeepClone() }),
            ("reason", $"The operator asked for a policy: {talk.Question}")
        );
    }

    [GeneratedRegex(
        @"\bat most (once|twice|\w+ times)\b|\bwhenever\b|\bevery time\b",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant
    )]
    private static partial Regex Rule();
}
