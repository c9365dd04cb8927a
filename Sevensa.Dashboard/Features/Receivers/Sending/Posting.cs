using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Options;

namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>Sends one request, once, through the door. Whatever goes wrong is an answer, not an exception.</summary>
internal sealed class Posting(IHttpClientFactory clients, IOptions<ReceiversOptions> options, TimeProvider time)
{
    private const int MostRead = 4096;

    /// <param name="hidden">What is nowhere kept of an answer.</param>
    /// <param name="judge">What an answer means; null where any 2xx takes the message, whose text is then not waited for.</param>
    public async Task<Sent> SendAsync(
        HttpRequestMessage request,
        HiddenText hidden,
        Func<Reply, Sent>? judge,
        CancellationToken cancellation
    )
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(options.Value.TimeoutSeconds), time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, patience.Token);
        try
        {
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Sevensa-Dashboard", null));
            using var http = clients.CreateClient(ReceiverDoor.Client);
            using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
            if (judge is null && answer.IsSuccessStatusCode)
            {
                return new Sent((int)answer.StatusCode, null);
            }
            var reply = new Reply(
                (int)answer.StatusCode,
                hidden.Without(await TextAsync(answer, both.Token)),
                Wait(answer.Headers.RetryAfter, time.GetUtcNow())
            );
            return judge is null ? reply.Usual() : judge(reply);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Sent(null, $"It gave no answer within {options.Value.TimeoutSeconds} s.");
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new Sent(null, Sentence(hidden.Without(exception.GetBaseException().Message)));
        }
    }

    private static async Task<string> TextAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        await using var stream = await answer.Content.ReadAsStreamAsync(cancellation);
        var buffer = new byte[MostRead];
        var read = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation);
        return Encoding.UTF8.GetString(buffer, 0, read);
    }

    private static TimeSpan? Wait(RetryConditionHeaderValue? asked, DateTimeOffset now) =>
        asked?.Delta ?? (asked?.Date is { } date && date > now ? date - now : null);

    private static string Sentence(string text) => text.EndsWith('.') ? text : text + ".";
}
