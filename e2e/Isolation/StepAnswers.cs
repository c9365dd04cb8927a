using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Isolation;

/// <summary>
/// What was answered for each step of a query that was asked several times. An answer without steps is one step of its own.
/// </summary>
internal sealed class StepAnswers
{
    private readonly Dictionary<string, HashSet<string>> steps = [];
    private readonly HashSet<string> named = [];
    private int asked;

    /// <param name="first">An answer as <see cref="Add"/> takes it.</param>
    public StepAnswers(string first) => Add(first);

    /// <param name="answer">Series a line each, or one JSON text with whatever else was answered.</param>
    public void Add(string answer)
    {
        var now = answer
            .Split('\n')
            .Where(text => !text.Contains("\"result\":[]", StringComparison.Ordinal))
            .SelectMany(StepsOf)
            .GroupBy(one => one.Step)
            .ToDictionary(
                step => step.Key,
                step => string.Join('\n', step.Select(one => one.Sample).Order(StringComparer.Ordinal))
            );
        foreach (var step in steps.Keys.Union(now.Keys).ToList())
        {
            if (!steps.TryGetValue(step, out var known))
            {
                // Until now nothing was at this step, and that was an answer too.
                known = asked > 0 ? [""] : [];
                steps[step] = known;
            }
            known.Add(now.GetValueOrDefault(step, ""));
        }
        named.UnionWith(answer.Split('\n').Select(text => Series(text)?["metric"]?.ToJsonString()).OfType<string>());
        asked++;
    }

    /// <summary>True when both have given the same answer for every step, be it at different times.</summary>
    public bool Overlaps(StepAnswers other) =>
        steps
            .Keys.Union(other.steps.Keys)
            .All(step => (steps.GetValueOrDefault(step) ?? [""]).Overlaps(other.steps.GetValueOrDefault(step) ?? [""]));

    /// <summary>True when both have given the same values for every step, of whichever series.</summary>
    public bool OverlapsInValues(StepAnswers other) =>
        steps.Keys.Union(other.steps.Keys).All(step => Values(this, step).Overlaps(Values(other, step)));

    private static HashSet<string> Values(StepAnswers of, string step) =>
        [
            .. (of.steps.GetValueOrDefault(step) ?? [""]).Select(answer =>
                string.Join(
                    '\n',
                    answer
                        .Split('\n')
                        .Select(sample => sample[(sample.LastIndexOf("} ", StringComparison.Ordinal) + 1)..])
                        .Order(StringComparer.Ordinal)
                )
            ),
        ];

    /// <summary>True when both have named the same series, whatever their values.</summary>
    public bool NamesTheSame(StepAnswers other) => named.Count > 0 && named.SetEquals(other.named);

    private static IEnumerable<(string Step, string Sample)> StepsOf(string text)
    {
        var series = Series(text);
        var key = series?["values"] is JsonArray ? "values" : "histograms";
        if (series?["metric"] is not JsonObject metric || series[key] is not JsonArray samples)
        {
            return [("", text)];
        }
        return samples.Select(sample =>
            (sample![0]!.ToJsonString(), $"{metric.ToJsonString()} {sample[1]!.ToJsonString()}")
        );
    }

    private static JsonObject? Series(string text)
    {
        try
        {
            var json = JsonNode.Parse(text) as JsonObject;
            // One series alone is told with all around it.
            return json?["data"] is not JsonObject data ? json
                : data["result"] is JsonArray { Count: 1 } one ? one[0] as JsonObject
                : null;
        }
        catch (JsonException)
        {
            // A refusal, of which only the beginning is compared.
            return null;
        }
    }
}
