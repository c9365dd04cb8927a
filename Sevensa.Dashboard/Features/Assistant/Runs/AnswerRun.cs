using System.Runtime.CompilerServices;

namespace Sevensa.Dashboard.Features.Assistant.Runs;

/// <summary>
/// One answer that is under way on the server. Whoever listens is told all of it from wherever they left it, and goes when they
/// like: it goes on until it ends or is stopped.
/// </summary>
/// <param name="messageId">Id under which the answer is kept.</param>
internal sealed class AnswerRun(string messageId, Turn turn)
{
    private readonly Lock gate = new();
    private readonly List<AssistantEvent> told = [];

    private TaskCompletionSource news = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private bool isOver;

    public string MessageId { get; } = messageId;

    public string ConversationId => Turn.ConversationId;

    public string Owner => Turn.Caller.Subject;

    internal Turn Turn { get; } = turn;

    // Not disposed of: it has no timer, and who stops just when the answer ends must find it whole.
    private CancellationTokenSource Halt { get; } = new();

    public CancellationToken Stopped => Halt.Token;

    public Task Work { get; set; } = Task.CompletedTask;

    /// <param name="why">Told as what ended it, in a sentence.</param>
    public void Stop(string why)
    {
        Turn.WhyStopped ??= why;
        Halt.Cancel();
    }

    public void Tell(AssistantEvent happened) => Add(happened, ends: false);

    public void End() => Add(null, ends: true);

    /// <summary>Everything that was told and is, each with its place; ends with the answer.</summary>
    /// <param name="from">The first place that is not known yet.</param>
    /// <param name="cancellation">Ends the listening, not the answer.</param>
    public async IAsyncEnumerable<(int Place, AssistantEvent Happened)> FromAsync(
        int from,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        for (var at = Math.Max(0, from); ; )
        {
            AssistantEvent[] next;
            Task more;
            bool ended;
            lock (gate)
            {
                next = at < told.Count ? [.. told.Skip(at)] : [];
                (more, ended) = (news.Task, isOver);
            }
            foreach (var happened in next)
            {
                yield return (at++, happened);
            }
            if (ended)
            {
                yield break;
            }
            await more.WaitAsync(cancellation);
        }
    }

    private void Add(AssistantEvent? happened, bool ends)
    {
        TaskCompletionSource waiting;
        lock (gate)
        {
            if (happened is not null)
            {
                told.Add(happened);
            }
            isOver |= ends;
            (waiting, news) = (news, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        }
        waiting.TrySetResult();
    }
}
