using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Receivers.Messages;

/// <summary>
/// The body of Slack's incoming webhooks: blocks, and a text for notices and readers of the screen. Of what others wrote the three
/// letters that begin a link, a mention or an escape are escaped, and <c>verbatim</c> keeps Slack from finding any by itself.
/// </summary>
internal static class SlackMessage
{
    /// <summary>Fields of one section.</summary>
    private const int MostFields = 10;

    public static JsonObject Of(Announcement told)
    {
        var blocks = new JsonArray { Section($"*{Escape(told.Headline)}*") };
        foreach (var some in told.Facts.Where(fact => !fact.IsLong).Chunk(MostFields))
        {
            JsonNode section = new JsonObject
            {
                ["type"] = "section",
                ["fields"] = new JsonArray([.. some.Select(fact => Text(Shown(fact)))]),
            };
            blocks.Add(section);
        }
        foreach (var fact in told.Facts.Where(fact => fact.IsLong))
        {
            blocks.Add(Section(Shown(fact)));
        }
        blocks.Add(Section($"<{Escape(told.Link.AbsoluteUri)}|{Escape(told.LinkWords)}>"));
        if (told.Hint is { } hint)
        {
            JsonNode context = new JsonObject
            {
                ["type"] = "context",
                ["elements"] = new JsonArray(Text(Escape(hint))),
            };
            blocks.Add(context);
        }
        return new JsonObject
        {
            ["text"] = Escape(told.Headline),
            ["blocks"] = blocks,
            ["unfurl_links"] = false,
            ["unfurl_media"] = false,
        };
    }

    private static string Shown(AnnouncedFact fact) => $"*{fact.Label}:* {Escape(fact.Value)}";

    private static JsonNode Section(string text) => new JsonObject { ["type"] = "section", ["text"] = Text(text) };

    private static JsonNode Text(string text) =>
        new JsonObject
        {
            ["type"] = "mrkdwn",
            ["text"] = text,
            ["verbatim"] = true,
        };

    private static string Escape(string text) =>
        text.Replace("&", "&amp;", StringComparison.Ordinal)
            .Replace("<", "&lt;", StringComparison.Ordinal)
            .Replace(">", "&gt;", StringComparison.Ordinal);
}
