using Sevensa.Dashboard.Platform.Query.PromQl;
using Sevensa.Dashboard.Sandbox.Fleet;

namespace Sevensa.Dashboard.Sandbox.Prometheus;

/// <summary>A binary operator with its modifiers, whichever language it was written in.</summary>
internal sealed record Operation(BinaryOperator Operator, bool ReturnBool, VectorMatching? Matching);

/// <summary>Binary operators between scalars and vectors.</summary>
internal static class Operations
{
    public static EvalResult Evaluate(Evaluator e, Binary binary) =>
        Combine(
            e.Count,
            new Operation(binary.Operator, binary.ReturnBool, binary.Matching),
            e.Evaluate(binary.Left),
            e.Evaluate(binary.Right)
        );

    public static EvalResult Combine(int count, Operation operation, EvalResult left, EvalResult right)
    {
        var op = operation.Operator;
        return (left, right) switch
        {
            (ScalarResult a, ScalarResult b) => new ScalarResult([
                .. a.Values.Zip(b.Values, (x, y) => op.IsComparison() ? Truth(op, x, y) : Apply(op, x, y)),
            ]),
            (VectorResult a, ScalarResult b) => WithScalar(count, operation, a, b.Values, false),
            (ScalarResult a, VectorResult b) => WithScalar(count, operation, b, a.Values, true),
            (VectorResult a, VectorResult b) when op.IsSet() => Sets.Evaluate(count, operation, a, b),
            (VectorResult a, VectorResult b) => Matching.Evaluate(count, operation, a, b),
            _ => throw new PromExecutionException(
                "binary expression must contain only scalar and instant vector types"
            ),
        };
    }

    public static double Apply(BinaryOperator op, double a, double b) =>
        op switch
        {
            BinaryOperator.Add => a + b,
            BinaryOperator.Subtract => a - b,
            BinaryOperator.Multiply => a * b,
            BinaryOperator.Divide => a / b,
            BinaryOperator.Modulo => a % b,
            BinaryOperator.Power => Math.Pow(a, b),
            BinaryOperator.Atan2 => Math.Atan2(a, b),
            _ => throw Evaluator.Unsupported(op.Symbol()),
        };

    public static bool Holds(BinaryOperator op, double a, double b) =>
        op switch
        {
            BinaryOperator.Equal => a == b,
            BinaryOperator.NotEqual => a != b,
            BinaryOperator.Less => a < b,
            BinaryOperator.LessOrEqual => a <= b,
            BinaryOperator.Greater => a > b,
            _ => a >= b,
        };

    public static double Truth(BinaryOperator op, double a, double b) => Holds(op, a, b) ? 1 : 0;

    private static VectorResult WithScalar(
        int count,
        Operation operation,
        VectorResult vector,
        double[] scalar,
        bool scalarFirst
    )
    {
        var op = operation.Operator;
        if (!op.IsComparison())
        {
            return vector.Map(count, (v, i) => scalarFirst ? Apply(op, scalar[i], v) : Apply(op, v, scalar[i]));
        }
        return operation.ReturnBool
            ? vector.Map(count, (v, i) => scalarFirst ? Truth(op, scalar[i], v) : Truth(op, v, scalar[i]))
            : vector.Map(
                count,
                (v, i) => (scalarFirst ? Holds(op, scalar[i], v) : Holds(op, v, scalar[i])) ? v : Absent.Value,
                keepName: true
            );
    }
}

/// <summary><c>and</c>, <c>or</c> and <c>unless</c>.</summary>
internal static class Sets
{
    public static VectorResult Evaluate(int count, Operation operation, VectorResult left, VectorResult right)
    {
        var matching = operation.Matching ?? VectorMatching.DefaultSet;
        var result = new ColumnGathering(count);
        if (operation.Operator == BinaryOperator.Or)
        {
            var taken = Presence(count, left, matching);
            foreach (var column in left.Columns)
            {
                result.Put(column.Labels, (double[])column.Values.Clone());
            }
            foreach (var column in right.Columns)
            {
                taken.TryGetValue(Matching.Key(matching, column.Labels), out var there);
                Keep(result, column, i => there?[i] != true);
            }
            return result.Result();
        }
        var others = Presence(count, right, matching);
        foreach (var column in left.Columns)
        {
            others.TryGetValue(Matching.Key(matching, column.Labels), out var there);
            var wanted = operation.Operator == BinaryOperator.And;
            Keep(result, column, i => (there?[i] == true) == wanted);
        }
        return result.Result();
    }

    private static void Keep(ColumnGathering result, Column column, Func<int, bool> when)
    {
        for (var i = 0; i < column.Values.Length; i++)
        {
            if (!Absent.Is(column.Values[i]) && when(i))
            {
                result.Put(column.Labels, i, column.Values[i]);
            }
        }
    }

    private static Dictionary<LabelSet, bool[]> Presence(int count, VectorResult vector, VectorMatching matching)
    {
        var presence = new Dictionary<LabelSet, bool[]>();
        foreach (var column in vector.Columns)
        {
            var key = Matching.Key(matching, column.Labels);
            if (!presence.TryGetValue(key, out var steps))
            {
                presence[key] = steps = new bool[count];
            }
            for (var i = 0; i < steps.Length; i++)
            {
                steps[i] |= !Absent.Is(column.Values[i]);
            }
        }
        return presence;
    }
}
