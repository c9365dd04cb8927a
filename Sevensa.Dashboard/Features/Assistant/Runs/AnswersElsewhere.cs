using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Wire;

namespace Sevensa.Dashboard.Features.Assistant.Runs;

/// <summary>Tells other dashboards that a conversation's answers are to stop, and hears it from them: an answer is made by the one that was asked.</summary>
internal sealed class AnswersElsewhere(DashboardWire wire, AnswerRuns runs) : IStartStep
{
    private const string Topic = "answers.stop";

    /// <param name="Why">Told as what ended it, in a sentence.</param>
    private sealed record Stop(string Conversation, string Why);

    public Task RunAsync(CancellationToken cancellation)
    {
        if (wire.IsSet)
        {
            runs.Outward = (conversation, why) =>
                wire.Tell(Topic, JsonSerializer.SerializeToUtf8Bytes(new Stop(conversation, why)));
            wire.Hear(
                Topic,
                (_, body) =>
                {
                    if (JsonSerializer.Deserialize<Stop>(body.Span) is { Conversation: { } conversation, Why: { } why })
                    {
                        runs.Hear(conversation, why);
                    }
                }
            );
        }
        return Task.CompletedTask;
    }
}
