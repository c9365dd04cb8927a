using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Sevensa.Dashboard.Features.Actions;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Actions.Notices;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Http;
using SmtpServer.Protocol;

namespace Sevensa.Dashboard.Tests.Features.Actions.Notices;

/// <summary>Real listeners for mail and webhook; the plan must not care how they fare.</summary>
public sealed class NoticeTests : IAsyncLifetime
{
    private const string Secret = "a secret of this test";
    private readonly string folder = Directory.CreateTempSubdirectory("sevensa-notices-").FullName;
    private readonly Channel<Hook> hooks = Channel.CreateUnbounded<Hook>();
    private readonly SmtpListener smtp = new();
    private WebApplication receiver = null!;

    private string SecretFile => Path.Combine(folder, "hook.secret");

    private HttpStatusCode Answer { get; set; } = HttpStatusCode.NoContent;

    /// <summary>Begins an answer and never ends it.</summary>
    private bool IsSlow { get; set; }

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(SecretFile, Secret + "\n");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        receiver = builder.Build();
        receiver.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            hooks.Writer.TryWrite(
                new Hook(
                    context.Request.Path,
                    body.ToArray(),
                    context.Request.Headers[WebhookChannel.TimeHeader].ToString(),
                    context.Request.Headers[WebhookChannel.SignatureHeader].ToString(),
                    context.Request.Headers[WebhookChannel.DeliveryHeader].ToString()
                )
            );
            context.Response.StatusCode = (int)Answer;
            if (IsSlow)
            {
                await context.Response.StartAsync();
                await context.Response.Body.FlushAsync();
                var never = new TaskCompletionSource();
                await using var gone = context.RequestAborted.Register(() => never.TrySetResult());
                await never.Task;
                return;
            }
            if (Answer == HttpStatusCode.Redirect)
            {
                context.Response.Headers.Location = "/elsewhere";
            }
            else if (Answer != HttpStatusCode.NoContent)
            {
                await context.Response.WriteAsync("the receiver is full");
            }
        });
        await receiver.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await receiver.DisposeAsync();
        await smtp.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Who_is_to_decide_gets_a_mail_with_a_link_and_no_words_of_others()
    {
        await using var shop = Shop(ByMail);
        var proposal = await shop.ProposeAsync();
        await PostAsync(shop);

        using var message = await smtp.NextAsync();
        Assert.Equal(["ops@example.org", "night@example.org"], message.To.Mailboxes.Select(box => box.Address));
        Assert.Equal($"Approval wanted: {proposal.Title} (rentguy, low risk)", message.Subject);
        Assert.Contains(
            $"https://console.example.org/approvals/{proposal.Id}",
            message.TextBody,
            StringComparison.Ordinal
        );
        Assert.DoesNotContain(proposal.Reason, message.TextBody, StringComparison.Ordinal);
        Assert.Equal("auto-generated", message.Headers["Auto-Submitted"]);
        var told = Assert.Single((await shop.Proposals.StandingAsync(Callers.Approver, proposal.Id, default)).Told);
        Assert.True(told is { Sent: true, OfOutcome: false });
    }

    [Fact]
    public async Task The_outcome_is_told_once_after_the_wait_was()
    {
        await using var shop = Shop(ByWebhook);
        var proposal = await shop.ProposeAsync();
        await PostAsync(shop);
        await shop.Proposals.RejectAsync(Callers.Approver, proposal.Id, "not now", default);
        await PostAsync(shop);
        await PostAsync(shop);

        var first = await NextAsync();
        var second = await NextAsync();
        Assert.Equal("proposal.awaiting", first.Json.GetProperty("type").GetString());
        Assert.Equal("proposal.outcome", second.Json.GetProperty("type").GetString());
        Assert.Equal("rejected", second.Json.GetProperty("proposal").GetProperty("state").GetString());
        Assert.Equal(proposal.PlanHash, second.Json.GetProperty("proposal").GetProperty("planHash").GetString());
        Assert.DoesNotContain("not now", Encoding.UTF8.GetString(second.Body), StringComparison.Ordinal);
        Assert.False(hooks.Reader.TryRead(out _));
    }

    [Fact]
    public async Task A_webhook_is_signed_so_that_its_receiver_can_tell()
    {
        await using var shop = Shop(ByWebhook);
        await shop.ProposeAsync();
        await PostAsync(shop);

        var hook = await NextAsync();
        var expected = HMACSHA256.HashData(
            Encoding.UTF8.GetBytes(Secret),
            (byte[])[.. Encoding.UTF8.GetBytes(hook.Time + "."), .. hook.Body]
        );
        Assert.Equal($"sha256={Convert.ToHexStringLower(expected)}", hook.Signature);
        Assert.Equal(shop.Time.GetUtcNow().ToUnixTimeSeconds(), long.Parse(hook.Time, CultureInfo.InvariantCulture));
        Assert.DoesNotContain(Secret, Encoding.UTF8.GetString(hook.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plan_goes_its_way_while_nobody_can_be_told_and_it_is_tried_again()
    {
        smtp.Refusal = new SmtpResponse(SmtpReplyCode.Unavailable, "mailbox busy");
        await using var shop = Shop(ByMail);
        var proposal = await shop.ProposeAsync();
        await PostAsync(shop);

        var told = Assert.Single((await shop.Proposals.StandingAsync(Callers.Approver, proposal.Id, default)).Told);
        Assert.True(told is { Sent: false, GivenUp: false });
        Assert.Contains("mailbox busy", told.Trouble, StringComparison.Ordinal);
        Assert.Equal(UpstreamState.Degraded, Upstreams(shop).Find("Mail server")!.State);
        Assert.NotEqual(ProposalState.Proposed, (await shop.ApproveAsync(proposal)).State);

        smtp.Refusal = null;
        var other = await shop.ProposeAsync(target: "rentguy-db");
        shop.Time.Advance(TimeSpan.FromSeconds(11));
        await PostAsync(shop);
        // Of the first, that it waited is nobody's news any more.
        using var message = await smtp.NextAsync();
        Assert.Contains(other.Title, message.Subject, StringComparison.Ordinal);
        Assert.False(smtp.HasMore);
        Assert.Equal(UpstreamState.Connected, Upstreams(shop).Find("Mail server")!.State);
    }

    [Fact]
    public async Task What_can_not_be_told_for_hours_is_in_the_record()
    {
        Answer = HttpStatusCode.InsufficientStorage;
        await using var shop = Shop(ByWebhook, options => options.ProposalLifetime = TimeSpan.FromDays(1));
        var proposal = await shop.ProposeAsync();
        for (var attempt = 0; attempt < 7; attempt++)
        {
            await PostAsync(shop);
            shop.Time.Advance(TimeSpan.FromHours(3));
        }

        var entry = Assert.Single(shop.Audit.Entries, entry => entry.Action == "notification.failed");
        Assert.Equal(proposal.Id, entry.Target);
        Assert.Contains("507: the receiver is full", entry.Detail, StringComparison.Ordinal);
        await PostAsync(shop);
        Assert.Equal(7, hooks.Reader.Count);
        Assert.True(
            Assert.Single((await shop.Proposals.StandingAsync(Callers.Approver, proposal.Id, default)).Told).GivenUp
        );
    }

    [Fact]
    public async Task A_redirect_leads_nowhere()
    {
        Answer = HttpStatusCode.Redirect;
        await using var shop = Shop(ByWebhook);
        var proposal = await shop.ProposeAsync();
        await PostAsync(shop);

        Assert.Equal("/hook", (await NextAsync()).Path);
        Assert.False(hooks.Reader.TryRead(out _));
        var told = Assert.Single((await shop.Proposals.StandingAsync(Callers.Approver, proposal.Id, default)).Told);
        Assert.Contains("302", told.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_receiver_that_begins_an_answer_and_never_ends_it_holds_up_nobody()
    {
        (Answer, IsSlow) = (HttpStatusCode.InternalServerError, true);
        await using var shop = Shop(ByWebhook);
        var proposal = await shop.ProposeAsync();
        var posting = PostAsync(shop);
        await NextAsync();
        using var patience = new CancellationTokenSource(Patience.Usual);
        while (!posting.IsCompleted && !patience.IsCancellationRequested)
        {
            shop.Time.Advance(TimeSpan.FromSeconds(1));
            await Task.Yield();
        }

        Assert.True(posting.IsCompletedSuccessfully);
        var told = Assert.Single((await shop.Proposals.StandingAsync(Callers.Approver, proposal.Id, default)).Told);
        // Whether its status came in time is the receiver's affair; the clock of this test runs ahead of it.
        Assert.Matches("500|no answer within", told.Trouble);
        Assert.False(told.GivenUp);
    }

    [Fact]
    public async Task A_secret_that_can_not_be_read_any_more_is_a_try_that_failed()
    {
        await using var shop = Shop(options =>
        {
            ByWebhook(options);
            // Reading a folder is refused as reading somebody else's file is.
            options.WebhookSecretFile = folder;
        });
        var proposal = await shop.ProposeAsync();
        await PostAsync(shop);

        var told = Assert.Single((await shop.Proposals.StandingAsync(Callers.Approver, proposal.Id, default)).Told);
        Assert.True(told is { Sent: false, GivenUp: false, Trouble: not null });
        Assert.Equal(UpstreamState.Degraded, Upstreams(shop).Find("Webhook")!.State);
    }

    [Fact]
    public async Task Two_dashboards_on_one_store_tell_it_once()
    {
        await using var shop = Shop(ByWebhook);
        await using var other = Shop(ByWebhook, sharing: shop);
        await shop.ProposeAsync();
        await Task.WhenAll(PostAsync(shop), PostAsync(other));
        await PostAsync(other);

        await NextAsync();
        Assert.False(hooks.Reader.TryRead(out _));
    }

    [Fact]
    public async Task Nothing_is_told_or_kept_where_nothing_is_set()
    {
        await using var shop = Shop(_ => { });
        var proposal = await shop.ProposeAsync();
        await PostAsync(shop);
        Assert.Empty((await shop.Proposals.StandingAsync(Callers.Approver, proposal.Id, default)).Told);
        Assert.Empty(await shop.Services.GetRequiredService<NoticeStore>().OfAsync(proposal.Id, default));
    }

    [Theory]
    [InlineData("Notifications:SmtpHost", "mail.example.org", "Notifications:SmtpHost", "Identity:PublicUrl")]
    [InlineData("Notifications:SmtpHost", "mail.example.org", "Notifications:MailTo", "nobody is named")]
    [InlineData("Notifications:SmtpHost", "mail.example.org", "Notifications:MailFrom", "is not an address")]
    [InlineData("Notifications:WebhookUrl", "file:///etc/passwd", "Notifications:WebhookUrl", "http or https")]
    [InlineData("Notifications:WebhookUrl", "https://me:pw@example.org/", "Notifications:WebhookUrl", "signed instead")]
    [InlineData("Notifications:WebhookUrl", "https://example.org/", "Notifications:WebhookSecretFile", "secret")]
    [InlineData("Notifications:SmtpSecurity", "Whatever", "Notifications:SmtpSecurity", "one of StartTls")]
    public void What_is_set_wrong_is_named_at_start(string key, string value, string mistake, string words)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection(new Dictionary<string, string?> { [key] = value })
            .Build();
        Assert.Contains(
            CheckedOptions.Mistakes(configuration, [new CheckedSection("Notifications", typeof(NoticesOptions))]),
            found =>
                found.StartsWith(mistake, StringComparison.Ordinal) && found.Contains(words, StringComparison.Ordinal)
        );
    }

    private void ByMail(NoticesOptions options)
    {
        options.SmtpHost = "127.0.0.1";
        options.SmtpPort = smtp.Port;
        options.SmtpSecurity = SmtpSecurity.None;
        options.MailFrom = "Console <console@example.org>";
        options.MailTo = ["ops@example.org", "Night <night@example.org>"];
    }

    private void ByWebhook(NoticesOptions options)
    {
        options.WebhookUrl = receiver.Urls.Single() + "/hook";
        options.WebhookSecretFile = SecretFile;
    }

    private static Workshop Shop(
        Action<NoticesOptions> notices,
        Action<ActionsOptions>? options = null,
        Workshop? sharing = null
    ) =>
        new(
            services =>
            {
                services.AddSingleton<IConfiguration>(
                    new ConfigurationBuilder()
                        .AddInMemoryCollection(
                            new Dictionary<string, string?> { ["Identity:PublicUrl"] = "https://console.example.org/" }
                        )
                        .Build()
                );
                services.AddSingleton<PublicAddress>();
                services.AddSingleton(provider => new Upstreams(provider.GetRequiredService<TimeProvider>()));
                services.Configure(notices);
                ActionsFeature.AddNotices(services);
            },
            options,
            sharing
        );

    private static Upstreams Upstreams(Workshop shop) => shop.Services.GetRequiredService<Upstreams>();

    private static async Task PostAsync(Workshop shop)
    {
        var post = shop.Services.GetRequiredService<NoticePost>();
        foreach (var channel in shop.Services.GetRequiredService<NoticeChannels>().All)
        {
            await post.PostAsync(channel, CancellationToken.None);
        }
    }

    private async Task<Hook> NextAsync()
    {
        using var patience = new CancellationTokenSource(Patience.Usual);
        return await hooks.Reader.ReadAsync(patience.Token);
    }

    private sealed record Hook(string Path, byte[] Body, string Time, string Signature, string Delivery)
    {
        public JsonElement Json => JsonDocument.Parse(Body).RootElement;
    }
}
