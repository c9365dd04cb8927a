using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Platform.Security;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>What became of one try.</summary>
/// <param name="Status">Null when no answer came.</param>
/// <param name="Trouble">Why it was not taken; null when it was.</param>
/// <param name="RetryAfter">When the receiver wants to be asked again, if it said so.</param>
internal sealed record Sent(int? Status, string? Trouble, TimeSpan? RetryAfter = null)
{
    public bool IsTaken => Trouble is null;

    /// <summary>It says that it will never take anything again (410).</summary>
    public bool IsGone => Status == (int)HttpStatusCode.Gone;
}

/// <summary>Sends one event to one receiver, once. Whatever goes wrong is an answer, not an exception.</summary>
internal sealed class EventSender(
    IHttpClientFactory clients,
    EventMessage messages,
    StoreKey key,
    IOptions<ReceiversOptions> options,
    TimeProvider time
)
{
    /// <summary>What receivers' secrets are sealed for.</summary>
    public const string Purpose = "sevensa.receivers.secret";

    private const int MostWords = 300;

    public async Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (body, type) = messages.Of(told);
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeoutSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(receiver.Url));
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
            request.Headers.Add(WebhookSignature.IdHeader, told.Id);
            request.Headers.Add(
                WebhookSignature.TimeHeader,
                now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)
            );
            request.Headers.Add(
                WebhookSignature.SignatureHeader,
                WebhookSignature.Of(Secrets(receiver, now), told.Id, now, body)
            );
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Sevensa-Dashboard", null));
            using var http = clients.CreateClient(ReceiverDoor.Client);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            var status = (int)answer.StatusCode;
            return answer.IsSuccessStatusCode
                ? new Sent(status, null)
                : new Sent(
                    status,
                    status is >= 300 and < 400
                        ? $"It answered {status}, and redirects are not followed."
                        : $"It answered {status}{await WordsAsync(answer, both.Token)}",
                    Wait(answer.Headers.RetryAfter, now)
                );
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Sent(null, $"It gave no answer within {options.Value.TimeoutSeconds} s.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException or StoreException)
        {
            return new Sent(null, Sentence(exception.GetBaseException().Message));
        }
    }

    private IEnumerable<string> Secrets(ReceiverRow receiver, DateTimeOffset now)
    {
        yield return Encoding.UTF8.GetString(key.Open(receiver.SealedSecret, Purpose));
        if (receiver.SealedFormerSecret is { } former && receiver.FormerUntil > now)
        {
            yield return Encoding.UTF8.GetString(key.Open(former, Purpose));
        }
    }

    private static async Task<string> WordsAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[MostWords];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        var words = string.Concat(
                Encoding.UTF8.GetString(buffer, 0, read).Select(letter => char.IsControl(letter) ? ' ' : letter)
            )
            .Trim();
        return words.Length == 0 ? "." : $": {words}";
    }

    private static TimeSpan? Wait(RetryConditionHeaderValue? asked, DateTimeOffset now) =>
        asked?.Delta ?? (asked?.Date is { } date && date > now ? date - now : null);

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
