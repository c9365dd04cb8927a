using System.Text.Json;

namespace Sevensa.Dashboard.Features.Assistant.Model;

/// <summary>
/// What a model called and was answered before it spoke, as it is kept beside the answer: the next question is sent with it
/// again, so that it begins as the last one did, and the model still knows what it saw.
/// </summary>
internal static class Exchange
{
    /// <summary>In characters; a longer one would not be sent again anyway.</summary>
    private const int Longest = 48_000;

    /// <summary>Null when nothing was called, or too much was answered.</summary>
    /// <param name="since">What was said since the question.</param>
    /// <param name="answer">The last words; may be empty.</param>
    public static string? Write(IReadOnlyList<ModelMessage> since, string answer) =>
        since.Count == 0 || since.Sum(message => message.Length) > Longest
            ? null
            : JsonSerializer.Serialize(
                answer.Length == 0 ? since : since.Append(new ModelMessage("assistant", answer)),
                ModelJson.Plain
            );

    public static IReadOnlyList<ModelMessage> Read(string kept) =>
        JsonSerializer.Deserialize<List<ModelMessage>>(kept, ModelJson.Plain)!;
}
