using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>Text that others wrote, such as log lines, within an answer, which is Markdown.</summary>
internal static partial class Verbatim
{
    /// <summary>The text, so that Markdown shows it as it is. What stands between letters, as in <c>db_password</c>, is left.</summary>
    public static string Of(string text) => Marks().Replace(text, "\\$0");

    [GeneratedRegex(@"[\\`*\[\]<>~^]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|=(?==)|\+(?=\+)|&(?=#?\w+;)")]
    private static partial Regex Marks();
}
