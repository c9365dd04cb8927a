using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Databases.Survey;

/// <summary>
/// Texts of statements as the server keeps them. It takes the values out of queries, but not out of commands such as
/// <c>alter role … password</c>.
/// </summary>
internal static partial class StatementTexts
{
    private const string NotSeen = "<insufficient privilege>";

    /// <summary>The text without passwords; null when the read-only role may not see it.</summary>
    public static string? Shown(string? text) =>
        text is null or NotSeen ? null : Passwords().Replace(text, "${before}***");

    // A literal may be cut off: texts are read up to a limit.
    [GeneratedRegex(
        """
            (?<before>\bpassword\s*=?\s*) (?: e?'(?:[^'\\]|''|\\.)*'? | (?<tag>\$\w*\$)(?!\d).*?(?:\k<tag>|\z) | (?<==\s*)(?!\$\d)[^\s';]+ )
            """,
        RegexOptions.IgnoreCase | RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace
    )]
    private static partial Regex Passwords();
}
