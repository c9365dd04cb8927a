using System.Text.Json;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Graphs.LangGraph;

/// <summary>The servers' own words: JSON with <c>detail</c> of the one, plain text or a list of issues of the other.</summary>
internal static class LangGraphWords
{
    public static string Of(string body)
    {
        var text = body.Trim();
        if (text.Length == 0 || text[0] != '{')
        {
            return UpstreamTerms.OneLine(UpstreamTerms.Words(text));
        }
        try
        {
            using var json = JsonDocument.Parse(text);
            if (GraphJson.Inner(json.RootElement, "error") is { ValueKind: JsonValueKind.Object } error)
            {
                var issues = GraphJson.Items(error, "issues").SelectMany(Issues).Distinct().ToList();
                if (issues.Count > 0)
                {
                    return UpstreamTerms.OneLine(string.Join("; ", issues));
                }
            }
            // A node's error has its class in one member and what it says in another.
            if (
                GraphJson.Text(json.RootElement, "message") is { Length: > 0 } said
                && GraphJson.Text(json.RootElement, "error") is not null
            )
            {
                return Of(said);
            }
        }
        catch (JsonException)
        {
            return UpstreamTerms.OneLine(text);
        }
        return UpstreamTerms.OneLine(UpstreamTerms.Words(text));
    }

    private static IEnumerable<string> Issues(JsonElement issue)
    {
        var inner = GraphJson
            .Items(issue, "unionErrors")
            .SelectMany(one => GraphJson.Items(one, "issues"))
            .SelectMany(Issues)
            .ToList();
        if (inner.Count > 0)
        {
            return inner;
        }
        var where = string.Join('.', GraphJson.Items(issue, "path").Select(one => one.ToString()));
        var what = GraphJson.Text(issue, "message") ?? "";
        return [where.Length > 0 ? $"{where}: {what}" : what];
    }
}
