using System.Net;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;
using Microsoft.AspNetCore.Components;

namespace Sevensa.Dashboard.Features.Dashboards.Components;

/// <summary>Text panels are somebody else's text: Markdown without HTML and images, and links that go to the web or to our own pages only.</summary>
internal static class BoardMarkdown
{
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder()
        .DisableHtml()
        .UsePipeTables()
        .UseEmphasisExtras()
        .UseTaskLists()
        .Build();

    /// <param name="asText">Shown as it is written.</param>
    public static MarkupString Render(string text, bool asText)
    {
        if (asText)
        {
            return new MarkupString($"<pre>{WebUtility.HtmlEncode(text)}</pre>");
        }
        var document = Markdown.Parse(text, Pipeline);
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            if (link.IsImage)
            {
                link.ReplaceBy(new LiteralInline($"[{link.Title ?? link.Url}]"));
            }
            else if (!IsHarmless(link.Url))
            {
                link.Url = "#";
            }
        }
        foreach (
            var link in document
                .Descendants<AutolinkInline>()
                .Where(link => !link.IsEmail && !IsHarmless(link.Url))
                .ToList()
        )
        {
            link.ReplaceBy(new LiteralInline(link.Url));
        }
        return new MarkupString(
            document
                .ToHtml(Pipeline)
                .Replace("<a href=", "<a class=\"link\" rel=\"noopener noreferrer\" href=", StringComparison.Ordinal)
        );
    }

    private static bool IsHarmless(string? url) =>
        url is null
        || url.StartsWith("https://", StringComparison.OrdinalIgnoreCase)
        || url.StartsWith("http://", StringComparison.OrdinalIgnoreCase)
        || url.StartsWith('#')
        || url.StartsWith('/') && !url.StartsWith("//", StringComparison.Ordinal);
}
