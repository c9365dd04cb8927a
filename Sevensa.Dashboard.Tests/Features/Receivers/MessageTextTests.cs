using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Actions.Notices;
using Sevensa.Dashboard.Features.Receivers;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Messages;
using Sevensa.Dashboard.Features.Receivers.Sending.Forms;
using Sevensa.Dashboard.Platform;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Tests.Features.Actions.Notices;
using SmtpServer.Protocol;

namespace Sevensa.Dashboard.Tests.Features.Receivers;

/// <summary>What people read: the same in every form, and of others' words nothing but the words.</summary>
public sealed class MessageTextTests
{
    private const string Nasty =
        "<!channel> <@U012AB3CD> <https://evil.example|Approve> @channel @room @here & [here](https://evil.example) "
        + "<b onclick=\"x()\">bold</b> <at>Boss</at>\r\nBcc: other@example.org\u202Edne";

    private static readonly PublicAddress address = new(
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?> { ["Identity:PublicUrl"] = "https://console.example.org/ops" }
            )
            .Build(),
        Options.Create(new PlatformOptions())
    );

    private static readonly Announcer announcer = new(address);

    [Fact]
    public void A_plan_that_waits_says_what_whose_how_risky_why_and_where_it_is_decided()
    {
        var told = announcer.Of(Plan(waits: true));
        Assert.Equal("Approval wanted: Restart rentguy-api-1", told.Headline);
        Assert.Equal(
            [
                "Tenant: rentguy",
                "Risk: high",
                "Target: rentguy-api-1",
                "By: Ann",
                "Reason: it hangs",
                "Approvals needed: 2",
                "Expires: 2026-12-01 10:00 UTC; silence means no",
            ],
            told.Facts.Select(fact => $"{fact.Label}: {fact.Value}")
        );
        Assert.Equal("https://console.example.org/ops/approvals/p1", told.Link.AbsoluteUri);
        Assert.Equal("Open to approve", told.LinkWords);

        var decided = announcer.Of(Plan(waits: false, kind: "action.rolledBack"));
        Assert.Equal("Action rolled back: Restart rentguy-api-1", decided.Headline);
        Assert.Equal("Open", decided.LinkWords);
        Assert.DoesNotContain(decided.Facts, fact => fact.Label is "Expires" or "Approvals needed");
    }

    [Fact]
    public void An_alert_says_how_grave_it_is()
    {
        var told = announcer.Of(
            new OutwardEvent(
                "alert-1-firing",
                "alert.firing",
                "witcom",
                "ApiDown",
                DateTimeOffset.UnixEpoch,
                new JsonObject
                {
                    ["name"] = "ApiDown",
                    ["severity"] = "critical",
                    ["service"] = "api",
                    ["summary"] = "no answer",
                    ["link"] = "https://console.example.org/ops/tenants/witcom/alerts",
                }
            )
        );
        Assert.Equal("Alert firing: ApiDown", told.Headline);
        Assert.Equal("critical", told.Fact("Severity"));
        Assert.Equal("no answer", told.Fact("Summary"));
    }

    [Fact]
    public void In_Slack_nobody_is_called_and_nothing_is_linked_but_the_page()
    {
        var message = SlackMessage.Of(announcer.Of(Plan(waits: true, words: Nasty)));
        var texts = Texts(message, "text").ToList();
        Assert.Contains(texts, text => text.Contains("&lt;!channel&gt;", StringComparison.Ordinal));
        var links = texts.SelectMany(text => Regex.Matches(text, "<[^>]*>").Select(match => match.Value)).ToList();
        Assert.Equal(["<https://console.example.org/ops/approvals/p1|Open to approve>"], links);
        Assert.All(texts, text => Assert.DoesNotMatch("&(?!(amp|lt|gt);)|@(channel|here|room)", text));
        Assert.All(texts, text => Assert.InRange(text.Length, 1, 3000));
        var spoken = message["blocks"]!
            .AsArray()
            .SelectMany(block => new[] { block!["text"] }.Concat(block["fields"]?.AsArray() ?? []))
            .OfType<JsonNode>()
            .ToList();
        Assert.NotEmpty(spoken);
        Assert.All(spoken, text => Assert.True((bool)text["verbatim"]!));
        Assert.All(
            message["blocks"]!.AsArray(),
            block => Assert.InRange(block!["fields"]?.AsArray().Count ?? 1, 1, 10)
        );
    }

    [Fact]
    public void In_Teams_words_stand_where_no_markdown_is_read()
    {
        var message = TeamsMessage.Of(announcer.Of(Plan(waits: true, words: Nasty)));
        Assert.Equal("message", (string)message["type"]!);
        var attachment = Assert.Single(message["attachments"]!.AsArray())!;
        Assert.Equal("application/vnd.microsoft.card.adaptive", (string)attachment["contentType"]!);
        var card = attachment["content"]!;
        Assert.Equal("1.4", (string)card["version"]!);
        Assert.Null(card["msteams"]);
        Assert.All(
            card["body"]!.AsArray(),
            block =>
            {
                Assert.Equal("RichTextBlock", (string)block!["type"]!);
                Assert.All(block["inlines"]!.AsArray(), run => Assert.Equal("TextRun", (string)run!["type"]!));
                Assert.All(block["inlines"]!.AsArray(), run => Assert.Null(run!["selectAction"]));
            }
        );
        var action = Assert.Single(card["actions"]!.AsArray())!;
        Assert.Equal("Action.OpenUrl", (string)action["type"]!);
        Assert.Equal("https://console.example.org/ops/approvals/p1", (string)action["url"]!);
    }

    [Fact]
    public void In_Matrix_and_mail_html_has_our_tags_alone_and_mentions_nobody()
    {
        var told = announcer.Of(Plan(waits: true, words: Nasty));
        var message = WrittenMessage.ForMatrix(told);
        Assert.Equal("m.notice", (string)message["msgtype"]!);
        Assert.Equal("{}", message["m.mentions"]!.ToJsonString());
        var html = (string)message["formatted_body"]!;
        Assert.All(
            Regex.Matches(html, "<[^>]*>").Select(tag => tag.Value),
            tag =>
                Assert.Matches(
                    "^(</?p>|</?strong>|<br>|</a>|<a href=\"https://console.example.org/ops/approvals/p1\">)$",
                    tag
                )
        );
        Assert.Contains("&lt;b onclick", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@room", (string)message["body"]!, StringComparison.Ordinal);
        Assert.DoesNotContain('\u202E', (string)message["body"]!);
        Assert.DoesNotContain('\n', WrittenMessage.Subject(told));
    }

    [Fact]
    public void A_long_word_is_cut_where_it_can_be_seen()
    {
        var told = announcer.Of(Plan(waits: false, words: string.Concat(Enumerable.Repeat("ab 😀 ", 900))));
        Assert.All(told.Facts, fact => Assert.InRange(fact.Value.Length, 1, 302));
        Assert.EndsWith("…", told.Fact("Reason"), StringComparison.Ordinal);
        // Not in the middle of a letter.
        Assert.All(told.Facts, fact => new UTF8Encoding(false, throwOnInvalidBytes: true).GetByteCount(fact.Value));
    }

    [Fact]
    public async Task A_letter_is_plain_text_and_html_and_the_servers_refusal_is_its_answer()
    {
        await using var smtp = new SmtpListener();
        var (form, receiver) = (Form(smtp), Mailboxes());
        var plan = Plan(waits: true, words: Nasty);
        Assert.True((await form.SendAsync(receiver, plan, TestContext.Current.CancellationToken)).IsTaken);
        using var letter = await smtp.NextAsync();
        Assert.Equal(["ops@example.org", "night@example.org"], letter.To.Mailboxes.Select(box => box.Address));
        Assert.Equal("record-7.r1@console.example.org", letter.MessageId);
        Assert.StartsWith("Approval wanted: ", letter.Subject, StringComparison.Ordinal);
        Assert.EndsWith("(rentguy, high risk)", letter.Subject, StringComparison.Ordinal);
        Assert.Null(letter.Headers["Bcc"]);
        Assert.Contains(
            "Open to approve: https://console.example.org/ops/approvals/p1",
            letter.TextBody,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("<b ", letter.HtmlBody, StringComparison.Ordinal);

        smtp.Refusal = new SmtpResponse(SmtpReplyCode.MailboxUnavailable, "no such mailbox");
        var refused = await form.SendAsync(receiver, plan, TestContext.Current.CancellationToken);
        Assert.False(refused.IsTaken);
        Assert.Contains("ops@example.org: no such mailbox", refused.Trouble, StringComparison.Ordinal);
        Assert.Contains("night@example.org: no such mailbox", refused.Trouble, StringComparison.Ordinal);
        Assert.False(smtp.HasMore);
    }

    [Fact]
    public async Task A_mailbox_that_is_refused_keeps_the_letter_from_nobody_else()
    {
        await using var smtp = new SmtpListener();
        smtp.Refusal = new SmtpResponse(SmtpReplyCode.MailboxUnavailable, "no such mailbox");
        smtp.Refuses = "ops";
        var sent = await Form(smtp).SendAsync(Mailboxes(), Plan(waits: true), TestContext.Current.CancellationToken);
        using var letter = await smtp.NextAsync();
        Assert.True(sent.IsTaken);
        Assert.StartsWith(
            "The mail server took it, but not for all: ops@example.org: no such mailbox",
            sent.Words,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain("night@example.org", sent.Words, StringComparison.Ordinal);
    }

    private static MailForm Form(SmtpListener smtp) =>
        new(
            new MailServer(
                Options.Create(
                    new NoticesOptions
                    {
                        SmtpHost = "127.0.0.1",
                        SmtpPort = smtp.Port,
                        SmtpSecurity = SmtpSecurity.None,
                        MailFrom = "Console <console@example.org>",
                    }
                ),
                new Upstreams(TimeProvider.System),
                TimeProvider.System,
                NullLogger<MailServer>.Instance
            ),
            announcer,
            address
        );

    private static ReceiverRow Mailboxes() =>
        new()
        {
            Id = "r1",
            Kind = ReceiverKind.Email,
            Name = "Operators",
            Url = "mailto:ops@example.org,night@example.org",
            Kinds = [],
            Tenants = [],
            CreatedBy = "Ann",
            CreatedAt = DateTimeOffset.UnixEpoch,
            SealedSecret = [],
            RecordAt = 0,
            AlertsAt = DateTimeOffset.UnixEpoch,
        };

    private static OutwardEvent Plan(bool waits, string kind = "proposal.created", string? words = null) =>
        new(
            "record-7",
            kind,
            "rentguy",
            "p1",
            DateTimeOffset.UnixEpoch,
            new JsonObject
            {
                ["outcome"] = "ok",
                ["actor"] = new JsonObject { ["name"] = words ?? "Ann" },
                ["link"] = address.Of("/approvals/p1").AbsoluteUri,
                ["proposal"] = new JsonObject
                {
                    ["title"] = words ?? "Restart rentguy-api-1",
                    ["target"] = words ?? "rentguy-api-1",
                    ["risk"] = "high",
                },
            }
        )
        {
            Plan = new ToldPlan(
                words ?? "it hangs",
                waits,
                2,
                DateTimeOffset.Parse("2026-12-01T10:00:00Z", System.Globalization.CultureInfo.InvariantCulture)
            ),
        };

    /// <summary>Every text of that name, however deep.</summary>
    private static IEnumerable<string> Texts(JsonNode? node, string name) =>
        node switch
        {
            JsonObject map => map.SelectMany(member =>
                member.Key == name && member.Value is JsonValue value ? [(string)value!] : Texts(member.Value, name)
            ),
            JsonArray list => list.SelectMany(item => Texts(item, name)),
            _ => [],
        };
}
