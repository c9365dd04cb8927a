namespace Sevensa.Dashboard.Platform.Query.LogQl;

public enum MatchOperator
{
    Equal,
    NotEqual,
    Matches,
    NotMatches,
}

/// <summary>One condition on a label: <c>service="api"</c>. Regular expressions are RE2 and match the whole value.</summary>
public sealed record LabelMatcher(string Name, MatchOperator Operator, string Value)
{
    public static LabelMatcher Equal(string name, string value) => new(name, MatchOperator.Equal, value);

    /// <summary>Matches exactly the given values: <c>name="a"</c> for one, <c>name=~"a|b"</c> escaped for several.</summary>
    /// <exception cref="ArgumentException">No value is given, or one is empty (it would match streams without the label).</exception>
    public static LabelMatcher AnyOf(string name, IEnumerable<string> values)
    {
        var all = values.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (!LogQlText.IsLabelName(name))
        {
            throw new ArgumentException($"\"{name}\" is not a label name.", nameof(name));
        }

        if (all.Count == 0 || all.Exists(string.IsNullOrEmpty))
        {
            throw new ArgumentException("At least one value is needed, and none may be empty.", nameof(values));
        }

        return all.Count == 1
            ? Equal(name, all[0])
            : new LabelMatcher(name, MatchOperator.Matches, string.Join('|', all.Select(LogQlText.EscapeRegex)));
    }

    /// <summary>True when a stream without this label passes the condition.</summary>
    public bool MatchesEmpty =>
        Operator switch
        {
            MatchOperator.Equal => Value.Length == 0,
            MatchOperator.NotEqual => Value.Length > 0,
            MatchOperator.Matches => Re2Syntax.Check(Value).MatchesEmpty,
            _ => !Re2Syntax.Check(Value).MatchesEmpty,
        };

    public override string ToString() => $"{Name}{Operator.Word()}{LogQlText.Quote(Value)}";
}

/// <summary>Which streams are read: <c>{service="api", level!="debug"}</c>. All conditions must hold.</summary>
public sealed record StreamSelector(ValueList<LabelMatcher> Matchers)
{
    /// <summary>True when at least one condition is not also met by a stream without that label; Loki refuses others.</summary>
    public bool SelectsSomething => Matchers.Any(matcher => !matcher.MatchesEmpty);

    /// <summary>The same selector narrowed by one more condition. What is there stays.</summary>
    public StreamSelector With(LabelMatcher matcher) => new(Matchers.Add(matcher));

    public override string ToString() => $"{{{string.Join(", ", Matchers)}}}";
}
