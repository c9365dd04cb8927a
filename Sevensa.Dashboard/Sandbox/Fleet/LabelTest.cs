using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Sandbox.Fleet;

/// <summary>A condition on one label, as PromQL and LogQL have them; an absent label is the empty string.</summary>
internal sealed record LabelTest(string Name, Func<string, bool> Holds)
{
    public static LabelTest Equal(string name, string value) => new(name, v => v == value);

    public static LabelTest NotEqual(string name, string value) => new(name, v => v != value);

    public static LabelTest Regex(string name, string pattern, bool negated)
    {
        var regex = Anchored(pattern);
        return new(name, v => regex.IsMatch(v) != negated);
    }

    /// <exception cref="ArgumentException">The pattern is not a regular expression.</exception>
    public static Regex Anchored(string pattern) => Re2($"^(?:{pattern})$");

    /// <exception cref="ArgumentException">The pattern is not a regular expression.</exception>
    public static Regex Re2(string pattern)
    {
        if (read.Count >= MostRead)
        {
            read.Clear();
        }
        return read.GetOrAdd(
            pattern,
            text => new Regex(
                text.Replace("(?P<", "(?<", StringComparison.Ordinal),
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline
            )
        );
    }

    // The same few are asked for again and again, and to read one costs more than to use it.
    private const int MostRead = 500;
    private static readonly ConcurrentDictionary<string, Regex> read = new(StringComparer.Ordinal);

    public bool Matches(LabelSet labels) => Holds(labels[Name]);
}
