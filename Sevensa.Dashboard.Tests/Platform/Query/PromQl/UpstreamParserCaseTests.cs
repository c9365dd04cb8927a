using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Query.PromQl;

namespace Sevensa.Dashboard.Tests.Platform.Query.PromQl;

/// <summary>What Prometheus' own parser accepts and rejects, and how it words it.</summary>
public sealed class UpstreamParserCaseTests
{
    private static IReadOnlyList<JsonElement> Load() => PublicDatasets.Lines("promql/promql_parser_cases.jsonl");

    private static string Text(JsonElement row) =>
        row.TryGetProperty("expr", out var expr)
            ? expr.GetString()!
            : Encoding.UTF8.GetString(row.GetProperty("expr_b64").GetBytesFromBase64());

    [Fact]
    public void Accepts_and_rejects_what_prometheus_does()
    {
        var wrong = new List<string>();
        foreach (var row in Load())
        {
            var text = Text(row);
            var parsed = PromQlParser.TryParse(text, out _, out var error);
            if (parsed == row.GetProperty("fail").GetBoolean())
                wrong.Add($"{text} → {(parsed ? "accepted" : error!.Message)}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void Says_why_in_the_words_of_prometheus()
    {
        var wrong = new List<string>();
        foreach (var row in Load())
        {
            if (
                !row.TryGetProperty("error", out var expected) || PromQlParser.TryParse(Text(row), out _, out var error)
            )
                continue;
            if (
                error.Kind == PromQlErrorKind.Invalid
                && !error.Message.Contains(expected.GetString()!, StringComparison.Ordinal)
            )
                wrong.Add($"{Text(row)}\n  theirs: {expected}\n  ours:   {error.Message}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }

    [Fact]
    public void What_is_accepted_prints_as_text_that_reads_the_same()
    {
        foreach (var row in Load().Where(r => !r.GetProperty("fail").GetBoolean()))
        {
            var tree = PromQlParser.Parse(Text(row));
            var printed = PromQlPrinter.Print(tree);
            Assert.True(TreeComparison.Same(tree, PromQlParser.Parse(printed)), $"{Text(row)} → {printed}");
        }
    }

    [Fact]
    public void Every_error_has_a_place_in_the_text()
    {
        foreach (var row in Load().Where(r => r.GetProperty("fail").GetBoolean()))
        {
            var text = Text(row);
            Assert.False(PromQlParser.TryParse(text, out _, out var error));
            Assert.InRange(error.Span.Start, 0, text.Length);
            Assert.Contains('^', error.Render());
        }
    }
}
