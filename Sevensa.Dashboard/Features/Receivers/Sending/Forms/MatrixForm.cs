using System.Net.Http.Headers;
using System.Text.Json;
using Sevensa.Dashboard.Features.Receivers.Events;
using Sevensa.Dashboard.Features.Receivers.Messages;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Receivers.Sending.Forms;

/// <summary>A notice in a Matrix room. Its transaction is the event's id, so that the homeserver shows it once however often it is sent.</summary>
internal sealed class MatrixForm(Posting posting, Announcer announcer, ReceiverSecrets secrets) : IReceiverForm
{
    public ReceiverKind Kind => ReceiverKind.Matrix;

    public async Task<Sent> SendAsync(ReceiverRow receiver, OutwardEvent told, CancellationToken cancellation)
    {
        var token = secrets.Open(receiver);
        using var request = JsonRequest.Of(
            HttpMethod.Put,
            new Uri($"{receiver.Url}/send/m.room.message/{Uri.EscapeDataString(told.Id)}"),
            WrittenMessage.ForMatrix(announcer.Of(told))
        );
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await posting.SendAsync(request, HiddenText.Of(token), Judge, cancellation);
    }

    private static Sent Judge(Reply reply)
    {
        var (taken, words, wait) = Read(reply.Text);
        return reply.IsGood && taken ? new Sent(reply.Status, null)
            : reply.IsGood ? reply.NotTaken("it names no event, as a homeserver does.")
            : words is null || reply.Status is >= 300 and < 400 ? reply.Usual()
            : reply.NotTaken(words, wait);
    }

    private static (bool Taken, string? Words, TimeSpan? Wait) Read(string text)
    {
        try
        {
            using var answer = JsonDocument.Parse(text);
            var root = answer.RootElement;
            if (root.ValueKind != JsonValueKind.Object)
            {
                return default;
            }
            var code = Text(root, "errcode");
            var words = string.Join(": ", new[] { code, Text(root, "error") }.OfType<string>());
            return (
                Text(root, "event_id") is { Length: > 0 },
                words.Length > 0 ? words : null,
                root.TryGetProperty("retry_after_ms", out var wait)
                && wait.ValueKind == JsonValueKind.Number
                && wait.TryGetInt64(out var milliseconds)
                && milliseconds is > 0 and < int.MaxValue
                    ? TimeSpan.FromMilliseconds(milliseconds)
                    : null
            );
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // No JSON, or a member whose name is no text.
            return default;
        }
    }

    private static string? Text(JsonElement root, string name) =>
        root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            ? JsonReading.Text(value)
            : null;
}
