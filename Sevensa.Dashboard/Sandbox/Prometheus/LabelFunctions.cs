using System.Collections.Immutable;
using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

internal static class LabelFunctions
{
    /// <summary>label_replace(v, destination, replacement, source, pattern)</summary>
    public static VectorResult Replace(Evaluator e, ImmutableArray<Expr> args)
    {
        var (destination, replacement) = (e.Text(args[1]), e.Text(args[2]));
        var (from, pattern) = (e.Text(args[3]), e.Text(args[4]));
        System.Text.RegularExpressions.Regex regex;
        try
        {
            regex = LabelTest.Anchored(pattern);
        }
        catch (Exception x) when (x is ArgumentException or NotSupportedException)
        {
            throw new PromExecutionException($"invalid regular expression in label_replace(): {pattern}");
        }
        // Go writes a group as $1 or ${1}; .NET's $1text would read on, so names are always braced.
        var braced = System.Text.RegularExpressions.Regex.Replace(replacement, @"\$(\w+)", "${$1}");
        return Relabel(
            e,
            e.Vector(args[0]),
            labels =>
                regex.Match(labels[from]) is { Success: true } match
                    ? labels.With(destination, match.Result(braced))
                    : labels
        );
    }

    /// <summary>label_join(v, destination, separator, source…)</summary>
    public static VectorResult Join(Evaluator e, ImmutableArray<Expr> args)
    {
        var (destination, separator) = (e.Text(args[1]), e.Text(args[2]));
        var sources = args.Skip(3).Select(e.Text).ToArray();
        return Relabel(
            e,
            e.Vector(args[0]),
            labels => labels.With(destination, string.Join(separator, sources.Select(s => labels[s])))
        );
    }

    private static VectorResult Relabel(Evaluator e, VectorResult vector, Func<LabelSet, LabelSet> change)
    {
        var result = new ColumnGathering(e.Count);
        foreach (var column in vector.Columns)
        {
            result.Put(change(column.Labels), column.Values);
        }
        return result.Result();
    }
}
