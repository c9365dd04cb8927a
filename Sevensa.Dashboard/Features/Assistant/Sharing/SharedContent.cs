using System.Text.Json;
using Sevensa.Dashboard.Features.Assistant.Runs;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Assistant.Sharing;

/// <summary>
/// Whether a conversation is about one tenant alone, and so may be read by that one's people. A conversation may look at all
/// tenants that its owner sees; what names another, or looked at all of them at once, is not shown to one.
/// </summary>
internal static class SharedContent
{
    /// <summary>It looks at a sentence, and at no tenant.</summary>
    private const string ReadsNothing = "draft_policy";

    /// <param name="all">Every tenant that there is.</param>
    /// <param name="visible">Whom the owner may see now, and so may be told of.</param>
    /// <returns>Why it may not be shared, in a sentence; null when it may.</returns>
    public static string? WhyNot(
        string title,
        IReadOnlyList<ConversationMessage> messages,
        Tenant tenant,
        IReadOnlyList<Tenant> all,
        IReadOnlyList<Tenant> visible
    )
    {
        if (messages.Count == 0)
        {
            return "Nothing has been said in it yet.";
        }
        if (messages.Any(message => message.Events.Contains(AnswerRuns.UnderWay, StringComparison.Ordinal)))
        {
            return "An answer in it is under way, or was broken off with the program. Share it when the answer has ended, or begin a new conversation.";
        }
        var said = messages.SelectMany(Said).Prepend(title).Distinct(StringComparer.Ordinal).ToList();
        var others = all.Where(one => one.Id != tenant.Id && said.Exists(text => IsNamed(one, text, tenant)))
            .Select(one => one.Name)
            .ToList();
        if (others.Count > 0)
        {
            return $"It also speaks of {Names(others, visible)}, which {tenant.Name}'s people may not read. Ask about {tenant.Name} alone in a new conversation, and share that.";
        }
        // What the owner may see now says nothing of what was seen then.
        return all.Count > 1 && messages.Any(message => LookedAtAll(message, tenant))
            ? $"It looked at all tenants at once, which is not for {tenant.Name}'s people. Ask about {tenant.Name} alone in a new conversation, and share that."
            : null;
    }

    /// <summary>The message as one of the tenant's people reads it: withheld where it names a tenant that they may not see, as those are called now.</summary>
    public static ConversationMessage For(
        ConversationMessage message,
        Tenant tenant,
        IReadOnlyList<Tenant> all,
        IReadOnlyList<Tenant> visible
    )
    {
        var hidden = all.Where(one => one.Id != tenant.Id && !visible.Any(seen => seen.Id == one.Id)).ToList();
        return Said(message).Any(text => hidden.Exists(one => IsNamed(one, text, tenant)))
            ? new ConversationMessage
            {
                Number = message.Number,
                Id = message.Id,
                ConversationId = message.ConversationId,
                Author = message.Author,
                Text = "Withheld: it speaks of what you may not see.",
                Events = "[]",
                At = message.At,
            }
            : message;
    }

    private static bool IsNamed(Tenant other, string text, Tenant own) =>
        SaidNames.In(text, other.Id, own).Concat(SaidNames.In(text, other.Name, own)).Any();

    /// <summary>All that is shown of it: its text, and each word of what was found, as it reads.</summary>
    private static IEnumerable<string> Said(ConversationMessage message) =>
        KeptEvent.Read(message.Events).SelectMany(kept => Words(kept.Data)).Prepend(message.Text);

    private static IEnumerable<string> Words(JsonElement told) =>
        told.ValueKind switch
        {
            JsonValueKind.String => [told.GetString()!],
            JsonValueKind.Array => told.EnumerateArray().SelectMany(Words),
            JsonValueKind.Object => told.EnumerateObject().SelectMany(one => Words(one.Value).Prepend(one.Name)),
            _ => [],
        };

    /// <summary>Whom the owner may not see, the owner is not told of either.</summary>
    private static string Names(IReadOnlyList<string> others, IReadOnlyList<Tenant> visible)
    {
        var known = others.Where(name => visible.Any(one => one.Name == name)).ToList();
        return known.Count == 0 ? "others" : string.Join(", ", known);
    }

    /// <summary>A tool was asked for no tenant, and so for all that the owner could see then.</summary>
    private static bool LookedAtAll(ConversationMessage message, Tenant tenant) =>
        KeptEvent
            .Read(message.Events)
            .Where(kept => kept.Type == "tool")
            .Select(kept => kept.Data.Deserialize<ToolEvent>(KeptEvent.Json)!)
            .Any(tool =>
                tool.State == "finished"
                && tool.Name != ReadsNothing
                && tool.Only != tenant.Id
                && !(
                    tool.Arguments is { ValueKind: JsonValueKind.Object } given
                    && given.TryGetProperty("tenant", out var named)
                    && named.ValueKind == JsonValueKind.String
                    && named.GetString() is { Length: > 0 }
                )
            );
}
