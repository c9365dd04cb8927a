using System.Net.Security;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading.Channels;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using Sevensa.Dashboard.Runner.Reporting;

namespace Sevensa.Dashboard.Runner.Link;

/// <summary>Where the dashboard is and how to get in.</summary>
/// <param name="EnrolmentToken">Asked only while this host is not enrolled.</param>
/// <param name="TrustOwnCertificate">For a runner inside the dashboard that connects over loopback: the certificate is the process's own.</param>
internal sealed record HubAddress(
    Uri Url,
    Func<CancellationToken, Task<string>> EnrolmentToken,
    bool TrustOwnCertificate = false
);

/// <summary>Looks at the connections of containers until cancelled.</summary>
/// <param name="tell">Whether the dashboard has taken a report; what it has not is told again.</param>
internal delegate Task Observing(Func<FlowReport, CancellationToken, Task<bool>> tell, CancellationToken cancellation);

/// <summary>The connection to the dashboard: enrols once, then connects for ever and starts every connection with the whole.</summary>
internal sealed class HubLink(
    HubAddress address,
    HostIdentity identity,
    Func<HostFacts> facts,
    HostBook book,
    HostNews news,
    UsagePace pace,
    ActionDesk desk,
    ReportOutbox outbox,
    IDockerEngine engine,
    HostStock? stock,
    ReleaseRecorder? releases,
    Observing observe,
    ScanningWork? scan,
    TimeProvider time,
    ILogger log,
    Func<IReadOnlyList<ClusterNews>>? cluster = null,
    Func<PlanStep, CancellationToken, Task<WorkloadPreview>>? preview = null
)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan PauseWhenIncompatible = TimeSpan.FromMinutes(1);

    /// <summary>A connection that ends sooner is no sign that the next one lasts.</summary>
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(30);
    private const int MostLogLines = 5000;

    /// <summary>A dashboard that has just been connected to knows no figures; they are measured until it has some.</summary>
    private static readonly TimeSpan FirstLook = UsagePace.Often + TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LongestLook = TimeSpan.FromMinutes(5);

    private readonly Uri url = WithPath(address.Url);
    private readonly TaskCompletionSource toldOnce = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Ends when a dashboard has taken the whole for the first time.</summary>
    public Task Told => toldOnce.Task;

    public async Task RunAsync(CancellationToken cancellation)
    {
        var pause = FirstPause;
        string? said = null;
        while (!cancellation.IsCancellationRequested)
        {
            string reason;
            long? connectedAt = null;
            try
            {
                await EnrolAsync(cancellation);
                var incompatible = await ConnectAsync(() => connectedAt = time.GetTimestamp(), cancellation);
                if (incompatible is not null)
                {
                    log.Incompatible(incompatible);
                    pause = PauseWhenIncompatible;
                }
                reason = incompatible ?? "The connection ended.";
            }
            catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
            {
                return;
            }
            // Whatever it is: a dashboard that can't be worked with now is connected to again.
            catch (Exception exception)
            {
                reason = Words(exception);
            }
            if (connectedAt is { } at && time.GetElapsedTime(at) >= Lasting)
            {
                (pause, said) = (FirstPause, null);
            }
            // Up to half more, so that many runners don't come back at the same moment.
            var jittered = pause * (1 + Random.Shared.NextDouble() / 2);
            // Once for each reason: a dashboard may be away for a night.
            if (reason != said)
            {
                log.NoConnection(url, said = reason);
            }
            try
            {
                await Task.Delay(jittered, time, cancellation);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    private async Task EnrolAsync(CancellationToken cancellation)
    {
        if (identity.HostId is not null)
        {
            return;
        }
        var token = await address.EnrolmentToken(cancellation);
        await using var connection = Build(() => token);
        await connection.StartAsync(cancellation);
        var enrolled = await connection.InvokeAsync<Enrolled>(
            nameof(IRunnerHub.Enrol),
            new EnrolRequest(token, identity.PublicKey, facts()),
            cancellation
        );
        identity.Keep(enrolled);
        log.Enrolled(facts().Name, enrolled.HostId);
    }

    /// <returns>Null after a connection that worked; the dashboard's words when it won't work with this runner.</returns>
    private async Task<string?> ConnectAsync(Action connected, CancellationToken cancellation)
    {
        await using var connection = Build(() => identity.Token(time.GetUtcNow()));
        using var closed = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        connection.Closed += _ => closed.CancelAsync();
        Answer(connection, closed.Token);
        try
        {
            await connection.StartAsync(cancellation);
        }
        catch (Exception exception) when (IsRefusal(exception))
        {
            identity.NotTaken();
            throw;
        }
        identity.Taken();
        // Before it says how it is: what changes from here on, such as that Docker answers, is told after that.
        var feed = news.Open();
        try
        {
            var welcome = await connection.InvokeAsync<HubWelcome>(nameof(IRunnerHub.Hello), facts(), cancellation);
            if (!welcome.Accepted || !RunnerProtocol.WorksWith(welcome.Protocol))
            {
                return welcome.Message;
            }
            log.Connected(url, welcome.Message);
            connected();
            pace.Always = !welcome.AsksForUse;
            pace.Begin(FirstLook);
            await connection.InvokeAsync(nameof(IRunnerHub.Inventory), book.Containers.ToArray(), closed.Token);
            toldOnce.TrySetResult();
            foreach (var part in welcome.TakesClusters && cluster is not null ? cluster() : [])
            {
                await connection.InvokeAsync(nameof(IRunnerHub.Cluster), part, closed.Token);
            }
            var telling = TellAsync(connection, feed, welcome.TakesClusters, closed.Token);
            var reporting = outbox.RunAsync((report, token) => ReportAsync(connection, report, token), closed.Token);
            var recording =
                welcome.Protocol >= RunnerProtocol.WithReleases && releases is not null
                    ? releases.TellAsync(
                        identity.HostId!,
                        (batch, token) => ReleasesAsync(connection, batch, token),
                        closed.Token
                    )
                    : Task.Delay(Timeout.Infinite, closed.Token);
            var observing = welcome.TakesFlows
                ? observe((report, token) => FlowsAsync(connection, report, token), closed.Token)
                : Task.Delay(Timeout.Infinite, closed.Token);
            var scanning =
                welcome.TakesScans && scan is not null
                    ? scan(new ScanLink(connection), closed.Token)
                    : Task.Delay(Timeout.Infinite, closed.Token);
            await await Task.WhenAny(telling, reporting, recording, observing, scanning);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested) { }
        finally
        {
            news.Close();
            pace.Always = false;
            await closed.CancelAsync();
        }
        cancellation.ThrowIfCancellationRequested();
        return null;
    }

    private void Answer(HubConnection connection, CancellationToken closed)
    {
        var streams = new LogStreams(
            engine,
            (piece, token) => connection.SendAsync(nameof(IRunnerHub.LogPiece), piece, token),
            closed
        );
        connection.On<LogFollow, bool>(
            nameof(IRunnerClient.FollowLogs),
            wanted => Task.FromResult(streams.Start(wanted))
        );
        connection.On<string, int>(nameof(IRunnerClient.MoreLogs), streams.More);
        connection.On<string>(nameof(IRunnerClient.StopLogs), streams.Stop);
        connection.On<int, bool>(
            nameof(IRunnerClient.Measure),
            seconds =>
            {
                // The figures come by themselves: what is answered here only after a while keeps an action waiting.
                pace.Begin(TimeSpan.FromSeconds(Math.Clamp(seconds, 0, (int)LongestLook.TotalSeconds)));
                return Task.FromResult(true);
            }
        );
        connection.On(nameof(IRunnerClient.Clock), () => Task.FromResult(time.GetUtcNow().ToUnixTimeMilliseconds()));
        connection.On<SignedEnvelope, Delivery>(nameof(IRunnerClient.Deliver), desk.DeliverAsync);
        connection.On<string, bool>(nameof(IRunnerClient.Cancel), action => Task.FromResult(desk.Cancel(action)));
        connection.On<string, byte[]?>(nameof(IRunnerClient.Recall), action => Task.FromResult(desk.Recall(action)));
        connection.On<string, ContainerFacts?>(
            nameof(IRunnerClient.Inspect),
            container => engine.InspectAsync(container, CancellationToken.None)
        );
        connection.On<HostResources>(
            nameof(IRunnerClient.Resources),
            () => stock?.ReadAsync(CancellationToken.None) ?? Task.FromResult(new HostResources([], [], [], [], 0))
        );
        connection.On<string, ResolvedImage>(
            nameof(IRunnerClient.ResolveImage),
            reference =>
                stock?.ResolveAsync(reference, CancellationToken.None)
                ?? Task.FromResult(
                    new ResolvedImage(
                        reference,
                        null,
                        null,
                        "A cluster's nodes pull images themselves, so what a reference means there is known only when a pod runs it."
                    )
                )
        );
        if (preview is not null)
        {
            connection.On<byte[], WorkloadPreview>(
                nameof(IRunnerClient.Preview),
                step => preview(JsonSerializer.Deserialize(step, ActionJson.Default.PlanStep)!, CancellationToken.None)
            );
        }
        connection.On<string, int, long, IReadOnlyList<ContainerLogLine>>(
            nameof(IRunnerClient.Logs),
            async (container, tail, since) =>
                (
                    await engine.LogsAsync(container, Math.Clamp(tail, 1, MostLogLines), since, CancellationToken.None)
                ).ToArray()
        );
        connection.On(
            nameof(IRunnerClient.RenewKey),
            () =>
            {
                var publicKey = identity.Renew();
                log.KeyRenewed(ActionKeyId.Of(publicKey));
                return Task.FromResult(publicKey);
            }
        );
        connection.On<SignedEnvelope, bool>(
            nameof(IRunnerClient.PinKey),
            offered =>
            {
                var id = identity.Pin(offered);
                if (id is null)
                {
                    log.KeyRefused();
                }
                else
                {
                    log.KeyPinned(id);
                }
                return Task.FromResult(id is not null);
            }
        );
    }

    // Arrays, because arguments are serialized by the type they have, and not every list's own type can be.
    private async Task TellAsync(
        HubConnection connection,
        ChannelReader<News> feed,
        bool takesClusters,
        CancellationToken cancellation
    )
    {
        await foreach (var told in feed.ReadAllAsync(cancellation))
        {
            await (
                told switch
                {
                    { Inventory: { } all } => connection.InvokeAsync(
                        nameof(IRunnerHub.Inventory),
                        all.ToArray(),
                        cancellation
                    ),
                    { Changed: { } changed } => connection.InvokeAsync(
                        nameof(IRunnerHub.Changed),
                        changed.ToArray(),
                        (told.Removed ?? []).ToArray(),
                        cancellation
                    ),
                    { Events: { } events } => connection.InvokeAsync(
                        nameof(IRunnerHub.Events),
                        events.ToArray(),
                        cancellation
                    ),
                    { Cluster: { } things } => takesClusters
                        ? connection.InvokeAsync(nameof(IRunnerHub.Cluster), things, cancellation)
                        : Task.CompletedTask,
                    { Usage: { } usage } => connection.InvokeAsync(
                        nameof(IRunnerHub.Usage),
                        usage.ToArray(),
                        cancellation
                    ),
                    _ => connection.InvokeAsync<HubWelcome>(nameof(IRunnerHub.Hello), facts(), cancellation),
                }
            );
        }
    }

    private static async Task ReleasesAsync(
        HubConnection connection,
        IReadOnlyList<ReleaseFacts> releases,
        CancellationToken cancellation
    )
    {
        try
        {
            await connection.InvokeAsync(nameof(IRunnerHub.Releases), releases.ToArray(), cancellation);
        }
        catch (HubException exception)
        {
            throw new ReportRefusedException(Said(exception), exception);
        }
    }

    private static async Task<bool> FlowsAsync(
        HubConnection connection,
        FlowReport report,
        CancellationToken cancellation
    )
    {
        try
        {
            return await connection.InvokeAsync<bool>(nameof(IRunnerHub.Flows), report, cancellation);
        }
        catch (HubException)
        {
            return false;
        }
    }

    private static async Task ReportAsync(HubConnection connection, byte[] report, CancellationToken cancellation)
    {
        try
        {
            await connection.InvokeAsync(nameof(IRunnerHub.Report), report, cancellation);
        }
        catch (HubException exception)
        {
            throw new ReportRefusedException(Said(exception), exception);
        }
    }

    private HubConnection Build(Func<string> token)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(
                url,
                options =>
                {
                    // One request per connection, so that a token is shown once and needs no session of its own.
                    options.Transports = HttpTransportType.WebSockets;
                    options.SkipNegotiation = true;
                    options.AccessTokenProvider = () => Task.FromResult<string?>(token());
                    options.ApplicationMaxBufferSize = RunnerProtocol.MaximumMessageBytes;
                    options.TransportMaxBufferSize = RunnerProtocol.MaximumMessageBytes;
                    if (address.TrustOwnCertificate)
                    {
                        options.WebSocketConfiguration = socket =>
                            socket.RemoteCertificateValidationCallback = (_, _, _, errors) =>
                                errors == SslPolicyErrors.None || url.IsLoopback;
                    }
                }
            )
            .AddJsonProtocol(options => options.PayloadSerializerOptions.TypeInfoResolver = HubJson.Default)
            .Build();
        connection.ServerTimeout = TimeSpan.FromSeconds(30);
        connection.KeepAliveInterval = TimeSpan.FromSeconds(10);
        return connection;
    }

    private string Words(Exception exception)
    {
        var text =
            exception is HubException said ? Said(said)
            : IsForeseen(exception) ? exception.GetBaseException().Message
            : $"{exception.GetBaseException().Message.TrimEnd('.')} ({exception.GetType().Name})";
        return IsRefusal(exception)
            ? identity.HostId is null
                ? "The dashboard does not take the enrolment token: it was used, is older than an hour, or was cut. Issue a new one on its Hosts page."
                : "The dashboard refuses this host: it was revoked there, or the two clocks are more than two minutes apart."
            : text.EndsWith('.')
                ? text
                : text + ".";
    }

    /// <summary>The dashboard's own words, without what the line puts before them.</summary>
    internal static string Said(HubException exception)
    {
        const string mark = "HubException: ";
        var at = exception.Message.IndexOf(mark, StringComparison.Ordinal);
        return at < 0 ? exception.Message : exception.Message[(at + mark.Length)..];
    }

    private static bool IsForeseen(Exception exception) =>
        exception
            is HttpRequestException
                or WebSocketException
                or IOException
                or TimeoutException
                or InvalidOperationException
                or OperationCanceledException;

    private static bool IsRefusal(Exception exception) =>
        exception.GetBaseException().Message is var text
        && (text.Contains("401", StringComparison.Ordinal) || text.Contains("403", StringComparison.Ordinal));

    private static Uri WithPath(Uri url) =>
        url.AbsolutePath.EndsWith("/hubs/runner", StringComparison.Ordinal)
            ? url
            : new Uri(url.AbsoluteUri.TrimEnd('/') + "/hubs/runner");
}
