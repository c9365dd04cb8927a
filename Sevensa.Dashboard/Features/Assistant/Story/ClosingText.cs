using System.Globalization;

namespace Sevensa.Dashboard.Features.Assistant.Story;

/// <summary>What was wrong, what was done and what became of it, in words for the client: a draft that a person reads, changes and sends.</summary>
/// <param name="Text">Names no person, host, image or other tenant; says that it is over only where the figures do.</param>
/// <param name="IsOver">The figure that took the step is back near where it was before.</param>
/// <param name="Note">For whoever sends it: what it rests on, or why it does not say that it is over.</param>
/// <param name="Since">When the trouble began; null where no figure took a step before the action.</param>
/// <param name="DoneAt">When the action ended.</param>
/// <param name="Proposal">Id of the action.</param>
/// <param name="Incident">The tenant's open incident of this service, to be closed with it; null when none is.</param>
public sealed record StoryClosing(
    string Tenant,
    string Service,
    string Text,
    bool IsOver,
    string Note,
    DateTimeOffset? Since,
    DateTimeOffset DoneAt,
    string Proposal,
    string? Incident,
    string? IncidentLink
);

/// <summary>The draft in sentences.</summary>
internal static class ClosingText
{
    /// <param name="ringing">Names of alerts of the service that fire now.</param>
    /// <param name="smallest">A change of a figure by less is none.</param>
    public static (string Text, bool IsOver, string Note, DateTimeOffset? Since) Of(
        string name,
        string service,
        string kind,
        DateTimeOffset done,
        IReadOnlyList<StoryFigure> figures,
        IReadOnlyList<string> ringing,
        Func<string, double> smallest
    )
    {
        var did = $"{Did(kind)} at {Clock(done)}.";
        var steps = figures.Select(figure => Step.Of(figure, done, smallest(figure.Metric))).OfType<Step>().ToList();
        if (steps.Count == 0)
        {
            return (
                $"{name}'s {service}: {char.ToLowerInvariant(did[0])}{did[1..]}",
                false,
                "No figure took a step before the action, so what was wrong, and that it is over, is for you to say.",
                null
            );
        }
        var since = DateTimeOffset.FromUnixTimeMilliseconds((long)(steps.Min(step => step.Taken.At) * 1000));
        // It is over once every figure that took the step is back, and told by one that is not as long as one is not.
        var told = steps.Find(step => !step.IsBack) ?? steps[0];
        var (figure, now) = (told.Figure, told.Now);
        var wrong = string.Create(
            CultureInfo.InvariantCulture,
            $"From {Day(since)} {Clock(since)}, {name}'s {service} {Trouble(figure.Metric)}: {figure.Figure} went from {Value(told.Taken.Before)} to {Value(told.Taken.After)}."
        );
        if (!told.IsBack)
        {
            return (
                $"{wrong} {did} We are watching whether that was enough.",
                false,
                told.After.Count < Step.Least
                    ? $"There are too few values of {figure.Figure} since the action: draft it again in some minutes before you say that it is over."
                    : $"Since the action {figure.Figure} is {Value(now)}, and was {Value(told.Taken.Before)} before the trouble: it is not said to be over.",
                since
            );
        }
        if (ringing.Count > 0)
        {
            return (
                $"{wrong} {did} We are watching whether that was enough.",
                false,
                $"{figure.Figure} is back, and {string.Join(", ", ringing)} still {(ringing.Count == 1 ? "fires" : "fire")}: it is not said to be over.",
                since
            );
        }
        return (
            $"{wrong} {did} Since then it is as before ({figure.Figure} {Value(now)}). We are sorry for the inconvenience.",
            true,
            $"It rests on {string.Join(", ", steps.Select(step => step.Figure.Figure))} until {Clock(DateTimeOffset.FromUnixTimeSeconds((long)told.After[^1].First))}.",
            since
        );

        string Value(double? value) => StoryWords.Value(value, figure.Unit);
    }

    private static string Trouble(string metric) =>
        metric switch
        {
            "latencyP95" => "answered more slowly than usual",
            "errorShare" => "answered some requests with errors",
            "memoryShare" => "was short of memory",
            "cpu" => "was busier than usual",
            _ => "was reached less than usual",
        };

    private static string Did(string kind) =>
        kind switch
        {
            "container.restart" => "We restarted it",
            "container.start" => "We started it again",
            "container.stop" => "We stopped a part of it",
            "service.rollback" or "tenant.rollback" => "We went back to the version that ran before",
            "service.deploy" => "We put another version in place",
            "service.scale" => "We changed how much of it runs",
            _ => "We made a change to it",
        };

    private static string Day(DateTimeOffset at) => at.UtcDateTime.ToString("d MMMM", CultureInfo.InvariantCulture);

    private static string Clock(DateTimeOffset at) =>
        at.UtcDateTime.ToString("HH:mm", CultureInfo.InvariantCulture) + " UTC";

    /// <summary>A figure that took a step before the action, and where it is since.</summary>
    /// <param name="After">What was measured since.</param>
    private sealed record Step(
        StoryFigure Figure,
        FigureStep Taken,
        IReadOnlyList<(double First, double Second)> After,
        double? Now,
        bool IsBack
    )
    {
        /// <summary>Fewer values since the action say nothing.</summary>
        public const int Least = 2;

        /// <summary>Of the way from the usual value to that of the trouble: what is no farther is back.</summary>
        private const double Back = 0.35;

        public static Step? Of(StoryFigure figure, DateTimeOffset done, double smallest)
        {
            var down = figure.Metric == "requestRate";
            var at = done.ToUnixTimeMilliseconds() / 1000.0;
            var all = figure.Times.Zip(figure.Values.Select(value => value ?? double.NaN)).ToList();
            var before = all.TakeWhile(point => point.First < at).ToList();
            var taken = FigureSteps.In(
                [.. before.Select(point => point.First)],
                [.. before.Select(point => point.Second)],
                smallest,
                down
            );
            if (taken is not { } step)
            {
                return null;
            }
            var after = all.Where(point => point.First >= at && double.IsFinite(point.Second)).ToList();
            var now = FigureSteps.MiddleOf(after.Select(point => point.Second));
            var isBack =
                after.Count >= Least
                && (
                    down
                        ? now >= step.After + ((step.Before - step.After) * (1 - Back))
                        : now <= step.Before + ((step.After - step.Before) * Back)
                );
            return new Step(figure, step, after, now, isBack);
        }
    }
}
