using System.Text;

namespace Sevensa.Dashboard.Features.Identity.ForwardAuth;

/// <summary>How servers that are not strict about it read a path: what they take for the same is judged as the same.</summary>
internal static class PathSpelling
{
    /// <summary>
    /// Without what some leave out: the case of letters, and blanks and dots at the ends of a segment, which the file systems of
    /// Windows do not keep.
    /// </summary>
    /// <param name="path">Its escapes read.</param>
    public static string Loosely(string path) =>
        string.Join(
            '/',
            Composed(path).ToUpperInvariant().Split('/').Select(segment => segment.Trim().TrimEnd('.', ' '))
        );

    /// <summary>With the common letter for each that is a form of it: <c>ａ</c> for <c>a</c>, a wide stop for a stop.</summary>
    public static string Composed(string path) =>
        Ascii.IsValid(path)
            ? path
            // Halves of a pair that stand alone have no form, and one letter that is none is refused.
            : Encoding
                .UTF8.GetString(Encoding.UTF8.GetBytes(path))
                .Replace('\uFFFE', '\uFFFD')
                .Normalize(NormalizationForm.FormKC);
}
