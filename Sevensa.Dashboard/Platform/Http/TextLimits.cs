using System.Diagnostics.CodeAnalysis;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Platform.Http;

/// <summary>The one rule for how long a text that somebody gives may be.</summary>
public static class TextLimits
{
    /// <returns>The text itself.</returns>
    /// <exception cref="TextTooLongException"/>
    [return: NotNullIfNotNull(nameof(text))]
    public static string? Check(string? text, string what, int most) =>
        text is null || text.Length <= most ? text : throw new TextTooLongException(what, text.Length, most);
}
