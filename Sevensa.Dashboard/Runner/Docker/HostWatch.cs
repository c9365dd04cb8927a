using System.Collections.Concurrent;
using System.Threading.Channels;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>Keeps the book true: the inventory, then Docker's events, and the use of what runs.</summary>
internal sealed class HostWatch(
    IDockerEngine engine,
    HostBook book,
    HostNews news,
    ContainerSignals signals,
    UsagePace pace,
    TimeProvider time,
    ILogger log,
    Action? changed = null
)
{
    /// <summary>What comes so close together is told as one.</summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan InventoryEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan InfoWithin = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan InventoryWithin = TimeSpan.FromMinutes(2);

    /// <summary>Longer than the engine gives one container, after which it says so of that one.</summary>
    private static readonly TimeSpan InspectWithin = DockerEngine.InspectWithin * 2;
    private static readonly TimeSpan ReadingWithin = TimeSpan.FromSeconds(10);
    private const int ReadingsAtOnce = 8;
    private const int MostGathered = 200;

    private readonly TaskCompletionSource looked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Null while Docker does not answer.</summary>
    public EngineInfo? Engine { get; private set; }

    /// <summary>Ends when Docker was asked for the first time, whatever came of it.</summary>
    public Task Looked => looked.Task;

    public Task RunAsync(CancellationToken cancellation) =>
        Task.WhenAll(FollowAsync(cancellation), MeasureAsync(cancellation));

    private async Task FollowAsync(CancellationToken cancellation)
    {
        var pause = TimeSpan.FromSeconds(1);
        string? told = null;
        while (!cancellation.IsCancellationRequested)
        {
            try
            {
                var since = time.GetUtcNow().ToUnixTimeMilliseconds();
                Engine = await InTimeAsync(engine.InfoAsync, InfoWithin, cancellation);
                Replace(await InTimeAsync(engine.ContainersAsync, InventoryWithin, cancellation));
                log.EngineFound(book.Containers.Count);
                news.Tell(new News(Engine: true));
                news.Tell(new News(Inventory: book.Containers));
                changed?.Invoke();
                looked.TrySetResult();
                (pause, told) = (TimeSpan.FromSeconds(1), null);
                await EventsAsync(since, cancellation);
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            // Whatever it is: what can't be watched now is watched for again.
            catch (Exception exception)
            {
                if (Engine is not null)
                {
                    Engine = null;
                    news.Tell(new News(Engine: true));
                }
                looked.TrySetResult();
                if (Words(exception) is var words && words != told)
                {
                    log.EngineLost(told = words);
                }
            }
            try
            {
                await Task.Delay(pause, time, cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private static string Words(Exception exception) =>
        exception is EngineException ? exception.Message : "What it answered could not be worked with.";

    /// <summary>An engine that takes a connection and then says nothing is away too.</summary>
    private async Task<T> InTimeAsync<T>(
        Func<CancellationToken, Task<T>> ask,
        TimeSpan within,
        CancellationToken cancellation
    )
    {
        using var deadline = new CancellationTokenSource(within, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            return await ask(either.Token).WaitAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new EngineException(
                null,
                $"It did not answer within {within.TotalSeconds:0} s. If it stays so, look at the engine on its host: systemctl status docker."
            );
        }
    }

    private void Replace(IReadOnlyList<ContainerFacts> all)
    {
        book.Replace(all);
        foreach (var container in all)
        {
            SayUnread(container);
        }
    }

    private void Put(ContainerFacts container)
    {
        book.Put(container);
        SayUnread(container);
    }

    private void SayUnread(ContainerFacts container)
    {
        if (container.Unread is { } why)
        {
            log.ContainerUnread(container.Name, why);
        }
    }

    /// <summary>Events since just before the inventory was taken, so that none falls between the two.</summary>
    private async Task EventsAsync(long since, CancellationToken cancellation)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var arrived = Channel.CreateUnbounded<EngineEvent>();
        var reading = ReadAsync();
        try
        {
            var batch = new List<EngineEvent>();
            var inventoryAt = time.GetTimestamp();
            while (await arrived.Reader.WaitToReadAsync(cancellation))
            {
                await Task.Delay(Gather, time, cancellation);
                while (batch.Count < MostGathered && arrived.Reader.TryRead(out var told))
                {
                    batch.Add(told);
                }
                await TellAsync(batch, cancellation);
                batch.Clear();
                if (time.GetElapsedTime(inventoryAt) > InventoryEvery)
                {
                    inventoryAt = time.GetTimestamp();
                    Replace(await InTimeAsync(engine.ContainersAsync, InventoryWithin, cancellation));
                    news.Tell(new News(Inventory: book.Containers));
                    changed?.Invoke();
                }
            }
        }
        finally
        {
            await ending.CancelAsync();
            await reading;
        }
        throw new EngineException(null, "It ended the stream of events.");

        async Task ReadAsync()
        {
            try
            {
                await foreach (var told in engine.EventsAsync(since, ending.Token))
                {
                    // Whoever waits for this container is not kept waiting for the batch.
                    signals.Tell(told.ContainerId);
                    arrived.Writer.TryWrite(told);
                }
                arrived.Writer.TryComplete();
            }
            catch (Exception exception)
            {
                arrived.Writer.TryComplete(exception is OperationCanceledException ? null : exception);
            }
        }
    }

    private async Task TellAsync(IReadOnlyList<EngineEvent> batch, CancellationToken cancellation)
    {
        var altered = new ConcurrentBag<ContainerFacts>();
        var removed = new ConcurrentBag<string>();
        // At once, so that one that Docker is slow to describe keeps only itself waiting.
        await Parallel.ForEachAsync(
            batch.Select(told => told.ContainerId).Distinct(),
            new ParallelOptions { MaxDegreeOfParallelism = ReadingsAtOnce, CancellationToken = cancellation },
            async (id, token) =>
            {
                if (await InTimeAsync(asked => engine.InspectAsync(id, asked), InspectWithin, token) is { } facts)
                {
                    Put(facts);
                    altered.Add(facts);
                }
                else
                {
                    book.Remove(id);
                    removed.Add(id);
                }
            }
        );
        news.Tell(new News(Changed: [.. altered], Removed: [.. removed]));
        changed?.Invoke();
        news.Tell(new News(Events: [.. batch]));
    }

    private async Task MeasureAsync(CancellationToken cancellation)
    {
        await Looked.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        try
        {
            while (true)
            {
                cancellation.ThrowIfCancellationRequested();
                var began = time.GetTimestamp();
                var usage = await ReadAllAsync(cancellation);
                if (usage.Count > 0)
                {
                    news.Tell(new News(Usage: usage));
                }
                await pace.NextAsync(began, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }
    }

    private async Task<IReadOnlyList<ContainerUsage>> ReadAllAsync(CancellationToken cancellation)
    {
        var usage = new ConcurrentBag<ContainerUsage>();
        if (Engine is null)
        {
            return [];
        }
        await Parallel.ForEachAsync(
            book.Containers.Where(container => container.State == "running"),
            new ParallelOptions { MaxDegreeOfParallelism = ReadingsAtOnce, CancellationToken = cancellation },
            async (container, token) =>
            {
                try
                {
                    if (
                        await InTimeAsync(asked => engine.ReadAsync(container.Id, asked), ReadingWithin, token) is
                        { } reading
                    )
                    {
                        usage.Add(Stats.Usage(book.Put(reading), reading));
                    }
                }
                // Whatever it is: figures that can't be read cost their container these figures, and nobody else anything.
                catch (Exception exception) when (!token.IsCancellationRequested)
                {
                    log.UsageFailed(container.Name, Words(exception));
                }
            }
        );
        return [.. usage];
    }
}
