using System.Text.RegularExpressions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Receivers.Sending;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers;

/// <summary>Where a receiver is.</summary>
/// <param name="Url">As it may be shown.</param>
/// <param name="Secret">What is sealed; null where it stays what it was, or where there is none.</param>
internal sealed record ReceiverAddress(string Url, string? Secret);

/// <summary>What may be the address of a receiver, by its kind.</summary>
internal sealed partial class ReceiverAddresses(
    ReceiverDoor door,
    IMailServer mail,
    ReceiverSecrets secrets,
    PublicAddress address,
    IHostEnvironment environment
)
{
    private const string Mailto = "mailto:";
    private const string Masked = "/***/";
    private const string Rooms = "/_matrix/client/v3/rooms/";
    private const int MostMailboxes = 20;

    /// <summary>Of a room's id, as Matrix has it.</summary>
    private const int LongestRoom = 255;

    /// <param name="before">What it is now; null for a new one.</param>
    /// <exception cref="UnfitReceiverException"/>
    public ReceiverAddress Check(ReceiverKind kind, ReceiverWish wish, ReceiverRow? before)
    {
        if (kind != ReceiverKind.Matrix && (wish.Token is { Length: > 0 } || wish.Room is { Length: > 0 }))
        {
            throw new UnfitReceiverException("A room and a token are a Matrix receiver's alone.");
        }
        if (kind != ReceiverKind.Webhook && before is null && address.Set is null && !environment.IsSandbox())
        {
            throw new UnfitReceiverException(
                "A message leads to its page, and nobody knows where that is. Set Identity:PublicUrl to the address that people use."
            );
        }
        var text = TextLimits.Check(wish.Url?.Trim(), "The address", ReceiverDesk.LongestUrl);
        return kind switch
        {
            ReceiverKind.Slack => Whole(
                text,
                before,
                "Give the address of the incoming webhook, such as https://hooks.slack.com/services/…"
            ),
            ReceiverKind.Teams => Whole(
                text,
                before,
                "Give the address that the workflow \"when a Teams webhook request is received\" names, with https://."
            ),
            ReceiverKind.Matrix => Room(text, wish, before),
            ReceiverKind.Email => Mail(text, before),
            _ => new ReceiverAddress(
                Url(
                    text ?? before?.Url,
                    "Give the address that events are posted to, such as https://example.org/hook."
                ).AbsoluteUri,
                null
            ),
        };
    }

    /// <summary>The addresses of a mail receiver.</summary>
    public static IReadOnlyList<string> Mailboxes(string url) =>
        url.StartsWith(Mailto, StringComparison.OrdinalIgnoreCase) ? url[Mailto.Length..].Split(',') : [];

    /// <summary>As pages and the record show it: without a webhook's query, where some receivers have a key of their own.</summary>
    public static string Shown(ReceiverKind kind, string url) =>
        kind switch
        {
            ReceiverKind.Webhook => new Uri(url).GetLeftPart(UriPartial.Path),
            ReceiverKind.Email => string.Join(", ", Mailboxes(url)),
            _ => url,
        };

    /// <summary>An address that is a secret as a whole.</summary>
    private ReceiverAddress Whole(string? text, ReceiverRow? before, string remedy)
    {
        if (before is not null && (text is null || text == before.Url))
        {
            return new ReceiverAddress(before.Url, null);
        }
        if (text?.Contains(Masked, StringComparison.Ordinal) == true)
        {
            throw new UnfitReceiverException("That is the address as it is shown, with its secret left out. " + remedy);
        }
        var url = Url(text, remedy);
        var shown = $"{url.GetLeftPart(UriPartial.Authority)}{Masked}{secrets.Mark(url.AbsoluteUri)}";
        return new ReceiverAddress(shown, shown == before?.Url ? null : url.AbsoluteUri);
    }

    private ReceiverAddress Room(string? text, ReceiverWish wish, ReceiverRow? before)
    {
        const string Remedy = "Give the homeserver's address, such as https://matrix.example.org, and the room's id.";
        var url = Url(text ?? before?.Url, Remedy);
        var whole = url.GetLeftPart(UriPartial.Path);
        var at = whole.IndexOf(Rooms, StringComparison.Ordinal);
        var server = (at < 0 ? whole : whole[..at]).TrimEnd('/');
        var named =
            wish.Room?.Trim() is { Length: > 0 } given ? given
            : at < 0 ? null
            : Uri.UnescapeDataString(whole[(at + Rooms.Length)..]);
        if (named is null || !RoomId().IsMatch(named) || named.Length > LongestRoom)
        {
            throw new UnfitReceiverException(
                "Give the room's id, which begins with ! (in Element: room settings, Advanced); a name with # can change its room."
            );
        }
        var token = TextLimits.Check(wish.Token?.Trim(), "The token", ReceiverDesk.LongestUrl);
        if (string.IsNullOrEmpty(token))
        {
            if (before is null)
            {
                throw new UnfitReceiverException("Give the access token of the account that writes there.");
            }
            if (new Uri(before.Url).GetLeftPart(UriPartial.Authority) != url.GetLeftPart(UriPartial.Authority))
            {
                throw new UnfitReceiverException(
                    "The token that is kept is for another homeserver, and is not sent to this one. Give the token with the address."
                );
            }
            token = null;
        }
        else if (!token.All(letter => letter is > ' ' and < (char)127))
        {
            throw new UnfitReceiverException("The token has letters that no access token has.");
        }
        return new ReceiverAddress(server + Rooms + Uri.EscapeDataString(named), token);
    }

    private ReceiverAddress Mail(string? text, ReceiverRow? before)
    {
        if (before is not null && (text is null || text == before.Url))
        {
            return new ReceiverAddress(before.Url, null);
        }
        if (!mail.IsSet)
        {
            throw new UnfitReceiverException(
                "This installation has no mail server. Set Notifications:SmtpHost and what belongs to it first."
            );
        }
        var list =
            text?.StartsWith(Mailto, StringComparison.OrdinalIgnoreCase) == true ? text[Mailto.Length..] : text ?? "";
        var boxes = list.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Distinct(StringComparer.OrdinalIgnoreCase)
            .ToList();
        if (boxes.Count == 0)
        {
            throw new UnfitReceiverException("Give the addresses that are written to, such as ops@example.org.");
        }
        if (boxes.FirstOrDefault(box => !Mailbox().IsMatch(box) || !mail.IsAddress(box)) is { } odd)
        {
            throw new UnfitReceiverException($"\"{odd}\" is not an address such as ops@example.org.");
        }
        if (boxes.Count > MostMailboxes)
        {
            throw new UnfitReceiverException($"At most {MostMailboxes} addresses are written to; name a list.");
        }
        return new ReceiverAddress(Mailto + string.Join(',', boxes), null);
    }

    private Uri Url(string? text, string remedy)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.IsFile)
        {
            throw new UnfitReceiverException(remedy);
        }
        return door.Trouble(url) is { } trouble ? throw new UnfitReceiverException(trouble) : url;
    }

    [GeneratedRegex(@"^![\x21-\x2e\x30-\x7e]+$")]
    private static partial Regex RoomId();

    [GeneratedRegex("""^[^\s@,;:<>()"?&%/\\]+@[^\s@,;:<>()"?&%/\\]+$""")]
    private static partial Regex Mailbox();
}
