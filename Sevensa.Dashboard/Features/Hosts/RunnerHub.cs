using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.SignalR;
using Sevensa.Dashboard.Features.Audit.Contracts;
using Sevensa.Dashboard.Features.Hosts.Across;
using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Hosts;

[JsonSerializable(typeof(HostFacts))]
[JsonSerializable(typeof(IReadOnlyList<string>))]
internal sealed partial class HostsJson : JsonSerializerContext;

/// <summary>Where runners connect to. Who holds an enrolment token may enrol; who holds an enrolled key may do the rest.</summary>
[Authorize(Policy = Policies.Runner)]
internal sealed class RunnerHub(
    Enrolments enrolments,
    RunnerConnections connections,
    RunnerLogStreams streams,
    Fleet fleet,
    HeldHosts held,
    KnownHosts rows,
    HostsStore store,
    RunnerNews news,
    RefusedConnections refused,
    KeyRotations rotations,
    HostClocks clocks,
    RefusedClaims claims,
    IAuditLog audit,
    TimeProvider time,
    IHostApplicationLifetime lifetime,
    ILogger<RunnerHub> log
) : Hub, IRunnerHub
{
    public const string Path = "/hubs/runner";

    private const int MostContainers = Fleet.MostContainersPerHost;
    private const int MostEvents = 5000;
    private const int MostReportBytes = 256 * 1024;

    public static readonly string Version =
        typeof(RunnerHub)
            .Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()
            ?.InformationalVersion.Split('+')[0]
        ?? "0";

    public async Task<Enrolled> Enrol(EnrolRequest request)
    {
        if (
            Context.User?.FindFirst(RunnerAuthentication.EnrolmentClaim)?.Value is not { } hash
            || request is not { Token: { } token, PublicKey: not null, Facts: not null }
            || hash != HostsStore.HashOf(token)
        )
        {
            throw await RefuseAsync("it asked to enrol without the enrolment token it connected with");
        }
        try
        {
            return await enrolments.EnrolAsync(request, Context.ConnectionAborted);
        }
        catch (EnrolmentRefusedException exception)
        {
            throw await RefuseAsync(exception.Message);
        }
    }

    public async Task<HubWelcome> Hello(HostFacts facts)
    {
        var hostId = await HostIdAsync();
        var now = time.GetUtcNow();
        if (fleet.FindHost(hostId) is null)
        {
            // It may have enrolled at another dashboard a moment ago.
            await rows.RefreshAsync(hostId, Context.ConnectionAborted);
        }
        var known = fleet.FindHost(hostId) ?? throw await RefuseAsync("no host of that id is enrolled");
        if (!RunnerProtocol.WorksWith(facts.Protocol))
        {
            var older = facts.Protocol < RunnerProtocol.Current ? $"the runner on {known.Name}" : "the dashboard";
            var words =
                $"This dashboard ({Version}) speaks runner protocol {RunnerProtocol.Current}, the runner ({facts.RunnerVersion}) speaks {facts.Protocol}. They work together when the two differ by at most one: update {older}.";
            fleet.Refused(hostId, words);
            await refused.TellAsync(Remote, words, hostId, known.Name);
            return new HubWelcome(false, words, Version, RunnerProtocol.Current, now.ToUnixTimeMilliseconds());
        }
        if (connections.Take(hostId, Context.ConnectionId, Context.Abort))
        {
            var wasLost = known.Presence == HostPresence.Lost;
            if (wasLost)
            {
                await ReturnedAsync(hostId, facts);
            }
            var epoch = await held.NextEpochAsync(hostId, Context.ConnectionAborted);
            // The name it enrolled under is its name; what it calls itself now does not rename it.
            var before = held.Connected(hostId, facts with { Name = known.Name }, Context.ConnectionId, epoch);
            if (before == HostPresence.Lost && !wasLost)
            {
                // The end of the connection before was told between the two.
                await ReturnedAsync(hostId, facts);
            }
            log.Connected(known.Name, facts.RunnerVersion);
            news.Connected(hostId);
            rotations.Greeted(hostId, facts.PinnedKeyId);
            clocks.Greeted(hostId);
        }
        else
        {
            held.Connected(hostId, facts with { Name = known.Name }, Context.ConnectionId);
        }
        await store.SeenAsync(
            hostId,
            now,
            facts.EngineVersion.Length == 0 ? null : JsonSerializer.Serialize(facts, HostsJson.Default.HostFacts),
            Context.ConnectionAborted
        );
        return new HubWelcome(
            true,
            $"Dashboard {Version}.",
            Version,
            RunnerProtocol.Current,
            now.ToUnixTimeMilliseconds(),
            AsksForUse: true,
            TakesFlows: true,
            TakesScans: news.Scans is not null,
            TakesClusters: true
        );
    }

    public async Task Inventory(IReadOnlyList<ContainerFacts> containers)
    {
        var hostId = await GreetedAsync();
        held.Inventory(hostId, Checked(containers, MostContainers));
        await claims.TellAsync(hostId);
    }

    public async Task Changed(IReadOnlyList<ContainerFacts> changed, IReadOnlyList<string> removed)
    {
        var hostId = await GreetedAsync();
        held.Changed(hostId, Checked(changed, MostContainers), Checked(removed, MostContainers));
        await claims.TellAsync(hostId);
    }

    public async Task Events(IReadOnlyList<EngineEvent> events) =>
        held.Happened(await GreetedAsync(), Checked(events, MostEvents));

    public async Task Usage(IReadOnlyList<ContainerUsage> usage) =>
        held.Used(await GreetedAsync(), Checked(usage, MostContainers));

    public async Task Cluster(ClusterNews news)
    {
        var hostId = await GreetedAsync();
        if (ClusterBook.WhyNot(news) is { } why)
        {
            throw new HubException(why);
        }
        held.Clustered(hostId, news);
    }

    public async Task Releases(IReadOnlyList<ReleaseFacts> releases)
    {
        var hostId = await GreetedAsync();
        try
        {
            var told = Checked(releases, RunnerProtocol.MostReleases);
            await news.ReleasedAsync(
                hostId,
                [.. told.Where(release => fleet.MayTell(hostId, release))],
                Context.ConnectionAborted
            );
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or HubException))
        {
            log.ReportFailed(exception, hostId);
            throw new HubException("The releases could not be stored; keep them and send them again.");
        }
    }

    public async Task<bool> Flows(FlowReport report)
    {
        var hostId = await GreetedAsync();
        if (report is null)
        {
            throw new HubException("There is no report.");
        }
        try
        {
            await news.ObservedAsync(
                hostId,
                report with
                {
                    Flows = Checked(report.Flows, FlowReport.MostFlows),
                    Looked = report.Looked is { } looked ? Checked(looked, MostContainers) : null,
                },
                Context.ConnectionAborted
            );
            return true;
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or HubException))
        {
            log.ReportFailed(exception, hostId);
            return false;
        }
    }

    public async Task Scanner(ScannerReport report)
    {
        var hostId = await GreetedAsync();
        if (report is { Scanner: not null })
        {
            news.Scans?.OnScanner(hostId, report with { Failed = Checked(report.Failed, ScannerReport.MostFailed) });
        }
    }

    public async Task<ScanAnswer> ScanPiece(ScanPiece piece)
    {
        var hostId = await GreetedAsync();
        if (
            piece
                is not { Id.Length: > 0 and <= 64, Data.Length: <= Protocol.ScanPiece.MostBytes, Of.Scanner: not null }
            || news.Scans is not { } scans
        )
        {
            throw new HubException($"A piece of a report has at most {Protocol.ScanPiece.MostBytes} bytes.");
        }
        try
        {
            return await scans.OnPieceAsync(hostId, piece, Context.ConnectionAborted);
        }
        catch (Exception exception) when (exception is not (OperationCanceledException or HubException))
        {
            log.ReportFailed(exception, hostId);
            return new ScanAnswer(false, "The dashboard could not keep it; its log says why.", Again: true);
        }
    }

    public async Task<IReadOnlyList<PartsToMatch>> PartsToMatch(string scanner)
    {
        var hostId = await GreetedAsync();
        return news.Scans is { } scans && scanner is { Length: > 0 }
            ? await scans.PartsToMatchAsync(hostId, scanner, Context.ConnectionAborted)
            : [];
    }

    public async Task<byte[]?> Parts(string id)
    {
        var hostId = await GreetedAsync();
        return news.Scans is { } scans && id is { Length: > 0 and <= 128 }
            ? await scans.PartsAsync(hostId, id, Context.ConnectionAborted)
            : null;
    }

    public async Task LogPiece(LogPiece piece)
    {
        await GreetedAsync();
        if (piece is { Id: not null })
        {
            streams.Take(
                Context.ConnectionId,
                piece with
                {
                    Lines = Checked(piece.Lines, Protocol.LogPiece.MostLines),
                }
            );
        }
    }

    public async Task Report(byte[] actionReport)
    {
        var hostId = await GreetedAsync();
        if (actionReport is not { Length: > 0 and <= MostReportBytes })
        {
            throw new HubException($"A report has at most {MostReportBytes} bytes.");
        }
        try
        {
            await news.ReportedAsync(hostId, actionReport, Context.ConnectionAborted);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            log.ReportFailed(exception, hostId);
            throw new HubException("The report could not be stored; keep it and send it again.");
        }
    }

    public override async Task OnDisconnectedAsync(Exception? exception)
    {
        streams.Lost(Context.ConnectionId);
        if (
            Context.User?.FindFirst(RunnerAuthentication.HostClaim)?.Value is { } hostId
            && connections.Release(hostId, Context.ConnectionId)
            // A newer one may have greeted between the two.
            && held.Lost(hostId, Context.ConnectionId)
        )
        {
            news.Lost(hostId);
            var name = fleet.FindHost(hostId)?.Name ?? hostId;
            if (!lifetime.ApplicationStopping.IsCancellationRequested)
            {
                log.Lost(name);
            }
            await RecordAsync("runner.lost", hostId, name, exception?.Message ?? "The connection ended.");
            await store.SeenAsync(hostId, time.GetUtcNow(), null, CancellationToken.None);
        }
        await base.OnDisconnectedAsync(exception);
    }

    private string Remote => Context.GetHttpContext()?.Connection.RemoteIpAddress?.ToString() ?? "unknown";

    private async Task<string> HostIdAsync() =>
        Context.User?.FindFirst(RunnerAuthentication.HostClaim)?.Value
        ?? throw await RefuseAsync("it holds an enrolment token only, which opens nothing but enrolment");

    /// <summary>Whose this connection is, once it has said hello and was taken.</summary>
    private async Task<string> GreetedAsync()
    {
        var hostId = await HostIdAsync();
        return connections.Find(hostId) == Context.ConnectionId
            ? hostId
            : throw new HubException("Say hello first; a newer connection of this host may have taken its place.");
    }

    private async Task<HubException> RefuseAsync(string why)
    {
        var hostId = Context.User?.FindFirst(RunnerAuthentication.HostClaim)?.Value;
        await refused.TellAsync(Remote, why, hostId, hostId is null ? null : fleet.FindHost(hostId)?.Name);
        return new HubException(why);
    }

    private Task ReturnedAsync(string hostId, HostFacts facts) =>
        RecordAsync("runner.returned", hostId, facts.Name, $"Runner {facts.RunnerVersion}.");

    private async Task RecordAsync(string action, string hostId, string name, string detail)
    {
        try
        {
            await audit.AppendAsync(
                new AuditEntry(new AuditActor("runner", hostId, name), action, Target: name, Detail: detail)
            );
        }
        catch (AuditUnavailableException exception)
        {
            // Presence is seen, not done: it can't be held back until the record can be written.
            log.AuditFailed(exception, action);
        }
    }

    private static IReadOnlyList<T> Checked<T>(IReadOnlyList<T>? items, int most) =>
        items is null ? []
        : items.Count <= most ? items
        : throw new HubException($"At most {most} in one message.");
}
