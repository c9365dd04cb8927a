using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>SECURITY.md says by which test each section of the standard is shown: one that is renamed is renamed there too.</summary>
public sealed partial class SecurityTable
{
    private const string Title = "ASVS 5.0";
    private const string Nothing = "no test";

    [Fact]
    public void Every_row_names_tests_that_there_are()
    {
        var rows = Rows();
        Assert.True(rows.Count > 30, "The table has hardly any rows.");
        var wrong = rows.SelectMany(row =>
                Named().Matches(row.By).Select(match => (row.Section, Test: match.Groups["test"].Value))
            )
            .Where(one => !IsThere(one.Test))
            .Select(one => $"{one.Section}: {one.Test}")
            .ToList();
        Assert.True(wrong.Count == 0, $"SECURITY.md names what is no test: {string.Join(", ", wrong)}");
    }

    [Fact]
    public void Each_row_is_shown_by_something_or_says_that_it_is_not() =>
        Assert.Equal(["V15.2 dependencies"], Rows().Where(row => !Named().IsMatch(row.By)).Select(row => Missing(row)));

    private static string Missing((string Section, string By) row)
    {
        Assert.Equal(Nothing, row.By);
        return row.Section;
    }

    private static List<(string Section, string By)> Rows()
    {
        var text = File.ReadAllText(Path.Combine(House.Root, "SECURITY.md"));
        var from = text.IndexOf($"## {Title}", StringComparison.Ordinal);
        Assert.True(from >= 0, $"SECURITY.md has no section {Title}.");
        return
        [
            .. text[from..]
                .Split('\n')
                .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Where(cells => cells is ["", ['V', _, ..], _, _, ""])
                .Select(cells => (cells[1], cells[3])),
        ];
    }

    /// <summary>A method that runs as a test, in this assembly or in a story of the browser.</summary>
    private static bool IsThere(string test)
    {
        var (type, method) = (test.Split('.')[0], test.Split('.')[1]);
        return typeof(SecurityTable)
                .Assembly.GetTypes()
                .Where(one => one.Name == type)
                .SelectMany(one => one.GetMethods())
                .Any(one => one.Name == method && one.IsDefined(typeof(FactAttribute), inherit: true))
            || Stories()
                .Where(path => Path.GetFileNameWithoutExtension(path) == type)
                .Any(path => File.ReadAllText(path).Contains($" {method}(", StringComparison.Ordinal));
    }

    private static IEnumerable<string> Stories() =>
        Directory.EnumerateFiles(Path.Combine(House.Root, "e2e", "Stories"), "*.cs");

    [GeneratedRegex("`(?<test>[A-Z]\\w+\\.\\w+)`")]
    private static partial Regex Named();
}
