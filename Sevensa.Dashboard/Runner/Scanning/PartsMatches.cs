using System.IO.Compression;
using Microsoft.AspNetCore.SignalR;

namespace Sevensa.Dashboard.Runner.Scanning;

/// <summary>
/// Holds the lists of parts (SBOMs) that the dashboard keeps against newer advisories, once for each state of the scanner's
/// database. Only lists that this scanner's family made: of another's it would miss packages of the system.
/// </summary>
internal sealed class PartsMatches(
    ScannerSettings settings,
    ScannerProgram program,
    StateFolder state,
    ScanMemory memory,
    ScanBoard board,
    TimeProvider time
)
{
    /// <summary>The dashboard is asked for new lists after so long.</summary>
    public static readonly TimeSpan AskAgain = TimeSpan.FromHours(1);

    private const string FileName = "parts.json";

    /// <summary>Bytes of a list, unpacked.</summary>
    private const int MostBytes = 64 * 1024 * 1024;

    private readonly Queue<PartsToMatch> due = [];
    private readonly HashSet<string> known = new(StringComparer.Ordinal);
    private (long Database, long At)? listed;

    /// <summary>Ids of the lists that the dashboard has.</summary>
    public IReadOnlyCollection<string> Known => known;

    /// <param name="database">Of when the scanner's advisories are; null when it does not say: then nothing is known to be new.</param>
    /// <returns>False when there was nothing to match.</returns>
    /// <exception cref="ScanException">It came to nothing.</exception>
    public async Task<bool> MatchOneAsync(IScanLink link, long? database, CancellationToken cancellation)
    {
        if (database is not { } advisories)
        {
            return false;
        }
        await ListAsync(link, advisories, cancellation);
        if (!due.TryDequeue(out var one))
        {
            return false;
        }
        board.Begin($"parts of {one.Image}");
        // Also when it fails: it is tried again with the next advisories.
        memory.Put(Key(one.Id), advisories);
        try
        {
            var packed =
                await link.PartsAsync(one.Id, cancellation)
                ?? throw new ScanException(
                    "The dashboard does not keep this list any more, or it is too large to send."
                );
            var file = Write(packed);
            try
            {
                var run = await program.RunAsync(settings.ForParts(file), board.Say, cancellation);
                await ReportSender.SendAsync(
                    link,
                    run.Packed ?? throw new ScanException(run.Why!),
                    new ScannedImage(settings.Family, "", null, "vulnerability", one.Id),
                    cancellation
                );
                board.Done(one.Id);
            }
            finally
            {
                state.Delete(FileName);
            }
        }
        catch (Exception exception)
            when (exception
                    is ScanException
                        or HubException
                        or IOException
                        or UnauthorizedAccessException
                        or InvalidDataException
            )
        {
            var words =
                exception is ScanException
                    ? exception.Message
                    : $"The list of parts could not be worked with: {exception.Message}";
            board.Failed(one.Id, $"parts of {one.Image}", words);
            throw new ScanException(words);
        }
        return true;
    }

    /// <summary>What was packed; null when it is larger than anything that is worked with here.</summary>
    public static byte[]? Unpacked(byte[] packed)
    {
        using var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress);
        using var whole = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (gzip.Read(buffer) is > 0 and var count)
        {
            whole.Write(buffer, 0, count);
            if (whole.Length > MostBytes)
            {
                return null;
            }
        }
        return whole.ToArray();
    }

    private async Task ListAsync(IScanLink link, long advisories, CancellationToken cancellation)
    {
        if (
            due.Count > 0
            || (listed is { } last && last.Database == advisories && time.GetElapsedTime(last.At) < AskAgain)
        )
        {
            return;
        }
        listed = (advisories, time.GetTimestamp());
        try
        {
            var all = await link.PartsToMatchAsync(settings.Family, cancellation);
            known.Clear();
            known.UnionWith(all.Select(one => one.Id));
            foreach (var one in all.Where(one => memory[Key(one.Id)] != advisories))
            {
                due.Enqueue(one);
            }
        }
        catch (Exception exception) when (exception is HubException or InvalidOperationException or IOException)
        {
            throw new ScanException($"The dashboard did not say which lists of parts it keeps: {exception.Message}");
        }
    }

    private string Write(byte[] packed)
    {
        var whole =
            Unpacked(packed)
            ?? throw new ScanException($"The list of parts is larger than {MostBytes / 1024 / 1024} MB.");
        state.Write(FileName, whole);
        return state.File(FileName);
    }

    private static string Key(string id) => $"parts:{id}";
}
