using System.Text.Json;
using System.Text.RegularExpressions;
using Markdig;

namespace Sevensa.Dashboard.Features.Assistant.Components;

/// <summary>One side's turn as the page shows it; grows while the answer streams.</summary>
public sealed partial class ChatEntry(string author)
{
    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder()
        .DisableHtml()
        .UsePipeTables()
        .UseEmphasisExtras()
        .Build();

    private readonly List<ToolEvent> tools = [];
    private readonly List<CitationEvent> citations = [];
    private readonly List<string> proposals = [];
    private readonly List<string> notices = [];

    public string Author { get; } = author;

    public string Text { get; private set; } = "";

    public IReadOnlyList<ToolEvent> Tools => tools;

    public IReadOnlyList<CitationEvent> Citations => citations;

    public IReadOnlyList<string> Proposals => proposals;

    /// <summary>What is to be known of how the answer was made.</summary>
    public IReadOnlyList<string> Notices => notices;

    public ErrorEvent? Error { get; private set; }

    /// <summary>Why the answer is not whole; null when it is.</summary>
    public string? CutOff { get; private set; }

    /// <summary>Why nothing comes yet.</summary>
    public string? Waiting { get; private set; }

    public bool Writing { get; set; }

    public bool Tainted => tools.Exists(tool => tool.Untrusted);

    public static ChatEntry Of(ConversationMessage message)
    {
        var entry = new ChatEntry(message.Author) { Text = message.Text };
        foreach (var kept in JsonSerializer.Deserialize<List<KeptEvent>>(message.Events, KeptEvent.Json)!)
        {
            entry.Add(kept);
        }
        return entry;
    }

    public static ChatEntry Question(string text) => new("user") { Text = text };

    public void Add(AssistantEvent happened)
    {
        switch (happened)
        {
            case TextEvent piece:
                Text = piece.Restart == true ? piece.Text : Text + piece.Text;
                Waiting = null;
                break;
            case WaitingEvent waiting:
                Waiting = waiting.Message;
                break;
            case NoticeEvent notice:
                notices.Add(notice.Message);
                break;
            case DoneEvent done:
                CutOff = done.Reason;
                break;
            case ToolEvent tool:
                Put(tool);
                break;
            case CitationEvent citation:
                citations.Add(citation);
                break;
            case ProposalEventOfTurn proposed:
                proposals.Add(proposed.Proposal.Id);
                break;
            case ErrorEvent error:
                Error = error;
                break;
        }
    }

    /// <summary>The answer's Markdown as HTML: no HTML of the model's own, no links but to our own pages, figures linked to where they came from.</summary>
    public string Html()
    {
        var html = Link().Replace(Markdig.Markdown.ToHtml(Text, Markdown), match => match.Groups["inner"].Value);
        html = Image().Replace(html, "");
        return Mark()
            .Replace(
                html,
                match =>
                    citations.Find(citation =>
                        citation.Number.ToString(System.Globalization.CultureInfo.InvariantCulture)
                        == match.Groups[1].Value
                    )
                        is { } found
                        ? $"<a class=\"cite\" href=\"{System.Net.WebUtility.HtmlEncode(found.Link)}\" title=\"{System.Net.WebUtility.HtmlEncode(found.Title)}\">{found.Number}</a>"
                        : match.Value
            );
    }

    private void Add(KeptEvent kept)
    {
        switch (kept.Type)
        {
            case "tool":
                Put(kept.Data.Deserialize<ToolEvent>(KeptEvent.Json)!);
                break;
            case "citation":
                citations.Add(kept.Data.Deserialize<CitationEvent>(KeptEvent.Json)!);
                break;
            case "proposal":
                proposals.Add(kept.Data.GetProperty("id").GetString()!);
                break;
            case "notice":
                notices.Add(kept.Data.Deserialize<NoticeEvent>(KeptEvent.Json)!.Message);
                break;
            case "done":
                CutOff = kept.Data.Deserialize<DoneEvent>(KeptEvent.Json)?.Reason;
                break;
            case "error":
                Error = kept.Data.Deserialize<ErrorEvent>(KeptEvent.Json);
                break;
        }
    }

    private void Put(ToolEvent tool)
    {
        var at = tools.FindIndex(known => known.Id == tool.Id);
        if (at < 0)
        {
            tools.Add(tool);
        }
        else
        {
            tools[at] = tool;
        }
    }

    [GeneratedRegex("<a [^>]*>(?<inner>.*?)</a>", RegexOptions.Singleline)]
    private static partial Regex Link();

    [GeneratedRegex("<img [^>]*/?>")]
    private static partial Regex Image();

    [GeneratedRegex(@"\[(\d{1,2})\]")]
    private static partial Regex Mark();
}
