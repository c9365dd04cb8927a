using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>A text of somebody's is longer than is taken; answered as 422 with the limit.</summary>
public sealed class TextTooLongException(string what, int length, int most)
    : Exception(
        string.Create(CultureInfo.InvariantCulture, $"{what} has {length} characters; at most {most} are taken.")
    );

/// <summary>The one rule for how long a text that somebody gives may be.</summary>
public static class TextLimits
{
    /// <returns>The text itself.</returns>
    /// <exception cref="TextTooLongException"/>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Check(string? text, string what, int most) =>
        text is null || text.Length <= most ? text : throw new TextTooLongException(what, text.Length, most);
}
