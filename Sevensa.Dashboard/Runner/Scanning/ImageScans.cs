using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>
/// Scans what runs on this host: each image once, then again by the schedule, and a new one as soon as a container runs it. One
/// at a time, and only while a dashboard takes the reports.
/// </summary>
internal sealed class ImageScans(
    ScannerSettings settings,
    ScannerProgram program,
    HostBook book,
    IDockerWorks works,
    ScanMemory memory,
    PartsMatches parts,
    ScanBoard board,
    TimeProvider time,
    ILogger log
) : IDisposable
{
    /// <summary>Between two looks at what runs.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(30);

    /// <summary>What failed is tried again after so long.</summary>
    public static readonly TimeSpan Again = TimeSpan.FromHours(1);

    private static readonly TimeSpan AskAgain = TimeSpan.FromHours(1);

    private readonly SemaphoreSlim turn = new(1, 1);
    private IScanLink? link;
    private long? askedAt;
    private long? database;

    public static ImageScans Of(
        ScannerSettings settings,
        HostBook book,
        IDockerWorks works,
        StateFolder state,
        TimeProvider time,
        ILogger log
    )
    {
        var program = new ScannerProgram(settings, state.Path, time);
        var (memory, board) = (new ScanMemory(state), new ScanBoard(settings.Family, time));
        var parts = new PartsMatches(settings, program, state, memory, board, time);
        return new ImageScans(settings, program, book, works, memory, parts, board, time, log);
    }

    /// <summary>How it stands, as a dashboard is told.</summary>
    public ScannerReport Report => board.Report;

    /// <summary>From now on reports go there.</summary>
    public void Meet(IScanLink to) => link = to;

    /// <summary>Scans until cancelled.</summary>
    public async Task RunAsync(IScanLink to, CancellationToken cancellation)
    {
        Meet(to);
        var telling = board.TellAsync(to, cancellation);
        try
        {
            while (!telling.IsCompleted)
            {
                if (!await TurnAsync(to, cancellation))
                {
                    await Task.WhenAny(Task.Delay(Look, time, cancellation), telling);
                    cancellation.ThrowIfCancellationRequested();
                }
            }
            await telling;
        }
        finally
        {
            Interlocked.CompareExchange(ref link, null, to);
        }
    }

    /// <summary>Scans one image that is due, or matches one list of parts.</summary>
    /// <returns>False when nothing was due.</returns>
    public async Task<bool> TurnAsync(IScanLink to, CancellationToken cancellation)
    {
        if (await TroubleAsync(cancellation) is { } trouble)
        {
            board.About(null, null, trouble);
            return false;
        }
        try
        {
            if (Due() is { } container)
            {
                await ScanAsync(container, _ => { }, cancellation);
                return true;
            }
            return ScanPolicy.AllowsNow(settings.Policy, time.GetUtcNow())
                && await InTurnAsync(() => parts.MatchOneAsync(to, database, cancellation), cancellation);
        }
        catch (ScanException exception)
        {
            log.ScanFailed(exception.Message);
            return true;
        }
    }

    /// <summary>Scans the image of one container now, after what is under way.</summary>
    /// <returns>What the dashboard says of the report.</returns>
    /// <exception cref="ScanException">It came to nothing.</exception>
    public Task<string> ScanAsync(ContainerFacts container, Action<string> progress, CancellationToken cancellation) =>
        InTurnAsync(() => ScanInTurnAsync(container, progress, cancellation), cancellation);

    /// <summary>Whether it is the id of an image, and nothing that a program could read as an option.</summary>
    public static bool IsImageId(string text) =>
        text.StartsWith("sha256:", StringComparison.Ordinal)
        && text.Length == "sha256:".Length + 64
        && text.AsSpan("sha256:".Length).ToString().All(char.IsAsciiHexDigitLower);

    public void Dispose() => turn.Dispose();

    private async Task<T> InTurnAsync<T>(Func<Task<T>> work, CancellationToken cancellation)
    {
        await turn.WaitAsync(cancellation);
        try
        {
            return await work();
        }
        finally
        {
            board.End();
            turn.Release();
        }
    }

    private async Task<string> ScanInTurnAsync(
        ContainerFacts container,
        Action<string> progress,
        CancellationToken cancellation
    )
    {
        board.Begin(container.Image);
        try
        {
            if (link is not { } to)
            {
                throw new ScanException("No dashboard is connected that would take the report.");
            }
            var platform = await PlatformAsync(container, cancellation);
            var run = await program.RunAsync(
                settings.ForImage(container.ImageId),
                words =>
                {
                    board.Say(words);
                    progress(words);
                },
                cancellation
            );
            var of = new ScannedImage(settings.Family, container.ImageId, platform, settings.Kinds);
            var words = await ReportSender.SendAsync(
                to,
                run.Packed ?? throw new ScanException(run.Why!),
                of,
                cancellation
            );
            memory.Put(container.ImageId, time.GetUtcNow().ToUnixTimeMilliseconds());
            board.Done(container.ImageId);
            return words ?? "The report was taken in.";
        }
        catch (ScanException exception)
        {
            board.Failed(container.ImageId, container.Image, exception.Message);
            throw;
        }
    }

    private ContainerFacts? Due()
    {
        var running = ScanPolicy
            .Allowed(settings.Policy, book.Containers, time.GetUtcNow())
            .DistinctBy(container => container.ImageId)
            .ToList();
        var now = time.GetUtcNow().ToUnixTimeMilliseconds();
        var old = running
            .Where(container => memory[container.ImageId] is not { } at || now - at >= settings.Every.TotalMilliseconds)
            .ToList();
        board.Count(
            old.Count,
            running.Count - old.Count,
            running.Select(container => container.ImageId).Concat(parts.Known).ToHashSet(StringComparer.Ordinal)
        );
        return old.Where(container =>
                board.FailedAt(container.ImageId) is not { } at || now - at >= Again.TotalMilliseconds
            )
            .OrderBy(container => memory[container.ImageId] ?? 0)
            .FirstOrDefault();
    }

    /// <returns>What keeps anything from being scanned; null when nothing does.</returns>
    private async Task<string?> TroubleAsync(CancellationToken cancellation)
    {
        if (program.Path is null)
        {
            askedAt = null;
            return $"There is no program \"{settings.Program}\" on this host. Install it, or name its path with Runner:Scanner.";
        }
        if (ScanPolicy.Trouble(settings.Policy) is { } policy)
        {
            // Asked anew once it is over: what was told of the trouble is taken back with the answer.
            askedAt = null;
            return policy;
        }
        if (askedAt is { } at && time.GetElapsedTime(at) < AskAgain)
        {
            return null;
        }
        askedAt = time.GetTimestamp();
        var version = await AboutAsync(settings.ForVersion, cancellation);
        database = version.Database;
        if (settings.ForDatabase is { } asked)
        {
            database = (await AboutAsync(asked, cancellation)).Database;
        }
        board.About(version.Version, database, null);
        return null;
    }

    private async Task<(string? Version, long? Database)> AboutAsync(
        IReadOnlyList<string> arguments,
        CancellationToken cancellation
    )
    {
        var run = await program.RunAsync(arguments, _ => { }, cancellation);
        return ScannerWords.About(run.Packed is { } packed ? PartsMatches.Unpacked(packed) : null);
    }

    /// <exception cref="ScanException">The image is gone, or Docker does not answer.</exception>
    private async Task<string?> PlatformAsync(ContainerFacts container, CancellationToken cancellation)
    {
        try
        {
            var image =
                await works.ImageAsync(container.ImageId, cancellation)
                ?? throw new ScanException(
                    $"The image {container.ImageId} of {container.Name} is gone from this host. Pull it again, or deploy the service anew."
                );
            return Text(image["Os"]) is { } os && Text(image["Architecture"]) is { } architecture
                ? Text(image["Variant"]) is { } variant
                    ? $"{os}/{architecture}/{variant}"
                    : $"{os}/{architecture}"
                : null;
        }
        catch (EngineException exception)
        {
            throw new ScanException($"Docker does not tell of the image: {exception.Message}");
        }
    }

    private static string? Text(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<string>(out var text) && text.Length > 0 ? text : null;
}
