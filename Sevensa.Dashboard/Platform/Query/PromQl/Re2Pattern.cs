using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Platform.Query.PromQl;

/// <summary>
/// A regular expression as Prometheus and Loki take it in matchers: RE2 syntax, the dot matches line breaks, anchored at both
/// ends.
/// </summary>
public sealed class Re2Pattern
{
    private readonly string? _translated;
    private Regex? _regex;

    private Re2Pattern(string source, string? translated, bool matchesEmpty)
    {
        Source = source;
        _translated = translated;
        MatchesEmpty = matchesEmpty;
    }

    public string Source { get; }

    /// <summary>A label that is absent satisfies it.</summary>
    public bool MatchesEmpty { get; }

    /// <summary>Reads a pattern; what RE2 does not know (look-around, back-references) is an error, in its words.</summary>
    public static bool TryParse(
        string source,
        [NotNullWhen(true)] out Re2Pattern? pattern,
        [NotNullWhen(false)] out string? error
    )
    {
        ArgumentNullException.ThrowIfNull(source);
        pattern = null;
        if (!Re2Syntax.TryRead(source, out var translated, out var matchesEmpty, out error))
            return false;
        pattern = new Re2Pattern(source, translated, matchesEmpty);
        return true;
    }

    /// <summary>Whether the whole value matches; null where that can't be told here with certainty.</summary>
    public bool? IsMatch(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        if (value.Length == 0)
            return MatchesEmpty;
        // .NET counts UTF-16 units where RE2 counts characters.
        if (_translated is null || value.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF'))
            return null;
        try
        {
            _regex ??= new Regex(
                $"\\A(?:{_translated})\\z",
                RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.Singleline,
                TimeSpan.FromSeconds(1)
            );
            return _regex.IsMatch(value);
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or RegexMatchTimeoutException)
        {
            return null;
        }
    }

    /// <summary>A pattern that matches exactly this value.</summary>
    public static string Escape(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var text = new StringBuilder(value.Length + 8);
        foreach (var c in value)
        {
            if ("\\.+*?()|[]{}^$".Contains(c))
                text.Append('\\');
            text.Append(c);
        }
        return text.ToString();
    }
}
