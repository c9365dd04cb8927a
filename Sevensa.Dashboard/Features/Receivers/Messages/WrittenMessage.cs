using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Receivers.Messages;

/// <summary>An announcement as plain text, as HTML, and as Matrix has both.</summary>
internal static class WrittenMessage
{
    public static string Subject(Announcement told)
    {
        var about = string.Join(
            ", ",
            new[] { told.Fact("Tenant"), told.Fact("Risk") is { } risk ? $"{risk} risk" : null }.OfType<string>()
        );
        return about.Length > 0 ? $"{told.Headline} ({about})" : told.Headline;
    }

    public static string Plain(Announcement told, string newLine) =>
        string.Join(
            newLine,
            [
                told.Headline,
                "",
                .. told.Facts.Select(fact => $"{fact.Label}: {fact.Value}"),
                "",
                $"{told.LinkWords}: {told.Link.AbsoluteUri}",
                .. told.Hint is { } hint ? new[] { hint } : [],
            ]
        );

    public static string Html(Announcement told)
    {
        var html = new StringBuilder();
        html.Append("<p><strong>").Append(Encode(told.Headline)).Append("</strong></p>\n<p>");
        html.AppendJoin(
            "<br>\n",
            told.Facts.Select(fact => $"<strong>{Encode(fact.Label)}:</strong> {Encode(fact.Value)}")
        );
        html.Append("</p>\n<p><a href=\"").Append(Encode(told.Link.AbsoluteUri)).Append("\">");
        html.Append(Encode(told.LinkWords)).Append("</a></p>");
        if (told.Hint is { } hint)
        {
            html.Append("\n<p>").Append(Encode(hint)).Append("</p>");
        }
        return html.ToString();
    }

    /// <summary>A notice, so that other programs do not answer it; that it mentions nobody is said outright, and then no word of it does.</summary>
    public static JsonObject ForMatrix(Announcement told) =>
        new()
        {
            ["msgtype"] = "m.notice",
            ["body"] = Plain(told, "\n"),
            ["format"] = "org.matrix.custom.html",
            ["formatted_body"] = Html(told),
            ["m.mentions"] = new JsonObject(),
        };

    private static string Encode(string text) => HtmlEncoder.Default.Encode(text);
}
