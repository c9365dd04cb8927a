using System.Text.Json;
using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Databases.Survey;
using Sevensa.Dashboard.Tests.Recordings;

namespace Sevensa.Dashboard.Tests.Features.Databases;

/// <summary>What is asked of a server is there in its version: the views of 15 and 18 differ, as was recorded of both.</summary>
public sealed partial class SurveyColumnsTests
{
    [Theory]
    [InlineData(15)]
    [InlineData(18)]
    public void Every_column_that_is_asked_for_is_one_of_the_versions(int major)
    {
        var (own, all) = (Columns(major), Columns(15).Concat(Columns(18)).ToHashSet());
        var views = all.Select(column => column.View).ToHashSet(StringComparer.Ordinal);
        List<string> missing = [];
        var looked = 0;
        foreach (var statement in Statements(major))
        {
            var words = Words().Matches(statement).Select(match => match.Value).ToHashSet(StringComparer.Ordinal);
            var named = views.Where(words.Contains).ToList();
            foreach (var word in words.Where(word => named.Any(view => all.Contains((view, word)))))
            {
                looked++;
                if (!named.Any(view => own.Contains((view, word))))
                {
                    missing.Add($"{word} of {string.Join(", ", named)}");
                }
            }
            Assert.True(named.TrueForAll(view => own.Any(column => column.View == view)), statement);
        }
        Assert.True(looked > 30, $"Only {looked} columns were found in the statements.");
        Assert.Empty(missing);
    }

    private static IEnumerable<string> Statements(int major) =>
        typeof(SurveySql)
            .GetFields()
            .Where(field => field.IsLiteral && field.FieldType == typeof(string))
            .Select(field => (string)field.GetRawConstantValue()!)
            .Append(SurveySql.Slots(major))
            .Append(SurveySql.Statements(major, "pg_stat_statements"))
            .Append(SurveySql.Loads(major, "pg_stat_statements"));

    private static HashSet<(string View, string Name)> Columns(int major)
    {
        using var json = JsonDocument.Parse(
            File.ReadAllText(Path.Combine(Recorded.Folder(), "postgresql", $"rows-{major}.json"))
        );
        return
        [
            .. json
                .RootElement.GetProperty("rows")
                .EnumerateArray()
                .First(asked => asked.GetProperty("name").GetString() == "statistics views, all columns")
                .GetProperty("rows")
                .EnumerateArray()
                .Select(row => (row.GetProperty("view").GetString()!, row.GetProperty("name").GetString()!)),
        ];
    }

    [GeneratedRegex("[a-z_][a-z0-9_]*")]
    private static partial Regex Words();
}
