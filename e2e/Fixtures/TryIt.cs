using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>What README says to somebody who tries the program: what is typed and chosen is taken from its text.</summary>
internal static class TryIt
{
    private const string Heading = "\n## Try it\n";

    /// <summary>The section, from its heading to the next.</summary>
    public static string Text { get; } = Section(File.ReadAllText(Path.Combine(Workspace.Root, "README.md")));

    public static string Password => Named("password `(?<it>[^`]+)`");

    /// <summary>What stands where the pattern's group <c>it</c> is; a failure where README no longer says it.</summary>
    public static string Named(string pattern)
    {
        var found = Regex.Match(Text, pattern, RegexOptions.Singleline);
        Assert.True(found.Success, $"README no longer says {pattern}");
        return found.Groups["it"].Value;
    }

    private static string Section(string page)
    {
        var start = page.IndexOf(Heading, StringComparison.Ordinal);
        return page[start..page.IndexOf("\n## ", start + 4, StringComparison.Ordinal)];
    }
}
