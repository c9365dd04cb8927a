using System.Text.Json;
using Sevensa.Dashboard.Platform.Query.LogQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.LogQl;

/// <summary>What Loki's own parser tests accept and reject.</summary>
public sealed class LogQlDatasetTests
{
    private sealed record Case(string Expr, bool Fail, string From, string? Error);

    [Fact]
    public void Accepts_and_rejects_what_loki_does()
    {
        var wrong = new List<string>();
        var cases = Cases();
        foreach (var item in cases)
        {
            var error = Refusal(item);
            if (item.Fail != error is not null)
            {
                wrong.Add($"{(item.Fail ? "accepted" : $"refused ({error})")}: {item.Expr}");
            }
        }

        Assert.Empty(wrong);
        Assert.True(cases.Count > 100, $"only {cases.Count} cases");
    }

    [Fact]
    public void Says_what_is_wrong_in_lokis_words()
    {
        var wrong = new List<string>();
        foreach (var item in Cases().Where(item => item is { Fail: true, Error.Length: > 0 }))
        {
            var error = Refusal(item);
            if (error?.Contains(item.Error!, StringComparison.Ordinal) != true)
            {
                wrong.Add($"{item.Expr}\n  loki: {item.Error}\n  here: {error}");
            }
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void Prints_what_it_reads_back_to_the_same_tree()
    {
        foreach (var item in Cases().Where(item => !item.Fail))
        {
            var tree = LogQlParser.Parse(item.Expr);
            Assert.Equal(tree, LogQlParser.Parse(tree.ToString()));
        }
    }

    [Fact]
    public void Scopes_every_selector_of_every_accepted_query()
    {
        var tenant = LabelMatcher.Equal("tenant", "acme");
        foreach (var item in Cases().Where(item => !item.Fail))
        {
            var scoped = LogQlParser.Parse(LogQlScoper.Scope(item.Expr, tenant).ToString());
            Assert.Equal(LogQlParser.Parse(item.Expr).Selectors.Count(), scoped.Selectors.Count());
            Assert.All(scoped.Selectors, selector => Assert.Contains(tenant, selector.Matchers));
        }
    }

    private static string? Refusal(Case item)
    {
        try
        {
            object _ = item.From switch
            {
                "ParseExpr" => LogQlParser.Parse(item.Expr),
                "ParseSampleExpr" => LogQlParser.ParseMetricQuery(item.Expr),
                "ParseLogSelector" => LogQlParser.ParseLogQuery(item.Expr),
                "ParseMatchers" => LogQlParser.ParseSelector(item.Expr),
                var unknown => throw new InvalidOperationException(unknown),
            };
            return null;
        }
        catch (LogQlException refused)
        {
            return refused.Reason;
        }
    }

    private static List<Case> Cases()
    {
        var file = Path.Combine(Folder(), "logql", "logql_parser_cases.jsonl");
        if (!File.Exists(file))
        {
            var reason = $"The datasets are not at {Folder()}; set SEVENSA_DATASETS.";
            Assert.SkipWhen(Environment.GetEnvironmentVariable("CI") != "true", reason);
            Assert.Fail(reason);
        }

        return File.ReadLines(file)
            .Select(line => JsonSerializer.Deserialize<Case>(line, JsonSerializerOptions.Web)!)
            .ToList();
    }

    private static string Folder()
    {
        if (Environment.GetEnvironmentVariable("SEVENSA_DATASETS") is { Length: > 0 } set)
        {
            return set;
        }

        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Sevensa.Dashboard.sln")))
        {
            folder = folder.Parent;
        }

        return Path.Combine(folder?.Parent?.FullName ?? ".", "shared", "datasets");
    }
}
