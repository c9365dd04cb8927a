using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>Arithmetic and comparison between two vectors.</summary>
internal static class Matching
{
    public static LabelSet Key(VectorMatching matching, LabelSet labels) =>
        matching.On ? labels.Only(matching.Labels.AsSpan()) : labels.Without([.. matching.Labels, "__name__"]);

    public static VectorResult Evaluate(int count, Operation operation, VectorResult left, VectorResult right)
    {
        var matching = operation.Matching ?? VectorMatching.Default;
        if (matching.FillLeft is not null || matching.FillRight is not null)
        {
            throw Evaluator.Unsupported("fill modifiers");
        }
        // "One" is the side whose series must be unique in a group, "many" the other one.
        var swapped = matching.Cardinality == MatchCardinality.OneToMany;
        var (many, one) = swapped ? (right, left) : (left, right);
        var ones = one.Columns.GroupBy(c => Key(matching, c.Labels)).ToDictionary(g => g.Key, g => g.ToArray());
        var result = new ColumnGathering(count);
        var seen = matching.Cardinality == MatchCardinality.OneToOne ? new HashSet<(LabelSet, int)>() : null;
        foreach (var column in many.Columns)
        {
            var key = Key(matching, column.Labels);
            if (!ones.TryGetValue(key, out var candidates))
            {
                continue;
            }
            for (var i = 0; i < count; i++)
            {
                if (Absent.Is(column.Values[i]) || Partner(candidates, i, key, swapped) is not { } partner)
                {
                    continue;
                }
                if (seen?.Add((key, i)) == false)
                {
                    throw new PromExecutionException(
                        "multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)"
                    );
                }
                var (a, b) = swapped ? (partner.Values[i], column.Values[i]) : (column.Values[i], partner.Values[i]);
                var value =
                    !operation.Operator.IsComparison() ? Operations.Apply(operation.Operator, a, b)
                    : operation.ReturnBool ? Operations.Truth(operation.Operator, a, b)
                    : Operations.Holds(operation.Operator, a, b) ? column.Values[i]
                    : Absent.Value;
                if (!Absent.Is(value))
                {
                    result.Put(Labels(operation, matching, column.Labels, partner.Labels), i, value);
                }
            }
        }
        return result.Result();
    }

    private static Column? Partner(Column[] candidates, int step, LabelSet key, bool swapped)
    {
        Column? found = null;
        foreach (var candidate in candidates)
        {
            if (Absent.Is(candidate.Values[step]))
            {
                continue;
            }
            if (found is not null)
            {
                throw new PromExecutionException(
                    $"found duplicate series for the match group {key} on the {(swapped ? "left" : "right")} hand-side of the "
                        + $"operation: [{Named(candidate.Labels)}, {Named(found.Labels)}];many-to-many matching not allowed: "
                        + "matching labels must be unique on one side"
                );
            }
            found = candidate;
        }
        return found;
    }

    private static string Named(LabelSet labels) => labels.ToString();

    private static LabelSet Labels(Operation operation, VectorMatching matching, LabelSet many, LabelSet one)
    {
        var keepName = operation.Operator.IsComparison() && !operation.ReturnBool;
        var labels = keepName ? many : many.Without("__name__");
        if (matching.Cardinality == MatchCardinality.OneToOne)
        {
            return matching.On ? labels.Only(matching.Labels.AsSpan()) : labels.Without(matching.Labels.AsSpan());
        }
        foreach (var include in matching.Include)
        {
            labels = labels.With(include, one[include]);
        }
        return labels;
    }
}
