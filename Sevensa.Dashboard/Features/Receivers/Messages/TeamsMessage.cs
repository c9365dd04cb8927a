using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Receivers.Messages;

/// <summary>
/// What a Workflows webhook of Teams takes: an Adaptive Card as the attachment of a message. Its text stands in runs of rich text,
/// which know no Markdown, and nobody is named in <c>entities</c>, without which nobody is mentioned.
/// </summary>
internal static class TeamsMessage
{
    public static JsonObject Of(Announcement told)
    {
        var body = new JsonArray { Block(Run(told.Headline, heavy: true, size: "Medium")) };
        foreach (var fact in told.Facts)
        {
            body.Add(Block(Run($"{fact.Label}: ", heavy: true), Run(fact.Value)));
        }
        if (told.Hint is { } hint)
        {
            body.Add(Block(Run(hint, size: "Small")));
        }
        return new JsonObject
        {
            ["type"] = "message",
            ["attachments"] = new JsonArray(
                new JsonObject
                {
                    ["contentType"] = "application/vnd.microsoft.card.adaptive",
                    ["contentUrl"] = null,
                    ["content"] = new JsonObject
                    {
                        ["$schema"] = "http://adaptivecards.io/schemas/adaptive-card.json",
                        ["type"] = "AdaptiveCard",
                        ["version"] = "1.4",
                        ["body"] = body,
                        ["actions"] = new JsonArray(
                            new JsonObject
                            {
                                ["type"] = "Action.OpenUrl",
                                ["title"] = told.LinkWords,
                                ["url"] = told.Link.AbsoluteUri,
                            }
                        ),
                    },
                }
            ),
        };
    }

    private static JsonNode Block(params JsonNode[] runs) =>
        new JsonObject { ["type"] = "RichTextBlock", ["inlines"] = new JsonArray(runs) };

    private static JsonObject Run(string text, bool heavy = false, string? size = null)
    {
        var run = new JsonObject { ["type"] = "TextRun", ["text"] = text };
        if (heavy)
        {
            run["weight"] = "Bolder";
        }
        if (size is not null)
        {
            run["size"] = size;
        }
        return run;
    }
}
