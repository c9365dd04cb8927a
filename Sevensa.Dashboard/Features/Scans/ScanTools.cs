using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Gating;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>What the assistant and MCP may ask of scans.</summary>
internal sealed class ScanTools(FindingDesk desk, Gate gate, IFleet fleet) : IToolSource
{
    private const int Most = 50;

    private static readonly string[] WorstFirst = ["deny", "unknown", "allow"];

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "Lists open findings in images that a tenant runs, the most urgent first, with exposure, fix, owner, due date, and the gate's verdict on each image."
            )]
            async ([Description("Tenant id, e.g. platform")] string tenant, CancellationToken cancellation) =>
            {
                var filter = new FindingFilter(tenant, State: FindingState.Open, Order: FindingOrder.Priority);
                var open = await desk.ListAsync(caller, filter, null, Most, cancellation);
                var counts = await desk.CountAsync(caller, filter, cancellation);
                var overdue = await desk.CountAsync(caller, filter with { Overdue = true }, cancellation);
                var images = await VerdictsAsync(caller, tenant, cancellation);
                return new FindingsSeen(
                    counts.Values.Sum(),
                    overdue.Values.Sum(),
                    [
                        .. open.Items.Select(finding => new FindingSeen(
                            FindingKinds.Word(finding.Kind),
                            JsonNamingPolicy.CamelCase.ConvertName(finding.Severity.ToString()),
                            finding.Vulnerability,
                            finding.Package,
                            finding.Installed,
                            finding.FixedVersion,
                            [.. finding.Containers.Select(container => container.Name)],
                            JsonNamingPolicy.CamelCase.ConvertName(finding.Exposure.ToString()),
                            finding.RunsAsRoot,
                            finding.Owner?.Name,
                            finding.DueAt,
                            finding.Overdue
                        )),
                    ],
                    images.Count,
                    [.. images.Take(Most)],
                    $"/tenants/{tenant}/scans"
                );
            },
            "list_findings"
        );
    }

    /// <summary>Of all that the tenant runs: what the gate would not let pass first, and of that the most severe.</summary>
    private async Task<IReadOnlyList<ImageSeen>> VerdictsAsync(
        Caller caller,
        string tenant,
        CancellationToken cancellation
    )
    {
        var running = fleet
            .ContainersOf(tenant)
            .Select(container => (container.Facts, Digest: ScanRights.DigestsOf(container.Facts).FirstOrDefault()))
            .Where(container => container.Digest is not null)
            .GroupBy(container => container.Digest!);
        var seen = new List<(ImageSeen Image, Severity Worst, int Total)>();
        foreach (var image in running)
        {
            var verdict = await gate.JudgeAsync(caller, image.Key, tenant, cancellation);
            seen.Add(
                (
                    new ImageSeen(
                        image
                            .Select(container => ScanRights.NameOf(container.Facts))
                            .FirstOrDefault(name => name is not null)
                            ?? image.Key,
                        [
                            .. image
                                .Select(container => container.Facts.Service)
                                .Distinct()
                                .Order(StringComparer.Ordinal),
                        ],
                        verdict.Verdict,
                        verdict.Rule,
                        verdict.Reason
                    ),
                    verdict.Findings.Select(finding => finding.Severity).DefaultIfEmpty().Max(),
                    verdict.Total
                )
            );
        }
        return
        [
            .. seen.OrderBy(one => Array.IndexOf(WorstFirst, one.Image.Verdict))
                .ThenByDescending(one => one.Worst)
                .ThenByDescending(one => one.Total)
                .ThenBy(one => one.Image.Image, StringComparer.Ordinal)
                .Select(one => one.Image),
        ];
    }

    private sealed record FindingsSeen(
        int Total,
        int Overdue,
        IReadOnlyList<FindingSeen> Findings,
        int ImagesTotal,
        IReadOnlyList<ImageSeen> Images,
        string Link
    );

    /// <param name="Verdict"><c>allow</c>, <c>deny</c> or <c>unknown</c>.</param>
    private sealed record ImageSeen(
        string Image,
        IReadOnlyList<string> Services,
        string Verdict,
        string Rule,
        string Reason
    );

    private sealed record FindingSeen(
        string Kind,
        string Severity,
        string Vulnerability,
        string Package,
        string Installed,
        string? FixedVersion,
        IReadOnlyList<string> Containers,
        string Exposure,
        bool RunsAsRoot,
        string? Owner,
        DateTimeOffset? DueAt,
        bool Overdue
    );
}
