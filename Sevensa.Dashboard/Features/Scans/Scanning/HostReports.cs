using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Scans.Reports;

namespace Sevensa.Dashboard.Features.Scans.Scanning;

/// <summary>
/// Takes in what the scanners of hosts find, by the same door as everybody's reports: a host speaks for the tenants that it is
/// bound to, of images that their containers run there.
/// </summary>
internal sealed class HostReports(
    IFleet fleet,
    ScanDesk desk,
    HostScanners scanners,
    ArrivingReports arriving,
    KeptLists lists
) : IScanListener
{
    private const string Grype = "grype";
    private const string Trivy = "trivy";

    public void OnScanner(string hostId, ScannerReport report) => scanners.Put(hostId, report);

    public async Task<ScanAnswer> OnPieceAsync(string hostId, ScanPiece piece, CancellationToken cancellation)
    {
        var (packed, answer) = arriving.Take(hostId, piece);
        return packed is null ? answer : await TakeInAsync(hostId, piece.Of, packed, cancellation);
    }

    public async Task<IReadOnlyList<PartsToMatch>> PartsToMatchAsync(
        string hostId,
        string scanner,
        CancellationToken cancellation
    ) => Host(hostId) is { } host ? await lists.OfAsync(host, scanner, cancellation) : [];

    public async Task<byte[]?> PartsAsync(string hostId, string id, CancellationToken cancellation) =>
        Host(hostId) is { } host ? await lists.ReadAsync(host, id, cancellation) : null;

    private DockerHost? Host(string hostId) => fleet.Hosts.FirstOrDefault(host => host.Id == hostId);

    private async Task<ScanAnswer> TakeInAsync(
        string hostId,
        ScannedImage of,
        byte[] packed,
        CancellationToken cancellation
    )
    {
        if (Host(hostId) is not { } host || of.Scanner is not (Trivy or Grype))
        {
            return new ScanAnswer(false, "This scanner's reports are not taken from hosts.");
        }
        var said = of.Parts is { } parts
            ? await lists.SaidAsync(host, parts, of.Scanner, cancellation)
            : Running(host, of);
        if (said is not var (caller, sent))
        {
            return new ScanAnswer(
                false,
                of.Parts is null
                    ? "No container of a tenant that this host may report runs that image here now."
                    : "That list of parts is not kept any more, or is not this host's to match."
            );
        }
        using var body = new MemoryStream(packed, writable: false);
        try
        {
            var taken = await desk.TakeInAsync(
                caller,
                sent with
                {
                    Body = body,
                    Format = of.Scanner,
                    Kinds = of.Kinds,
                    Encoding = "gzip",
                },
                cancellation
            );
            return new ScanAnswer(
                true,
                $"{taken.Counts.Total} findings in {taken.Image}: {taken.Counts.Critical} critical, {taken.Counts.High} high."
            );
        }
        catch (NotKnownYetException exception)
        {
            return new ScanAnswer(false, exception.Message, Again: true);
        }
        catch (Exception exception)
            when (exception
                    is UnreadableReportException
                        or UnknownKindException
                        or UnknownEncodingException
                        or ForbiddenException
            )
        {
            return new ScanAnswer(false, exception.Message);
        }
    }

    private (Caller Caller, ReportSent Sent)? Running(DockerHost host, ScannedImage of)
    {
        var running = fleet
            .Containers.Where(container =>
                container.HostId == host.Id
                && container.Facts is { Tenant: not null }
                && host.MayReport(container.Facts.Tenant)
                && container.Facts.ImageId == of.ImageId
            )
            .ToList();
        if (ImageDigest.Bare(of.ImageId) is null || running.Count == 0)
        {
            return null;
        }
        var facts = running[0].Facts;
        return (
            // Not of all that the host is bound to: who does not run it would have it once it is stopped.
            HostCaller.Of(host, TenantSet.Of([.. running.Select(container => container.Facts.Tenant!).Distinct()])),
            new ReportSent(
                Stream.Null,
                ScanRights.NameOf(facts),
                ImageDigest.Bare(facts.ImageDigest) ?? of.ImageId,
                Platform: of.Platform
            )
        );
    }
}

/// <summary>As whom a host hands in reports, and nothing else.</summary>
internal static class HostCaller
{
    public static Caller Of(DockerHost host, TenantSet tenants) =>
        new(
            $"host:{host.Id}",
            $"the runner on {host.Name}",
            Role.Operator,
            IsPerson: false,
            tenants,
            ApiScopes.ScansWrite
        );
}
