using System.Text.RegularExpressions;

namespace Sevensa.Dashboard.Features.Dashboards.Variables;

internal enum VariableQuestion
{
    LabelNames,
    LabelValues,
    Metrics,
    QueryResult,
    Series,
}

/// <summary>What a variable asks Prometheus, in Grafana's words: <c>label_values(up, job)</c>, <c>query_result(…)</c>, <c>metrics(…)</c>, <c>label_names()</c>, a selector.</summary>
/// <param name="Text">The selector, expression or pattern; empty for everything.</param>
/// <param name="Label">Whose values are asked.</param>
internal sealed partial record VariableQuery(VariableQuestion Question, string Text, string Label = "")
{
    public static bool TryRead(string text, out VariableQuery query, out string? wrong)
    {
        wrong = null;
        var written = text.Trim();
        query = new VariableQuery(VariableQuestion.Series, written);
        if (written.Length == 0)
        {
            wrong = "it is empty";
            return false;
        }
        if (Called().Match(written) is not { Success: true } call)
        {
            return true;
        }
        var inner = call.Groups["inner"].Value.Trim();
        switch (call.Groups["function"].Value)
        {
            case "label_names":
                query = new VariableQuery(VariableQuestion.LabelNames, inner);
                return true;
            case "metrics":
                query = new VariableQuery(VariableQuestion.Metrics, inner);
                return true;
            case "query_result":
                query = new VariableQuery(VariableQuestion.QueryResult, inner);
                wrong = inner.Length == 0 ? "query_result() has nothing to ask" : null;
                return wrong is null;
            default:
                var comma = LastComma(inner);
                var label = (comma < 0 ? inner : inner[(comma + 1)..]).Trim();
                query = new VariableQuery(
                    VariableQuestion.LabelValues,
                    comma < 0 ? "" : inner[..comma].Trim(),
                    label.Trim('"', '\'')
                );
                wrong = label.Length == 0 ? "label_values() names no label" : null;
                return wrong is null;
        }
    }

    /// <summary>The last one outside braces, brackets, parentheses and quotes.</summary>
    private static int LastComma(string text)
    {
        var (depth, last, quote) = (0, -1, '\0');
        for (var i = 0; i < text.Length; i++)
        {
            var letter = text[i];
            if (quote != '\0')
            {
                if (letter == '\\' && quote != '`')
                {
                    i++;
                }
                else if (letter == quote)
                {
                    quote = '\0';
                }
                continue;
            }
            switch (letter)
            {
                case '"' or '\'' or '`':
                    quote = letter;
                    break;
                case '{' or '(' or '[':
                    depth++;
                    break;
                case '}' or ')' or ']':
                    depth--;
                    break;
                case ',' when depth == 0:
                    last = i;
                    break;
            }
        }
        return last;
    }

    [GeneratedRegex(
        @"^(?<function>label_names|label_values|metrics|query_result)\s*\((?<inner>.*)\)\s*$",
        RegexOptions.Singleline
    )]
    private static partial Regex Called();
}
