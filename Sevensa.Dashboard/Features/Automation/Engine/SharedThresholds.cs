using System.Collections.Concurrent;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Features.Automation.Engine;

/// <summary>What is compared, and when that holds.</summary>
internal sealed record Threshold(string Bare, Func<double, bool> Holds);

/// <summary>
/// Expressions of one turn that compare the same thing with different numbers: the thing is asked for once, as dashboards ask for it, and
/// the numbers are held against the answer here. One that nobody shares is asked as it is written.
/// </summary>
internal sealed class SharedThresholds
{
    private const int MostRead = 2000;

    /// <summary>An expression reads the same at each look.</summary>
    private static readonly ConcurrentDictionary<string, Threshold?> Readings = new(StringComparer.Ordinal);

    private readonly Dictionary<string, Threshold> shared = new(StringComparer.Ordinal);

    public static SharedThresholds None { get; } = new();

    /// <param name="asked">What is asked for, by tenant.</param>
    public static SharedThresholds Of(IEnumerable<(string Tenant, string Query)> asked, PromQlOptions options)
    {
        var found = new SharedThresholds();
        foreach (
            var group in asked
                .Distinct()
                .Select(one => (one.Tenant, one.Query, Threshold: Read(one.Query, options)))
                .Where(one => one.Threshold is not null)
                .GroupBy(one => (one.Tenant, one.Threshold!.Bare))
                .Where(group => group.Skip(1).Any())
        )
        {
            foreach (var one in group)
            {
                found.shared[$"{one.Tenant}|{one.Query}"] = one.Threshold!;
            }
        }
        return found;
    }

    /// <summary>Null where it is asked as it is written.</summary>
    public Threshold? Find(string tenant, string query) => shared.GetValueOrDefault($"{tenant}|{query}");

    private static Threshold? Read(string query, PromQlOptions options)
    {
        if (Readings.TryGetValue(query, out var known))
        {
            return known;
        }
        Threshold? read;
        try
        {
            read = Of(PromQlParser.Parse(query, options));
        }
        catch (PromQlException)
        {
            // It was read when it was written; what can't be read now is told where it is asked.
            read = null;
        }
        if (Readings.Count >= MostRead)
        {
            Readings.Clear();
        }
        return Readings[query] = read;
    }

    private static Threshold? Of(Expr expression) =>
        expression switch
        {
            Paren paren => Of(paren.Expr),
            Binary { ReturnBool: false, Left.Type: PromQlType.InstantVector } binary
                when Number(binary.Right) is { } number && Compare(binary.Operator) is { } holds => new Threshold(
                PromQlPrinter.Print(binary.Left),
                value => holds(value, number)
            ),
            Binary { ReturnBool: false, Right.Type: PromQlType.InstantVector } binary
                when Number(binary.Left) is { } number && Compare(binary.Operator) is { } holds => new Threshold(
                PromQlPrinter.Print(binary.Right),
                value => holds(number, value)
            ),
            _ => null,
        };

    private static double? Number(Expr expression) =>
        expression switch
        {
            NumberLiteral number => number.Value,
            Paren paren => Number(paren.Expr),
            _ => null,
        };

    private static Func<double, double, bool>? Compare(BinaryOperator found) =>
        found switch
        {
            BinaryOperator.Equal => (left, right) => left == right,
            BinaryOperator.NotEqual => (left, right) => left != right,
            BinaryOperator.Greater => (left, right) => left > right,
            BinaryOperator.GreaterOrEqual => (left, right) => left >= right,
            BinaryOperator.Less => (left, right) => left < right,
            BinaryOperator.LessOrEqual => (left, right) => left <= right,
            _ => null,
        };
}
