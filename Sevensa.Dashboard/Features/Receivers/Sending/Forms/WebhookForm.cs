using System.Globalization;
using System.Net.Http.Headers;
using Sevensa.Dashboard.Features.Receivers.Events;

namespace Sevensa.Dashboard.Features.Receivers.Sending.Forms;

/// <summary>A signed CloudEvent, posted to a program.</summary>
internal sealed class WebhookForm(Posting posting, EventMessage messages, ReceiverSecrets secrets, TimeProvider time)
    : IReceiverForm
{
    public ReceiverKind Kind => ReceiverKind.Webhook;

    public async Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var (body, type) = messages.Of(told);
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
            WebhookSignature.Of(secrets.Signing(receiver, now), told.Id, now, body)
        );
        return await posting.SendAsync(request, HiddenText.Nothing, judge: null, cancellation);
    }
}
