namespace Sevensa.Dashboard.Features.Receivers.Sending;

/// <summary>
/// Sending at a stretch to one receiver. What became of it is written at its end, so it is short: a kill sends no more again than
/// what it had sent. Whoever ends it before gets all the answers that came.
/// </summary>
internal static class Stretch
{
    /// <summary>The rest is for the next one.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(5);

    private const int AtOnce = 8;

    /// <summary>Of messages to people, so that they read them in order.</summary>
    private const int AtOnceToPeople = 1;

    private static readonly Sent held = new(null, "It waits until the receiver takes something.") { IsUnsent = true };
    private static readonly Sent later = new(null, "It waits for its turn.") { IsUnsent = true };

    /// <summary>
    /// Sends several at once, and the rest not at all once several running were not taken, or one was too much: those wait for
    /// their turn.
    /// </summary>
    /// <returns>One answer for each, in their order; at least one of them was sent.</returns>
    /// <exception cref="OperationCanceledException">It was ended before anything was sent.</exception>
    public static async Task<IReadOnlyList<(T Item, Sent Sent)>> SendAsync<T>(
        ReceiverRow receiver,
        IReadOnlyList<T> items,
        Func<T, Task<Sent>> send,
        TimeProvider time,
        CancellationToken cancellation
    )
    {
        var failures = receiver.Failures;
        var answers = new List<(T Item, Sent Sent)>();
        var isTooMuch = false;
        var began = time.GetUtcNow();
        foreach (var some in items.Chunk(receiver.Kind == ReceiverKind.Webhook ? AtOnce : AtOnceToPeople))
        {
            var isFirst = answers.Count == 0;
            if (!isFirst && (failures >= ReceiverTurn.FailuresToFail || isTooMuch))
            {
                answers.AddRange(some.Select(item => (item, held)));
                continue;
            }
            if (cancellation.IsCancellationRequested || (!isFirst && time.GetUtcNow() - began > Longest))
            {
                answers.AddRange(some.Select(item => (item, later)));
                continue;
            }
            var sent = await Task.WhenAll(some.Select(OneAsync));
            answers.AddRange(some.Zip(sent));
            foreach (var one in sent.Where(one => !one.IsUnsent))
            {
                failures = one.IsTaken ? 0 : failures + 1;
                isTooMuch |= one.IsTooMuch;
            }
        }
        if (answers.TrueForAll(answer => answer.Sent.IsUnsent))
        {
            cancellation.ThrowIfCancellationRequested();
        }
        return answers;

        async Task<Sent> OneAsync(T item)
        {
            try
            {
                return await send(item);
            }
            catch (Exception) when (cancellation.IsCancellationRequested)
            {
                // Nobody knows whether it was taken: it is sent again, under its id.
                return later;
            }
        }
    }
}
