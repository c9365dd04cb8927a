using System.Text.Json;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;

namespace Sevensa.Dashboard.Features.Scans;

/// <summary>A finding, and the containers that run its image.</summary>
public sealed record Finding(
    string Id,
    string Vulnerability,
    string Package,
    string Installed,
    string? FixedVersion,
    Severity Severity,
    string Place,
    string? Title,
    string? Url,
    string Image,
    string ImageDigest,
    FindingState State,
    string? Reason,
    DateTimeOffset? Until,
    string? DecidedBy,
    DateTimeOffset FirstSeenAt,
    DateTimeOffset LastSeenAt,
    IReadOnlyList<AffectedContainer> Containers
);

public sealed record AffectedContainer(
    string Id,
    string Name,
    string Service,
    string Tenant,
    string Host,
    string State
);

internal sealed record FindingFilter(string? Tenant = null, Severity? Severity = null, FindingState? State = null);

/// <summary>Answered as 404.</summary>
internal sealed class UnknownFindingException(string id) : Exception($"There is no finding \"{id}\" that you can see.");

/// <summary>Answered as 422.</summary>
internal sealed class UndecidableException(string message) : Exception(message);

/// <summary>Findings as the containers of a tenant have them, and what is decided about them.</summary>
internal sealed class FindingDesk(
    ScanStore store,
    IFleet fleet,
    ITenantScopes scopes,
    IStrangers strangers,
    IAuditLog audit,
    TimeProvider time
) : IFindings
{
    /// <summary>The most severe first.</summary>
    public async Task<IReadOnlyList<Finding>> ListAsync(
        Caller caller,
        FindingFilter filter,
        CancellationToken cancellation
    )
    {
        var everything = filter.Tenant is null && caller.Tenants.IsAll;
        var scope = filter.Tenant is null
            ? await scopes.ForAllAsync(caller, cancellation)
            : await scopes.ForAsync(caller, filter.Tenant, cancellation);
        var running = await RunningAsync(scope.Holds, cancellation);
        var found = await store.FindingsAsync(everything ? null : [.. running.Keys], cancellation);
        var now = time.GetUtcNow();
        return
        [
            .. found
                .Select(row => Of(row.Finding, row.Image, running.GetValueOrDefault(row.Image.Id) ?? [], now))
                .Where(finding => filter.Severity is null || finding.Severity == filter.Severity)
                .Where(finding => filter.State is null || finding.State == filter.State),
        ];
    }

    public async Task<FindingCounts> CountAsync(Caller caller, string tenant, CancellationToken cancellation)
    {
        var open = await ListAsync(caller, new FindingFilter(tenant, State: FindingState.Open), cancellation);
        int Count(Severity severity) => open.Count(finding => finding.Severity == severity);
        return new FindingCounts(
            Count(Severity.Critical),
            Count(Severity.High),
            Count(Severity.Medium),
            Count(Severity.Low),
            Count(Severity.Unknown)
        );
    }

    /// <param name="decision"><c>accept</c> (with a reason), <c>fixed</c> or <c>reopen</c>.</param>
    /// <param name="until">For an acceptance: open again after this.</param>
    /// <exception cref="UnknownFindingException">404</exception>
    /// <exception cref="UndecidableException">422</exception>
    /// <exception cref="ForbiddenException">403</exception>
    public async Task<Finding> DecideAsync(
        Caller caller,
        string id,
        string? decision,
        string? reason,
        DateTimeOffset? until,
        CancellationToken cancellation
    )
    {
        var now = time.GetUtcNow();
        var row = await store.FindAsync(id, cancellation) ?? throw new UnknownFindingException(id);
        var all = (await RunningAsync(_ => true, cancellation)).GetValueOrDefault(row.ImageId) ?? [];
        var seen = all.Where(container => caller.MaySee(container.Tenant)).ToList();
        if (seen.Count == 0 && !caller.Tenants.IsAll)
        {
            await strangers.RecordAsync(caller, $"the finding {id}", cancellation);
            throw new UnknownFindingException(id);
        }
        if (!caller.MayPropose)
        {
            throw new ForbiddenException("Deciding about findings needs the role Operator.");
        }
        var state = decision switch
        {
            "accept" => FindingState.Accepted,
            "fixed" => FindingState.Fixed,
            "reopen" => FindingState.Open,
            _ => throw new UndecidableException("The decision is accept, fixed or reopen."),
        };
        var why = string.IsNullOrWhiteSpace(reason) ? null : reason.Trim();
        if (state == FindingState.Accepted)
        {
            CheckAcceptance(caller, why, until, now, seen.Count < all.Count);
        }
        if (why?.Length > 1000)
        {
            throw new UndecidableException("The reason is longer than 1000 characters.");
        }
        await audit.AppendAsync(
            new AuditEntry(
                caller.Actor(),
                state switch
                {
                    FindingState.Accepted => "finding.accepted",
                    FindingState.Fixed => "finding.fixed",
                    _ => "finding.reopened",
                },
                seen.FirstOrDefault()?.Tenant,
                row.Id,
                Detail: $"{row.Vulnerability} in {row.Package} {row.Installed}: {why ?? "no reason given"}",
                Before: Told(row.StateAt(now), row.Reason, row.Until),
                After: Told(state, why, state == FindingState.Accepted ? until : null)
            ),
            cancellation
        );
        var decided =
            await store.DecideAsync(
                id,
                state,
                why,
                state == FindingState.Accepted ? until : null,
                caller.Name,
                now,
                cancellation
            ) ?? throw new UnknownFindingException(id);
        var image = await store.ImageAsync([decided.ImageId], cancellation);
        return Of(decided, image!, seen, now);
    }

    /// <summary>The bare digests by which a scan may know what a container runs.</summary>
    public static IEnumerable<string> DigestsOf(ContainerFacts container) =>
        new[] { ImageDigest.Bare(container.ImageDigest), ImageDigest.Bare(container.ImageId) }
            .OfType<string>()
            .Distinct();

    private static void CheckAcceptance(
        Caller caller,
        string? reason,
        DateTimeOffset? until,
        DateTimeOffset now,
        bool concernsOthers
    )
    {
        if (!caller.IsPerson)
        {
            throw new ForbiddenException("Accepting a finding is a person's decision; this token acts for nobody.");
        }
        if (concernsOthers)
        {
            throw new ForbiddenException(
                "This image also runs for tenants that you don't see. Ask somebody who sees them all to accept it."
            );
        }
        if (reason is null)
        {
            throw new UndecidableException("Accepting a finding needs a reason: why may it stay?");
        }
        if (until <= now)
        {
            throw new UndecidableException("The time until which it is accepted has passed.");
        }
    }

    /// <summary>Scanned images that run now, with the containers that run them.</summary>
    private async Task<IReadOnlyDictionary<string, List<AffectedContainer>>> RunningAsync(
        Func<string, bool> wanted,
        CancellationToken cancellation
    )
    {
        var containers = fleet.Containers.Where(container => container.Facts.Tenant is { } of && wanted(of)).ToList();
        var digests = containers.SelectMany(container => DigestsOf(container.Facts)).ToHashSet(StringComparer.Ordinal);
        var images = await store.ImagesOfAsync(digests, cancellation);
        var running = new Dictionary<string, List<AffectedContainer>>(StringComparer.Ordinal);
        foreach (var container in containers)
        {
            foreach (
                var image in DigestsOf(container.Facts).Select(images.GetValueOrDefault).OfType<string>().Distinct()
            )
            {
                if (!running.TryGetValue(image, out var list))
                {
                    running[image] = list = [];
                }
                list.Add(
                    new AffectedContainer(
                        container.Facts.Id,
                        container.Facts.Name,
                        container.Facts.Service,
                        container.Facts.Tenant!,
                        container.HostName,
                        container.Facts.State
                    )
                );
            }
        }
        return running;
    }

    private static JsonElement Told(FindingState state, string? reason, DateTimeOffset? until) =>
        JsonSerializer.SerializeToElement(
            new JsonObject
            {
                ["state"] = JsonNamingPolicy.CamelCase.ConvertName(state.ToString()),
                ["reason"] = reason,
                ["until"] = until,
            }
        );

    private static Finding Of(
        FindingRow row,
        ScannedImageRow image,
        IReadOnlyList<AffectedContainer> containers,
        DateTimeOffset now
    ) =>
        new(
            row.Id,
            row.Vulnerability,
            row.Package,
            row.Installed,
            row.FixedVersion,
            row.Severity,
            row.Place,
            row.Title,
            row.Url,
            image.Image,
            image.Id,
            row.StateAt(now),
            row.Reason,
            row.Until,
            row.DecidedBy,
            row.FirstSeenAt,
            row.LastSeenAt,
            containers
        );
}
