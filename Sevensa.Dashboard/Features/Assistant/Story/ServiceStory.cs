using System.Text.Json;
using System.Text.Json.Serialization;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>Why a service is slow or broken, on one page, put together by code.</summary>
/// <param name="Sentence">All of it in a few sentences.</param>
/// <param name="Moment">When its figures took their step; null when none did, or they can't be read.</param>
/// <param name="Release">What it began to run at about that moment; null when nothing.</param>
/// <param name="Figures">Before and after the moment, each with its course.</param>
/// <param name="Patterns">Kinds of log lines that there were not before. Untrusted text.</param>
/// <param name="Touched">Whose figures took a step at about the same time.</param>
/// <param name="Alerts">That fire for it now.</param>
/// <param name="Proposals">What could be proposed, as <c>POST /api/v1/proposals</c> takes it.</param>
/// <param name="Parts">How each part was come by: what is missing, and why.</param>
internal sealed record ServiceStory(
    string Tenant,
    string Service,
    DateTimeOffset From,
    DateTimeOffset To,
    string Sentence,
    StoryMoment? Moment,
    ServiceRelease? Release,
    IReadOnlyList<StoryFigure> Figures,
    IReadOnlyList<NewLogKind> Patterns,
    IReadOnlyList<StoryTouched> Touched,
    IReadOnlyList<StoryAlert> Alerts,
    IReadOnlyList<StoryProposal> Proposals,
    IReadOnlyList<StoryPart> Parts,
    string Link
)
{
    /// <summary>What the tenant is called.</summary>
    [JsonIgnore]
    public string Name { get; init; } = Tenant;

    /// <summary>The release came after the step, so that it is an answer to the trouble rather than its cause.</summary>
    [JsonIgnore]
    public bool IsReleaseLater { get; init; }

    /// <summary>The sentence without other tenants: what may stand where the tenant's own people read it.</summary>
    [JsonIgnore]
    public string OwnSentence => StoryWords.Of(this with { Touched = [.. Touched.Where(one => one.Tenant == Tenant)] });

    /// <summary>What a proposal out of the story rests on; nothing of another tenant.</summary>
    public IReadOnlyList<JsonElement> Evidence() =>
        [
            JsonSerializer.SerializeToElement(
                new
                {
                    kind = "citation",
                    title = $"The story of {Tenant} {Service}",
                    url = Link,
                    text = OwnSentence,
                }
            ),
            .. Figures
                .Where(one => one.Metric == Moment?.Metric)
                .Select(one =>
                    JsonSerializer.SerializeToElement(
                        new
                        {
                            kind = "citation",
                            title = one.Figure,
                            url = one.Link,
                            query = one.Query,
                        }
                    )
                ),
        ];
}

/// <param name="Metric">The figure whose step it is: <c>latencyP95</c>.</param>
/// <param name="Factor">After over before; null when it was nothing before.</param>
internal sealed record StoryMoment(
    DateTimeOffset At,
    string Metric,
    string Figure,
    double Before,
    double After,
    double? Factor
);

/// <param name="Metric">As <c>query_metric</c> names it.</param>
/// <param name="Figure">In a sentence: "p95 latency".</param>
/// <param name="Before">The middle of the last values before the moment; before the last hour where there is none.</param>
/// <param name="After">The middle of the time since.</param>
/// <param name="Times">Unix seconds; <paramref name="Values"/> has a value for each, null where there is none.</param>
/// <param name="Query">PromQL, before scoping.</param>
/// <param name="Link">Shows the same, and how it was asked for.</param>
internal sealed record StoryFigure(
    string Metric,
    string Figure,
    string Unit,
    double? Before,
    double? After,
    double? Now,
    IReadOnlyList<double> Times,
    IReadOnlyList<double?> Values,
    string Query,
    string Link
);

/// <param name="Words">"p95 latency 3.1 times as much".</param>
internal sealed record StoryTouched(
    string Tenant,
    string Service,
    string Metric,
    DateTimeOffset At,
    string Words,
    string Link
);

internal sealed record StoryAlert(string Name, string Service, string Severity, string Summary, DateTimeOffset Since);

/// <param name="Why">Why this one.</param>
internal sealed record StoryProposal(
    string Kind,
    string Tenant,
    string Target,
    JsonElement Parameters,
    string Reason,
    string Title,
    Risk Risk,
    string Why
);

/// <summary>A part of the story.</summary>
/// <param name="Name"><c>figures</c>, <c>release</c>, <c>patterns</c>, <c>touched</c> or <c>alerts</c>.</param>
/// <param name="State"><c>found</c>, <c>nothing</c>, <c>failed</c> or <c>notConfigured</c>.</param>
/// <param name="Note">What is missing and why, in a sentence.</param>
/// <param name="Upstream">The server that could not be asked.</param>
internal sealed record StoryPart(
    string Name,
    string State,
    string? Note,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] StoryUpstream? Upstream = null
);

internal sealed record StoryUpstream(string Name, int? Status, string Message);
