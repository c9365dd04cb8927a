using System.Security.Cryptography;
using Sevensa.Dashboard.Features.Scans.Originals;
using Sevensa.Dashboard.Features.Scans.Reports;
using Sevensa.Dashboard.Features.Scans.Statements;
using Sevensa.Dashboard.Features.Scans.Trend;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>Reads a report and keeps what it says of its image, whichever way it came.</summary>
internal sealed class ReportIntake(
    ReportReaders readers,
    ScanStore store,
    ImageStore imageStore,
    StatementIntake statements,
    OriginalStore originals,
    ScanRights rights,
    StoreLocks locks,
    FixedFindingStore fixes,
    ReportNews news,
    TimeProvider time
)
{
    /// <summary>A clock may be wrong by so much without a word.</summary>
    private static readonly TimeSpan ClockMayBeAhead = TimeSpan.FromMinutes(1);

    /// <param name="original">Gets what was sent.</param>
    /// <exception cref="UnreadableReportException">422: unknown format, no such report, or no digest.</exception>
    /// <exception cref="UnknownKindException">422</exception>
    /// <exception cref="UnknownEncodingException">415</exception>
    public async Task<ReadReport> ReadAsync(ReportSent sent, PackedOriginal original, CancellationToken cancellation)
    {
        sent.Check();
        var asked = FindingKinds.Read(sent.Kinds);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await using var body = await ReportBody.OpenAsync(sent.Body, sent.Encoding, cancellation);
        await using var hashed = new ReportTap(body, hash, original);
        var (report, format) = await readers.ReadAsync(hashed, sent.Format, cancellation);
        report = Makers.Known(report with { Scanner = report.Scanner ?? Makers.Name(sent.Scanner) }, format);
        var warnings = new List<string>(report.Notes);
        if (report is { Made: { } made, ScannedAt: null })
        {
            warnings.Add(
                $"Its time, \"{ReportJson.Cut(made, 60)}\", is none at which a scan can have been made: it is taken as made now."
            );
        }
        var names = ImageNames.Of(sent.Digest, sent.Platform, report, warnings);
        return new ReadReport(
            report,
            format,
            CountedFinding.Of(report.Findings),
            asked,
            names,
            Convert.ToHexStringLower(hash.GetHashAndReset()),
            original,
            warnings
        );
    }

    /// <param name="check">Whether it may be, by the images that are known by one of its names; throws when not.</param>
    /// <param name="record">Before anything is written: the image's name, the report and all digests.</param>
    public async Task<Taken> KeepAsync(
        Sender sender,
        ReportSent sent,
        ReadReport read,
        Func<IReadOnlyList<KnownImage>, Task> check,
        Func<string, ScanReportRow, IReadOnlyCollection<string>, Task> record,
        CancellationToken cancellation
    )
    {
        HashSet<string> names = [.. read.Names.Digests];
        while (true)
        {
            // Two reports of one image are taken in one after the other, since each is compared with what is there. An image has
            // several names and a report may know one of them only, so all that are known to be its are asked for.
            await using var turn = await locks.TakeAsync(ImageDigest.LocksOf(names), cancellation);
            // Looked up and checked here: the one before may have been of this image.
            var known = await imageStore.KnownAsync(read.Names.Digests, cancellation);
            string[] all = [.. read.Names.Digests.Union(known.SelectMany(image => image.Digests))];
            if (!names.IsSupersetOf(all))
            {
                names.UnionWith(all);
                continue;
            }
            await check(known);
            var taken = await KeepAsync(sender, sent, read, all, known, record, cancellation);
            if (taken.IsKept && read.MayHoldSecrets)
            {
                read.Warnings.Add(
                    $"What was sent is not kept: {read.Report.Scanner ?? "its scanner"} may write the secrets that it finds into its report."
                );
            }
            else if (taken.IsKept)
            {
                await originals.KeepAsync(read.Hash, read.Original, cancellation);
            }
            return taken;
        }
    }

    private async Task<Taken> KeepAsync(
        Sender sender,
        ReportSent sent,
        ReadReport read,
        IReadOnlyCollection<string> all,
        IReadOnlyList<KnownImage> known,
        Func<string, ScanReportRow, IReadOnlyCollection<string>, Task> record,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var scannedAt = read.Report.ScannedAt ?? now;
        if (scannedAt > now)
        {
            if (scannedAt > now + ClockMayBeAhead)
            {
                read.Warnings.Add(
                    $"Its time, {scannedAt:yyyy-MM-dd HH:mm:ss}Z, has not come yet: it is taken as made now. The clock where it was made is ahead."
                );
            }
            scannedAt = now;
        }
        var (image, name) = ImageFor(sender, sent, read, known, all);
        var series = await ReportSeries.OfAsync(
            store,
            image.Id,
            read.Report,
            read.Asked,
            !string.IsNullOrWhiteSpace(sent.Platform),
            read.Warnings,
            cancellation
        );
        var order = ScanOrder.Of(
            read.Report,
            read.Findings,
            read.Asked,
            image,
            read.Names,
            scannedAt,
            series,
            read.Warnings
        );
        var report = read.Row(image, order, scannedAt, now, sender);
        if (read.Report.Vex is { } vex)
        {
            var of = (image, name, report, order);
            return await StateAsync(sender, sent, read, vex, all, known, of, record, cancellation);
        }
        var before = await store.ReportAsync(report.Id, cancellation);
        // Without a time of its own a report is of now: the same again after another one is a new scan with the old result.
        if (
            before is not null
            && read.Report.ScannedAt is null
            && series.Before.Concat(series.Silent).Any(one => one.ScannedAt > before.ScannedAt)
        )
        {
            report = read.Row(image, order, scannedAt, now, sender, again: true);
            before = null;
        }
        if (before is not null)
        {
            // Found again as it was: without a time of its own that is a scan of now, and the image is scanned anew.
            var anew = read.Report.ScannedAt is null ? order.Series : [];
            if (order.Makes(FindingKind.Vulnerability, anew))
            {
                image.ScannedAt = scannedAt;
            }
            await store.FinishAsync(image, read.Names.Digests, anew, null, cancellation);
            return new Taken(image, name, before, order.Scanned, false, IsKept: true);
        }
        var isKnown = known.Any(one => one.Row.Id == image.Id);
        if (order.Spoken.Count == 0 && order.Series.Count == 0)
        {
            // A list of parts says nothing, and is kept: of several images of one name it would be of one more that nobody scanned.
            if (read.Report.Listed is not null && (isKnown || known.Count == 0))
            {
                await record(name, report, all);
                await store.FinishAsync(image, read.Names.Digests, [], report, cancellation);
                return new Taken(image, name, report, order.Scanned, true, IsKept: true);
            }
            // Nothing is said, but the names may be new to an image that is known, and a system without security data is told of any.
            if (image is { ScannedAt: null, EndOfLife: null } && read.Report.EndOfLife is { } system)
            {
                image.EndOfLife = system;
                await record(name, report, all);
                await store.FinishAsync(image, read.Names.Digests, [], null, cancellation);
            }
            else if (isKnown)
            {
                await store.FinishAsync(image, read.Names.Digests, [], null, cancellation);
            }
            return new Taken(image, name, report, order.Scanned, false, IsKept: false);
        }
        await record(name, report, all);
        var findings = await store.FindingsOfAsync(image.Id, cancellation);
        var merge = FindingMerge.Of(
            image.Id,
            series.Name,
            findings,
            order.Spoken.IsSupersetOf(read.Findings.Select(found => found.Finding.Kind))
                ? read.Findings
                : [.. read.Findings.Where(found => order.Spoken.Contains(found.Finding.Kind))],
            order.Closing,
            read.Report.NotLookedFor,
            now,
            cancellation,
            findings.Count == 0 ? await store.OpenBeforeAsync(image, cancellation) : null
        );
        if (merge.UnratedOtherNames > 0)
        {
            read.Warnings.Add(
                $"{merge.UnratedOtherNames} of its entries nobody rated: they are other names of vulnerabilities that it rates, and count as those."
            );
        }
        string[] digests =
        [
            .. read.Names.Digests.Union(known.Where(one => one.Row.Id == image.Id).SelectMany(one => one.Digests)),
        ];
        var stated = await statements.OfAsync(new KnownImage(image, digests), cancellation);
        merge.State(findings, stated, cancellation);
        await store.WriteAsync(merge, cancellation);
        await fixes.NotFixedAsync(merge.Reopened, cancellation);
        if (series.ClosedOfSilent(order.Closing, scannedAt) is { Count: > 0 } silent)
        {
            var (own, off) = (series.Silent[0].Scanner, read.Report.NotLookedFor);
            var gone = FindingMerge.Of(image.Id, own, findings, [], silent, off, now, cancellation);
            await store.WriteAsync(gone, cancellation);
        }
        if (order.Makes(FindingKind.Vulnerability, order.Series))
        {
            image.ScannedAt = image.ScannedAt > scannedAt ? image.ScannedAt : scannedAt;
            image.EndOfLife = read.Report.TellsEndOfLife ? read.Report.EndOfLife : image.EndOfLife;
        }
        else
        {
            image.EndOfLife ??= read.Report.EndOfLife;
        }
        await store.FinishAsync(image, read.Names.Digests, order.Series, report, cancellation);
        news.Note(image.Id);
        return new Taken(image, name, report, order.Scanned, true, IsKept: true);
    }

    /// <summary>A document of statements: it finds nothing and closes nothing, and says what of what others found counts.</summary>
    private async Task<Taken> StateAsync(
        Sender sender,
        ReportSent sent,
        ReadReport read,
        VexDocument vex,
        IReadOnlyCollection<string> all,
        IReadOnlyList<KnownImage> known,
        (ScannedImageRow Image, string Name, ScanReportRow Row, ScanOrder Order) of,
        Func<string, ScanReportRow, IReadOnlyCollection<string>, Task> record,
        CancellationToken cancellation
    )
    {
        string?[] called =
        [
            sent.Image,
            of.Name,
            rights.RunningName(all, sender.IsTheirs),
            .. known.Where(one => one.Row.Owners == sender.Owners).Select(one => one.Row.Image),
        ];
        var change = await statements.ReadAsync(
            vex,
            read.Names,
            known,
            called,
            sender.Name,
            sender.Owners,
            read.Warnings,
            cancellation
        );
        if (change?.TakesBack is { } former)
        {
            await sender.MayTakeBack(former, known);
        }
        if (change is not null && vex.Clears && known.Any(one => !rights.HoldsForAll(one)(change.Row.Owners)))
        {
            read.Warnings.Add(
                "Tenants have this image for which it was not sent: what it calls not affected or fixed clears nothing until it is sent for all of them."
            );
        }
        if (change is not { IsNew: true })
        {
            if (change is not null)
            {
                await statements.KeepAsync(change, known, cancellation);
            }
            var kept = await store.ReportAsync(of.Row.Id, cancellation);
            return new Taken(of.Image, of.Name, kept ?? of.Row, of.Order.Scanned, false, IsKept: kept is not null);
        }
        await record(of.Name, of.Row, all);
        await statements.KeepAsync(change, known, cancellation);
        foreach (var one in known)
        {
            news.Note(one.Row.Id);
        }
        await store.FinishAsync(of.Image, read.Names.Digests, [], of.Row, cancellation);
        return new Taken(of.Image, of.Name, of.Row, of.Order.Scanned, true, IsKept: true);
    }

    /// <returns>The image, and what its sender calls it.</returns>
    private (ScannedImageRow Image, string Name) ImageFor(
        Sender sender,
        ReportSent sent,
        ReadReport read,
        IReadOnlyList<KnownImage> known,
        IReadOnlyCollection<string> all
    )
    {
        var (names, report) = (read.Names, read.Report);
        // A statement is about all images of its digest, and makes none.
        var image = names.Among(known) ?? (report.Vex is not null && known is [var first, ..] ? first.Row : null);
        // What is kept is what its owners call it: nobody reads there how others do.
        var isOwners = image is null || image.Owners == sender.Owners;
        // An archive's or a folder's name is the last thing that an image is called by.
        var name = ReportJson.Cut(
            (string.IsNullOrWhiteSpace(sent.Image) ? null : StoreText.Whole(sent.Image.Trim()))
                ?? rights.RunningName(all, sender.IsTheirs)
                ?? report.Image
                ?? (isOwners ? image?.Image : null)
                ?? report.File
                ?? names.Shown,
            300
        );
        image ??= new ScannedImageRow
        {
            Id = names.NewId(known),
            Digest = names.Shown,
            Image = "",
            Owners = sender.Owners,
        };
        if (isOwners)
        {
            image.Image = name;
        }
        image.Platform ??= names.Platform;
        image.IsPinned |= names.ImageId is not null;
        return (image, name);
    }

    /// <param name="IsTheirs">Whether a tenant, or nobody, is among those for whom the report is handed in.</param>
    /// <param name="MayTakeBack">Whether it may come in the place of a version that blocks more; throws when not.</param>
    internal sealed record Sender(
        string Name,
        string Owners,
        Func<string?, bool> IsTheirs,
        Func<VexDocumentRow, IReadOnlyList<KnownImage>, Task> MayTakeBack
    );

    /// <param name="IsKept">Whether its row is there, and with it what was sent.</param>
    internal sealed record Taken(
        ScannedImageRow Image,
        string Name,
        ScanReportRow Report,
        IReadOnlySet<FindingKind> Scanned,
        bool IsNew,
        bool IsKept
    );
}
