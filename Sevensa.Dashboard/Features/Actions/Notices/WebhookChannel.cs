using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Timeout;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Actions.Notices;

/// <summary>
/// A signed message to one configured address: <c>X-Sevensa-Signature: sha256=…</c> is the HMAC of time stamp, dot and body, so
/// that a receiver can tell who sent it, that nobody changed it, and that it is not an old one.
/// </summary>
internal sealed class WebhookChannel(
    IHttpClientFactory clients,
    IOptions<NoticesOptions> options,
    Upstreams upstreams,
    TimeProvider time
) : INoticeChannel
{
    public const string Client = "notices";
    public const string SignatureHeader = "X-Sevensa-Signature";
    public const string TimeHeader = "X-Sevensa-Timestamp";
    public const string DeliveryHeader = "X-Sevensa-Delivery";
    private const int MostWords = 300;

    public string Name => "Webhook";

    public bool IsConfigured => options.Value.ByWebhook;

    public async Task SendAsync(Notice notice, CancellationToken cancellation)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(
            NoticeMessage.Of(notice, time.GetUtcNow()),
            NoticeJson.Default.NoticeMessage
        );
        try
        {
            var secret = (await File.ReadAllTextAsync(options.Value.WebhookSecretFile!, cancellation)).Trim();
            var stamp = time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(options.Value.WebhookUrl!));
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json", "utf-8");
            request.Headers.Add(TimeHeader, stamp);
            request.Headers.Add(SignatureHeader, Signature(secret, stamp, body));
            request.Headers.Add(DeliveryHeader, notice.Id);
            request.Options.Set(UpstreamClients.MayRepeat, true);
            using var http = clients.CreateClient(Client);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            if (!answer.IsSuccessStatusCode)
            {
                throw Failed(
                    $"It answered {(int)answer.StatusCode}{await WordsAsync(answer, cancellation)}",
                    (int)answer.StatusCode < 500 ? UpstreamFault.Garbled : UpstreamFault.Failed,
                    (int)answer.StatusCode
                );
            }
            upstreams.Good(Name);
        }
        catch (Exception exception)
            when (exception
                    is HttpRequestException
                        or ExecutionRejectedException
                        or IOException
                        or UnauthorizedAccessException
            )
        {
            var fault = exception is IOException or UnauthorizedAccessException
                ? UpstreamFault.Failed
                : UpstreamFault.Unreachable;
            var words =
                exception is TimeoutRejectedException
                    ? $"It gave no answer within {options.Value.TimeoutSeconds} s."
                    : exception.GetBaseException().Message;
            throw Failed(words, fault, null, exception);
        }
    }

    internal static string Signature(string secret, string stamp, byte[] body)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hash.AppendData(Encoding.UTF8.GetBytes($"{stamp}."));
        hash.AppendData(body);
        return $"sha256={Convert.ToHexStringLower(hash.GetHashAndReset())}";
    }

    private async Task<string> WordsAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        // The client's own patience ends with the headers.
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeoutSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            await using var stream = await answer.Content.ReadAsStreamAsync(both.Token);
            var buffer = new byte[MostWords];
            var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, both.Token);
            var words = Notice.Plain(Encoding.UTF8.GetString(buffer, 0, read));
            return words.Length == 0 ? "." : $": {words}";
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return ", and did not say why.";
        }
    }

    private NoticeFailedException Failed(string words, UpstreamFault fault, int? status, Exception? inner = null)
    {
        upstreams.Bad(
            new UpstreamException(Name, fault, words, status, "Check Notifications:WebhookUrl and its receiver.", inner)
        );
        return new NoticeFailedException(words, inner);
    }
}

/// <summary>The body. Times are ISO 8601 UTC with milliseconds, words lowerCamelCase, as everywhere in the API.</summary>
/// <param name="Type"><c>proposal.awaiting</c> or <c>proposal.outcome</c>.</param>
internal sealed record NoticeMessage(string Id, string Type, string At, string Link, NoticeSubject Proposal)
{
    public static NoticeMessage Of(Notice notice, DateTimeOffset now) =>
        new(
            notice.Id,
            $"proposal.{Word(notice.Occasion)}",
            Time(now),
            notice.Link.AbsoluteUri,
            new NoticeSubject(
                notice.Proposal.Id,
                notice.Proposal.Kind,
                Notice.Plain(notice.Proposal.Title),
                notice.Proposal.Tenant,
                Notice.Plain(notice.Proposal.Target),
                Word(notice.Proposal.State),
                Word(notice.Proposal.Risk),
                notice.Proposal.PlanHash,
                notice.Proposal.RequestedBy.Name,
                notice.Proposal.ApprovalsNeeded,
                Time(notice.Proposal.ExpiresAt)
            )
        );

    private static string Word<T>(T word)
        where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(word.ToString());

    private static string Time(DateTimeOffset at) =>
        at.UtcDateTime.ToString(MillisecondTime.Format, CultureInfo.InvariantCulture);
}

internal sealed record NoticeSubject(
    string Id,
    string Kind,
    string Title,
    string Tenant,
    string Target,
    string State,
    string Risk,
    string PlanHash,
    string RequestedBy,
    int ApprovalsNeeded,
    string ExpiresAt
);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(NoticeMessage))]
internal sealed partial class NoticeJson : JsonSerializerContext;
