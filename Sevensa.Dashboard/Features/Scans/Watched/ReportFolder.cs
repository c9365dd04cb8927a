using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Platform.Hosting;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans.Watched;

/// <summary>
/// Takes in the reports that are laid into a folder (<c>Scans:Folder</c>): a scanner on a schedule needs no token then. What was
/// taken in goes to <c>taken/</c> with its answer beside it, what can't be read to <c>refused/</c> with the reason. Whoever may
/// write there speaks for all tenants.
/// </summary>
internal sealed class ReportFolder(
    ScanDesk desk,
    IOptions<ScansOptions> options,
    IOptions<JsonOptions> json,
    StartWork start,
    TimeProvider time,
    ILogger<ReportFolder> log
) : BackgroundService
{
    /// <summary>What the API takes as parameters stands in a file of this ending beside the report.</summary>
    private const string Said = ".query";

    private const int MostSaid = 4_000;

    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);

    /// <summary>A scanner that writes into the folder itself may rest for so long.</summary>
    private static readonly TimeSpan StillWritten = TimeSpan.FromMinutes(1);

    // A file that grew since the last look is still being written.
    private Dictionary<string, (long Length, DateTime Written)> seen = new(StringComparer.Ordinal);

    // Can't be opened or moved: passed over until they change, so that they stop no others.
    private readonly Dictionary<string, (long Length, DateTime Written)> stuck = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Value.Folder is not { Length: > 0 } folder || !await start.IsDoneAsync(stoppingToken))
        {
            return;
        }
        await LastingWork.RunAsync(
            "Taking in reports from the folder",
            stop => LookAsync(folder, stop),
            rest => Task.Delay(Every, time, rest),
            log,
            time,
            stoppingToken
        );
    }

    private async Task LookAsync(string folder, CancellationToken cancellation)
    {
        var now = new Dictionary<string, (long, DateTime)>(StringComparer.Ordinal);
        var ready = new List<FileInfo>();
        foreach (var file in new DirectoryInfo(folder).EnumerateFiles().Where(IsReport))
        {
            var state = (file.Length, file.LastWriteTimeUtc);
            now[file.Name] = state;
            if (seen.TryGetValue(file.Name, out var before) && before == state && !IsStuck(file.Name, state))
            {
                ready.Add(file);
            }
        }
        seen = now;
        foreach (var gone in stuck.Keys.Where(name => !now.ContainsKey(name)).ToList())
        {
            stuck.Remove(gone);
        }
        foreach (var file in ready.OrderBy(file => file.LastWriteTimeUtc))
        {
            await TakeAsync(file, cancellation);
        }
    }

    private bool IsStuck(string name, (long, DateTime) state) =>
        stuck.TryGetValue(name, out var before) && before == state;

    /// <summary>No link, nothing empty (a pipe is, too) or hidden, nothing that says of itself that it is not done.</summary>
    private static bool IsReport(FileInfo file) =>
        file.LinkTarget is null
        && file.Length > 0
        && !file.Name.StartsWith('.')
        && file.Extension is not (Said or ".part" or ".tmp" or ".partial");

    private async Task TakeAsync(FileInfo file, CancellationToken cancellation)
    {
        try
        {
            var taken = await ReadAsync(file, cancellation);
            Put(file, "taken", JsonSerializer.Serialize(taken, json.Value.SerializerOptions));
        }
        catch (NotKnownYetException)
        {
            // Whose the image is will be known soon.
        }
        catch (UnreadableReportException) when (time.GetUtcNow() - file.LastWriteTimeUtc < StillWritten)
        {
            // Half of it may still be on its way.
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            log.LogWarning("The report {File} in the folder is refused: {Reason}", file.Name, exception.Message);
            Guarded(file, () => Put(file, "refused", exception.Message));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            PassOver(file, exception);
        }
    }

    private void Guarded(FileInfo file, Action deed)
    {
        try
        {
            deed();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            PassOver(file, exception);
        }
    }

    private void PassOver(FileInfo file, Exception why)
    {
        if (why is FileNotFoundException or DirectoryNotFoundException)
        {
            // Another dashboard took it.
            return;
        }
        if (seen.TryGetValue(file.Name, out var state))
        {
            stuck[file.Name] = state;
        }
        log.LogWarning("The report {File} in the folder can't be taken in: {Reason}", file.Name, why.Message);
    }

    private static bool IsRefusal(Exception exception) =>
        exception is UnreadableReportException or UnknownKindException or UnknownEncodingException;

    private async Task<FolderReport> ReadAsync(FileInfo file, CancellationToken cancellation)
    {
        if (file.Length > ScansOptions.MostBytes)
        {
            throw new UnreadableReportException(
                $"The report has {file.Length} bytes; {ScansOptions.MostBytes} are the most that are taken in."
            );
        }
        var said = SaidOf(file);
        await using var body = file.OpenRead();
        return await desk.TakeFromFolderAsync(
            new ReportSent(
                body,
                said.GetValueOrDefault("image"),
                said.GetValueOrDefault("digest"),
                said.GetValueOrDefault("format"),
                said.GetValueOrDefault("kinds"),
                said.GetValueOrDefault("platform"),
                said.GetValueOrDefault("scanner")
            ),
            file.Name,
            cancellation
        );
    }

    private static Dictionary<string, string> SaidOf(FileInfo file)
    {
        var beside = new FileInfo(file.FullName + Said);
        if (!beside.Exists || beside.LinkTarget is not null)
        {
            return [];
        }
        if (beside.Length > MostSaid)
        {
            throw new UnreadableReportException($"What is said in {beside.Name} is longer than {MostSaid} characters.");
        }
        return QueryHelpers
            .ParseQuery(File.ReadAllText(beside.FullName, Encoding.UTF8).Trim())
            .ToDictionary(pair => pair.Key, pair => pair.Value.ToString(), StringComparer.Ordinal);
    }

    private void Put(FileInfo file, string where, string words)
    {
        var place = Directory.CreateDirectory(Path.Combine(file.DirectoryName!, where));
        if (place.LinkTarget is not null)
        {
            // Whoever may write here would choose where the dashboard writes.
            throw new IOException($"{where} is a link.");
        }
        var folder = place.FullName;
        var at = time.GetUtcNow().ToString("yyyyMMdd-HHmmssfff", System.Globalization.CultureInfo.InvariantCulture);
        var target = Path.Combine(folder, $"{at}-{file.Name}");
        var beside = file.FullName + Said;
        file.MoveTo(target);
        if (File.Exists(beside))
        {
            File.Move(beside, target + Said);
        }
        File.WriteAllText($"{target}.{(where == "taken" ? "answer.json" : "reason.txt")}", words);
    }
}

/// <summary>What became of a report from the folder.</summary>
/// <param name="Findings">How many it has.</param>
/// <param name="Kinds">Of which it counts as a scan.</param>
/// <param name="Warnings">What its sender should know, in words.</param>
internal sealed record FolderReport(
    string Id,
    string Image,
    string Digest,
    bool IsNew,
    int Findings,
    IReadOnlyList<FindingKind> Kinds,
    IReadOnlyList<string> Warnings
);
