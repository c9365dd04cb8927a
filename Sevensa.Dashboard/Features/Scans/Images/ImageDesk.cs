using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Gating;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Scans.Images;

/// <summary>All images that a caller sees: those that were reported on, and those that run and nobody scanned.</summary>
internal sealed class ImageDesk(
    FindingQuestions questions,
    RunningImages runningImages,
    ImageStore imageStore,
    ImageListStore store,
    Gate gate,
    TimeProvider time
)
{
    /// <summary>The gate is asked of each.</summary>
    private const int UsualPage = 50;

    private static readonly ListOrder<Entry> ByName = new ListOrder<Entry>("images")
        .By(entry => entry.Name)
        .By(entry => entry.Id);

    /// <summary>By what they are called.</summary>
    /// <exception cref="UnknownTenantException">404</exception>
    /// <exception cref="BadHttpRequestException">400: the cursor is none that was given out.</exception>
    public async Task<Page<ImageLine>> ListAsync(
        Caller caller,
        ImagesAsked asked,
        PageAsked page,
        CancellationToken cancellation
    )
    {
        ByName.Check(page);
        var filter = new FindingFilter(asked.Tenant)
        {
            Exposure = asked.Exposure,
            Running = asked.Running,
            RunsAsRoot = asked.Root,
        };
        var question = await questions.AskAsync(caller, filter, alsoOwned: true, cancellation);
        var known = question.Asked.Images is { } ids
            ? await imageStore.ImagesAsync(ids, cancellation)
            : await imageStore.AllImagesAsync(question.Asked.Except, cancellation);
        var entries = known
            .Where(image => asked.Scanned is null || (image.Row.ScannedAt is not null) == asked.Scanned)
            .Select(image => Reported(caller, image, question.ContainersOf(image.Row.Id)))
            .Concat(asked.Scanned == true ? [] : await UnreportedAsync(question.Scope, asked, cancellation))
            .Where(entry =>
                string.IsNullOrWhiteSpace(asked.Name)
                || entry.Name.Contains(asked.Name.Trim(), StringComparison.OrdinalIgnoreCase)
            );
        var judged = await JudgedAsync(caller, asked, [.. entries], page, cancellation);
        return new Page<ImageLine>(await LinesAsync(caller, asked.Tenant, judged.Items, cancellation), judged.Next);
    }

    /// <summary>Those of a page with what the gate says of each; it is asked of no more than it takes to fill the page.</summary>
    private async Task<Page<Judged>> JudgedAsync(
        Caller caller,
        ImagesAsked asked,
        IReadOnlyList<Entry> entries,
        PageAsked page,
        CancellationToken cancellation
    )
    {
        var most = PageSize.Of(page.Limit, UsualPage);
        var looked = asked.Verdict is null ? most : PageSize.Most;
        var window = ByName.Page(entries, page with { Limit = looked }, entry => entry);
        var judged = new List<Judged>(most);
        foreach (var (index, entry) in window.Items.Index())
        {
            var verdict = await gate.JudgeAsync(caller, entry.Digest, asked.Tenant, cancellation);
            if (
                asked.Verdict is { } wanted
                && !verdict.Verdict.Equals(wanted.ToString(), StringComparison.OrdinalIgnoreCase)
            )
            {
                continue;
            }
            judged.Add(new Judged(entry, verdict));
            if (judged.Count == most)
            {
                var upTo = ByName.Page(entries, page with { Limit = index + 1 }, one => one);
                return new Page<Judged>(judged, upTo.Next);
            }
        }
        return new Page<Judged>(judged, window.Next);
    }

    private static Entry Reported(Caller caller, KnownImage image, IReadOnlyList<RunningContainer> containers) =>
        new(image.Row.Id, RunningImages.NameFor(caller, image.Row, containers), image, containers);

    private async Task<IEnumerable<Entry>> UnreportedAsync(
        TenantScope scope,
        ImagesAsked asked,
        CancellationToken cancellation
    )
    {
        var unreported = await runningImages.UnreportedAsync(scope.Holds, cancellation);
        return unreported
            .Where(one =>
                Exposures.Of(one.Value) is var exposure
                && (asked.Exposure is not { } least || exposure >= least)
                && (asked.Running is null || (exposure != Exposure.NotRunning) == asked.Running)
                && (!asked.Root || Exposures.RunsAsRoot(one.Value))
            )
            .Select(one => new Entry(
                one.Key,
                one.Value.Select(container => container.Image).FirstOrDefault(name => name is not null) ?? one.Key,
                null,
                one.Value
            ));
    }

    private async Task<IReadOnlyList<ImageLine>> LinesAsync(
        Caller caller,
        string? tenant,
        IReadOnlyList<Judged> judged,
        CancellationToken cancellation
    )
    {
        string[] ids = [.. judged.Select(one => one.Entry.Image?.Row.Id).OfType<string>()];
        var open = await store.OpenAsync(ids, time.GetUtcNow(), cancellation);
        var scanned = await store.ScansAsync(ids, cancellation);
        var lines = new List<ImageLine>(judged.Count);
        foreach (var (entry, verdict) in judged)
        {
            var row = entry.Image?.Row;
            lines.Add(
                new ImageLine(
                    entry.Id,
                    entry.Name,
                    entry.Digest,
                    entry.Image?.Digests ?? [entry.Digest],
                    row?.Platform,
                    row?.ScannedAt,
                    [.. scanned[entry.Id]],
                    row?.EndOfLife,
                    new ImageVerdict(verdict.Verdict, verdict.Policy, verdict.Rule, verdict.Reason, verdict.Total),
                    SeverityCounts.Of(open[entry.Id].SelectMany(one => Enumerable.Repeat(one.Severity, one.Count))),
                    [.. entry.Containers.Select(one => one.Container)],
                    Exposures.Running(entry.Containers),
                    Exposures.Of(entry.Containers),
                    Exposures.RunsAsRoot(entry.Containers),
                    Tenants(caller, tenant, entry)
                )
            );
        }
        return lines;
    }

    private static IReadOnlyList<string> Tenants(Caller caller, string? tenant, Entry entry)
    {
        if (tenant is not null)
        {
            return [tenant];
        }
        var running = entry.Containers.Select(one => one.Container.Tenant).Distinct();
        var owners = ImageOwners.Ids(entry.Image?.Row.Owners ?? "").Where(caller.MaySee);
        return [.. (entry.Containers.Count > 0 ? running : owners).Order(StringComparer.Ordinal)];
    }

    /// <param name="Image">Null of one that nobody reported on.</param>
    private sealed record Entry(string Id, string Name, KnownImage? Image, IReadOnlyList<RunningContainer> Containers)
    {
        public string Digest => Image?.Row.Digest ?? Id;
    }

    private sealed record Judged(Entry Entry, GateVerdict Verdict);
}
