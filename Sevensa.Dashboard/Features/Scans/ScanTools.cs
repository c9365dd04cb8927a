using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>What the assistant and MCP may ask of scans.</summary>
internal sealed class ScanTools(FindingDesk desk) : IToolSource
{
    private const int Most = 50;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description(
                "Lists open findings in the images that a tenant's containers run, the most severe first, with the version that fixes them."
            )]
            async ([Description("Tenant id, e.g. platform")] string tenant, CancellationToken cancellation) =>
            {
                var filter = new FindingFilter(tenant, State: FindingState.Open);
                var open = await desk.ListAsync(caller, filter, null, Most, cancellation);
                var counts = await desk.CountAsync(caller, filter, cancellation);
                return new FindingsSeen(
                    counts.Values.Sum(),
                    [
                        .. open.Items.Select(finding => new FindingSeen(
                            FindingKinds.Word(finding.Kind),
                            JsonNamingPolicy.CamelCase.ConvertName(finding.Severity.ToString()),
                            finding.Vulnerability,
                            finding.Package,
                            finding.Installed,
                            finding.FixedVersion,
                            [.. finding.Containers.Select(container => container.Name)]
                        )),
                    ],
                    $"/tenants/{tenant}/scans"
                );
            },
            "list_findings"
        );
    }

    private sealed record FindingsSeen(int Total, IReadOnlyList<FindingSeen> Findings, string Link);

    private sealed record FindingSeen(
        string Kind,
        string Severity,
        string Vulnerability,
        string Package,
        string Installed,
        string? FixedVersion,
        IReadOnlyList<string> Containers
    );
}
