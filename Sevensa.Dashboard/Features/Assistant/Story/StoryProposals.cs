using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>What could be done about what a story tells.</summary>
internal static class StoryProposals
{
    /// <param name="releases">All that are known of the service.</param>
    public static IEnumerable<StoryProposal> Of(
        ServiceStory story,
        IReadOnlyList<ServiceRelease> releases,
        IEnumerable<IActionKind> kinds
    )
    {
        if (
            story is { Moment: not null, Release: { Before: { } before } release, IsReleaseLater: false }
            && (StoryCauses.IsLast(release, releases) || Lasts(story))
            && !StoryCauses.RunsAgain(before, release.Host, releases)
        )
        {
            yield return Proposal(
                "service.rollback",
                new { to = before },
                $"The step came with {release.Image}; {(release.BeforeImage is { Length: > 0 } image ? image : "what was there before")} ran before it."
            );
        }
        else if (
            story is { Moment: { } moment, Release: null }
            && StoryCauses.Newest(releases, moment.At) is { Before: { } earlier } newest
        )
        {
            yield return Proposal(
                "service.rollback",
                new { to = earlier },
                $"No release was near the step; {newest.Image} is the newest before it."
            );
        }
        if (story.Figures.FirstOrDefault(one => one.Metric == "memoryShare") is { Now: > 0.8 } memory)
        {
            yield return Proposal(
                "container.restart",
                new { },
                $"Its memory is at {StoryWords.Value(memory.Now, memory.Unit)} of the limit: a restart frees it, and gains time rather than a remedy."
            );
        }
        else if (story.Moment is not null)
        {
            yield return Proposal(
                "container.restart",
                new { },
                "A restart is quick and clears what has piled up; it does not undo a release."
            );
        }

        StoryProposal Proposal(string kind, object parameters, string why)
        {
            var known = kinds.First(one => one.Name == kind);
            return new StoryProposal(
                kind,
                story.Tenant,
                story.Service,
                JsonSerializer.SerializeToElement(parameters),
                StoreText.Shorten($"{story.OwnSentence} {why}", ProposalRequest.LongestWords),
                known.Title($"{story.Tenant}-{story.Service}"),
                known.Risk,
                why
            );
        }
    }

    /// <summary>What was released since has not ended it: the figure is still nearer to what it became than to what it was.</summary>
    private static bool Lasts(ServiceStory story) =>
        story.Moment is { } moment
        && story.Figures.FirstOrDefault(one => one.Metric == moment.Metric)?.Now is { } now
        && Math.Abs(now - moment.After) < Math.Abs(now - moment.Before);
}
