using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Originals;

namespace Sevensa.Dashboard.Features.Scans.Scanning;

/// <summary>
/// The lists of parts (SBOMs) that hosts match again when their scanners have new advisories: each by the scanner of the family
/// that made it, and only of tenants that the host is bound to.
/// </summary>
internal sealed class KeptLists(PartsStore parts, OriginalStore originals, ScanStore scans, ImageStore imageStore)
{
    /// <summary>Whose lists a scanner reads rightly; of another's it would miss packages of the system.</summary>
    private static string? MakerFor(string scanner) =>
        scanner switch
        {
            "grype" => "syft",
            "trivy" => "trivy",
            _ => null,
        };

    /// <summary>Those that this host may match with its scanner.</summary>
    public async Task<PartsToMatch[]> OfAsync(DockerHost host, string scanner, CancellationToken cancellation)
    {
        if (MakerFor(scanner) is not { } maker)
        {
            return [];
        }
        var mine = (await parts.NewestAsync(maker, cancellation))
            .Where(one => IsFor(host, one))
            .Take(PartsToMatch.Most)
            .ToList();
        var images = (await imageStore.ImagesAsync([.. mine.Select(one => one.ImageId)], cancellation)).ToDictionary(
            image => image.Row.Id,
            image => image.Row.Image,
            StringComparer.Ordinal
        );
        return [.. mine.Select(one => new PartsToMatch(one.Id, images.GetValueOrDefault(one.ImageId) ?? one.ImageId))];
    }

    /// <summary>One as it was sent, packed (gzip); null when it is not this host's, not kept, or too large for a message.</summary>
    public async Task<byte[]?> ReadAsync(DockerHost host, string id, CancellationToken cancellation)
    {
        if (
            await parts.FindAsync(id, cancellation) is not { } one
            || !IsFor(host, one)
            || await originals.FindAsync(one.Hash, cancellation) is not { Packed: <= PartsToMatch.MostPacked } original
        )
        {
            return null;
        }
        using var whole = new MemoryStream();
        for (var number = 0; number < original.Pieces; number++)
        {
            if (await originals.PieceAsync(original.Set, number, cancellation) is not { } piece)
            {
                return null;
            }
            whole.Write(piece);
        }
        return whole.ToArray();
    }

    /// <summary>As whom a match is handed in, and what is said of it; null when the list is not this host's to match with that scanner.</summary>
    public async Task<(Caller Caller, ReportSent Sent)?> SaidAsync(
        DockerHost host,
        string id,
        string scanner,
        CancellationToken cancellation
    )
    {
        if (
            MakerFor(scanner) is not { } maker
            || await parts.FindAsync(id, cancellation) is not { } one
            || !IsFor(host, one)
            || await scans.ReportAsync(id, cancellation) is not { } report
            || report.Scanner != maker
            || await imageStore.ImagesAsync([one.ImageId], cancellation) is not [var image, ..]
        )
        {
            return null;
        }
        return (
            HostCaller.Of(
                host,
                one.Owners == ImageOwners.All ? TenantSet.All : TenantSet.Of(ImageOwners.Ids(one.Owners))
            ),
            new ReportSent(Stream.Null, image.Row.Image, image.Row.Digest, Platform: image.Row.Platform)
        );
    }

    /// <summary>What was sent for everybody is for hosts alone that may report anybody's.</summary>
    private static bool IsFor(DockerHost host, KeptParts one) =>
        host.Tenants is not { } tenants || ImageOwners.AreAllOf(one.Owners, tenants);
}
