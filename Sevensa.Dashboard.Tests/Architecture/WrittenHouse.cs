using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Tests.Architecture;

/// <summary>ARCHITECTURE.md names what there is: a path or a type that has moved is moved there too.</summary>
public partial class WrittenHouse
{
    private const int MostWords = 20;

    private static readonly string Text = File.ReadAllText(Path.Combine(House.Root, "ARCHITECTURE.md"));

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex Code();

    [GeneratedRegex(@"^(\.ci|\.?[\w.-]+)(/[\w.-]+)+$")]
    private static partial Regex AsPath();

    [GeneratedRegex(@"^[A-Z]\w+$")]
    private static partial Regex AsType();

    [GeneratedRegex(@"\b[A-Z]\w+")]
    private static partial Regex Word();

    [Theory]
    [InlineData("Add an action kind, in five steps")]
    [InlineData("Where to change what")]
    public void Every_path_and_type_that_a_section_names_is_there(string section)
    {
        var named = Code().Matches(Section(section)).Select(match => match.Groups["code"].Value).Distinct().ToList();
        var words = Sources().SelectMany(source => Word().Matches(source)).Select(match => match.Value).ToHashSet();
        var wrong = named
            .Where(name => AsPath().IsMatch(name) ? !IsThere(name) : AsType().IsMatch(name) && !words.Contains(name))
            .ToList();
        Assert.True(named.Count > 10, $"\"{section}\" names hardly anything.");
        Assert.True(
            wrong.Count == 0,
            $"ARCHITECTURE.md, \"{section}\", names what is not there: {string.Join(", ", wrong)}"
        );
    }

    [Fact]
    public void The_glossary_is_short() =>
        Assert.InRange(Regex.Count(Section("Words"), "(?m)^\\| (?!word |---)"), 10, MostWords);

    private static IEnumerable<string> Sources() =>
        House
            .Sources(".cs", ".razor")
            .SelectMany(path => new[] { Path.GetFileNameWithoutExtension(path), House.Read(path) })
            .Concat(
                Directory
                    .EnumerateFiles(
                        Path.Combine(House.Root, "Sevensa.Dashboard.Tests", "Features"),
                        "*.cs",
                        SearchOption.AllDirectories
                    )
                    .Select(File.ReadAllText)
            );

    private static string Section(string title)
    {
        var parts = Text.Split($"\n## {title}\n");
        Assert.True(parts.Length == 2, $"ARCHITECTURE.md has no section \"{title}\".");
        return parts[1].Split("\n## ")[0];
    }

    /// <summary>From the root, the program or the features; a folder, or a file with or without its ending.</summary>
    private static bool IsThere(string path) =>
        new[] { House.Root, House.Program, Path.Combine(House.Program, "Features") }
            .Select(root => Path.Combine(root, path))
            .Any(full =>
                Directory.Exists(full) || File.Exists(full) || File.Exists($"{full}.cs") || File.Exists($"{full}.razor")
            );
}
