using System.Diagnostics;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>Waits on the thing itself, asked again and again until it is so or the deadline has passed.</summary>
public static class Eventually
{
    private static readonly TimeSpan firstPace = TimeSpan.FromMilliseconds(10);

    // Who is asked has the same few cores as what is waited for: what takes long is asked for less often.
    private static readonly TimeSpan lastPace = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the answer is there, and returns it.</summary>
    /// <param name="what">What is waited for, for the failure's message.</param>
    /// <param name="ask">Returns null as long as it is not so; an exception counts as "not yet".</param>
    /// <param name="deadline"><see cref="Patience.Usual"/> unless told.</param>
    /// <param name="because">What to add to the failure's message.</param>
    /// <exception cref="TimeoutException">It was not so in time; carries the last exception.</exception>
    public static async Task<T> GetAsync<T>(
        string what,
        Func<CancellationToken, Task<T?>> ask,
        TimeSpan? deadline = null,
        Func<string>? because = null
    )
        where T : notnull
    {
        var limit = deadline ?? Patience.Usual;
        var clock = Stopwatch.StartNew();
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        ending.CancelAfter(limit);
        Exception? last = null;
        var pace = firstPace;
        while (true)
        {
            try
            {
                if (await ask(ending.Token) is { } answer)
                    return answer;
                last = null;
            }
            catch (EndedEarlyException)
            {
                throw;
            }
            catch (Exception exception)
            {
                last = exception;
            }
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            if (clock.Elapsed > limit)
                throw new TimeoutException(
                    $"Not within {limit.TotalSeconds:0.#} s: {what}. {last?.Message} {because?.Invoke()}",
                    last
                );
            await Task.Delay(pace, TestContext.Current.CancellationToken);
            pace = pace < lastPace ? pace * 1.25 : lastPace;
        }
    }

    /// <summary>Waits until the condition holds.</summary>
    /// <inheritdoc cref="GetAsync{T}"/>
    public static Task TrueAsync(
        string what,
        Func<CancellationToken, Task<bool>> ask,
        TimeSpan? deadline = null,
        Func<string>? because = null
    ) => GetAsync(what, async token => await ask(token) ? what : null, deadline, because);
}

/// <summary>What is waited for cannot happen any more, since its process has ended.</summary>
public sealed class EndedEarlyException(string message) : Exception(message);
