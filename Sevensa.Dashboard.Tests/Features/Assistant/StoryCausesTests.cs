using NSubstitute;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Story;
using Sevensa.Dashboard.Features.Containers.Contracts;

namespace Sevensa.Dashboard.Tests.Features.Assistant;

/// <summary>A story blames what came before the trouble, offers to go back to what was before that, and tells nobody of others.</summary>
public sealed class StoryCausesTests
{
    private static readonly DateTimeOffset Step = new(2026, 11, 28, 16, 30, 0, TimeSpan.Zero);

    [Fact]
    public void The_release_before_the_step_is_nearer_than_the_answer_to_it()
    {
        var cause = Release("v2", -20);
        var story = Story([Release("v3", 5), cause, Release("v1", -3000)]);
        Assert.Equal(cause, story.Release);
        Assert.Equal("""{"to":"before-v2"}""", Rollback(story, [Release("v3", 5), cause]));
    }

    [Fact]
    public void What_has_ended_it_is_not_gone_back_on()
    {
        var all = new[] { Release("v3", 5), Release("v2", -20) };
        Assert.Null(Rollback(Story(all, now: 0.1), all));
    }

    [Fact]
    public void What_was_gone_back_to_is_not_offered_again_while_the_figures_lag()
    {
        var cause = Release("v2", -20);
        var back = Release("v1", 60) with { Id = cause.Before! };
        Assert.Null(Rollback(Story([back, cause]), [back, cause]));
        // The same image again, kept as a release of its own.
        var old = Release("v1", -3000) with
        {
            Id = cause.Before!,
            ImageDigest = "sha256:1",
        };
        var anew = Release("v1", 60) with { Id = "anew", ImageDigest = "sha256:1" };
        Assert.Null(Rollback(Story([anew, cause, old]), [anew, cause, old]));
        var other = anew with { ImageDigest = "sha256:3" };
        Assert.NotNull(Rollback(Story([other, cause, old]), [other, cause, old]));
    }

    [Fact]
    public void Another_number_of_containers_is_no_cause()
    {
        var more = Release("v2", -5) with { Differences = [new("replicas", "replicas", "1", "2", false)] };
        var all = new[] { more, Release("v2", -20) };
        Assert.Equal(all[1], Story(all).Release);
        Assert.Null(Story([more]).Release);
        Assert.NotNull(Rollback(Story(all), all));
    }

    [Fact]
    public void One_that_came_after_is_told_as_such_and_not_gone_back_on()
    {
        var all = new[] { Release("v3", 12) };
        var story = Story(all);
        Assert.True(story.IsReleaseLater);
        Assert.Contains("after the step", StoryWords.Of(story), StringComparison.Ordinal);
        Assert.Null(Rollback(story, all));
    }

    [Fact]
    public void Nothing_is_said_to_have_run_well_that_nobody_looked_at()
    {
        var all = new[] { Release("v2", -20) };
        var why = StoryProposals.Of(Story(all), all, Kinds).First().Why;
        Assert.Equal("The step came with v2; v1 ran before it.", why);
    }

    [Fact]
    public void A_proposals_reason_and_evidence_name_no_other_tenant()
    {
        var all = new[] { Release("v2", -20) };
        var story = Story(all) with
        {
            Touched =
            [
                new("witcom", "psra-api", "latencyP95", Step, "p95 latency 3 times as much", "/tenants/witcom"),
                new("rentguy", "web", "latencyP95", Step, "p95 latency 3 times as much", "/tenants/rentguy"),
            ],
        };
        Assert.Contains("witcom psra-api", StoryWords.Of(story), StringComparison.Ordinal);
        var told =
            string.Concat(story.Evidence().Select(one => one.GetRawText()))
            + string.Concat(StoryProposals.Of(story, all, Kinds).Select(one => one.Reason));
        Assert.DoesNotContain("witcom", told, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("At about the same time: web", told, StringComparison.Ordinal);
    }

    private static IActionKind[] Kinds => [Kind("service.rollback"), Kind("container.restart")];

    private static IActionKind Kind(string name)
    {
        var kind = Substitute.For<IActionKind>();
        kind.Name.Returns(name);
        kind.Title(Arg.Any<string>()).Returns(name);
        return kind;
    }

    private static string? Rollback(ServiceStory story, IReadOnlyList<ServiceRelease> all) =>
        StoryProposals
            .Of(story, all, Kinds)
            .FirstOrDefault(one => one.Kind == "service.rollback")
            ?.Parameters.GetRawText();

    private static ServiceRelease Release(string image, int minutes) =>
        new(
            image,
            "api",
            "vps-1",
            image,
            "",
            Step.AddMinutes(minutes),
            null,
            "a person",
            null,
            null,
            "before-" + image,
            image == "v2" ? "v1" : null,
            [new("image", "image", "a", "b", false)]
        );

    private static ServiceStory Story(IReadOnlyList<ServiceRelease> releases, double now = 0.4)
    {
        var step = TimeSpan.FromMinutes(10);
        var release = StoryCauses.Near(releases, Step);
        return new ServiceStory(
            "rentguy",
            "api",
            Step.AddDays(-1),
            Step.AddHours(2),
            "",
            new StoryMoment(Step, "latencyP95", "p95 latency", 0.1, 0.4, 4),
            release,
            [new StoryFigure("latencyP95", "p95 latency", "seconds", 0.1, 0.4, now, [], [], "q", "/link")],
            [],
            [],
            [],
            [],
            [],
            "/tenants/rentguy/story"
        )
        {
            Name = "RentGuy",
            IsReleaseLater = release?.From > Step + step,
        };
    }
}
