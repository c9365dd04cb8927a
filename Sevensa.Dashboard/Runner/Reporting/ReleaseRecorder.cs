using System.Security.Cryptography;
using System.Text;
using System.Threading.Channels;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;

namespace Sevensa.Dashboard.Runner.Reporting;

/// <summary>Sees in what the host watch knows that a service became another, and records it.</summary>
internal sealed class ReleaseRecorder(
    HostBook hostBook,
    ReleaseBook book,
    SpecificationReader reader,
    SpecificationStore specifications,
    ReleaseView view,
    KeptImages kept,
    Journal journal,
    Func<bool> acting,
    TimeProvider time,
    ILogger log
)
{
    private const string ComposeProject = "com.docker.compose.project";
    private const string ComposeOneOff = "com.docker.compose.oneoff";

    /// <summary>Compose renames, creates and removes within seconds: what it leaves is the release, not what is between.</summary>
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(3);

    private readonly Channel<bool> news = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    private readonly Channel<bool> recorded = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite }
    );

    /// <summary>Something about the host's containers changed.</summary>
    public void Wake() => news.Writer.TryWrite(true);

    /// <summary>Tells of releases for as long as a connection lives.</summary>
    /// <param name="send">Ends when the dashboard has stored them.</param>
    public async Task TellAsync(
        string hostId,
        Func<IReadOnlyList<ReleaseFacts>, CancellationToken, Task> send,
        CancellationToken cancellation
    )
    {
        while (true)
        {
            try
            {
                while (book.Untold(hostId, RunnerProtocol.MostReleases) is { Count: > 0 } untold)
                {
                    await send(untold, cancellation);
                    MarkTold(hostId, untold[^1].Sequence);
                }
            }
            catch (ReportRefusedException exception)
            {
                log.ReleasesKept(exception.Message);
                await Task.Delay(TimeSpan.FromSeconds(15), time, cancellation);
                continue;
            }
            await recorded.Reader.ReadAsync(cancellation);
        }
    }

    /// <summary>They are told. Where that can't be written down, they are only sent again after a restart.</summary>
    private void MarkTold(string hostId, long sequence)
    {
        try
        {
            book.MarkTold(hostId, sequence);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            log.ToldNotKept(exception.Message);
        }
    }

    public async Task RunAsync(CancellationToken cancellation)
    {
        try
        {
            while (await news.Reader.WaitToReadAsync(cancellation))
            {
                // The very first look has nothing to wait for.
                if (!book.IsEmpty)
                {
                    await Task.Delay(Settle, time, cancellation);
                }
                news.Reader.TryRead(out _);
                if (acting())
                {
                    // What an action leaves is the release; its end wakes this again.
                    continue;
                }
                try
                {
                    await RecordAsync(cancellation);
                }
                catch (Exception exception) when (!cancellation.IsCancellationRequested)
                {
                    // Whatever it is, nothing rests on it: the next change records what is missing.
                    log.ReleaseNotRecorded("the host", Words(exception));
                }
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested) { }
    }

    private static string Words(Exception exception) =>
        exception is IOException or UnauthorizedAccessException
            ? $"The state folder can't be written: {exception.Message}"
            : $"{exception.Message} ({exception.GetType().Name})";

    public async Task RecordAsync(CancellationToken cancellation)
    {
        var first = book.IsEmpty;
        var now = hostBook
            .Containers.Where(IsReplica)
            .GroupBy(container => new ServiceKey(container.Tenant, container.Service))
            .ToDictionary(service => service.Key, service => Replicas([.. service]));
        var changed = false;
        foreach (var (service, containers) in now)
        {
            if (containers.Any(container => container.Unread is not null))
            {
                // What is not known of it is not another release.
                continue;
            }
            try
            {
                changed |= await RecordAsync(service, containers, first, cancellation);
            }
            catch (EngineException exception)
            {
                log.ReleaseNotRecorded(service.ToString(), exception.Message);
            }
            catch (Exception exception) when (exception is InvalidOperationException or FormatException)
            {
                // One that is not of the form this runner knows is no reason to stop recording the others.
                log.ReleaseNotRecorded(service.ToString(), "Docker's description of it can't be read.");
            }
        }
        foreach (var (service, releases) in book.All)
        {
            if (!now.ContainsKey(service) && releases[^1].Containers.Count > 0)
            {
                Add(
                    service,
                    releases[^1].Project,
                    [],
                    time.GetUtcNow().ToUnixTimeMilliseconds(),
                    CauseOf([], releases[^1])
                );
                changed = true;
            }
        }
        if (changed || first)
        {
            await kept.SyncAsync(cancellation);
            ForgetOld();
            recorded.Writer.TryWrite(true);
        }
    }

    private async Task<bool> RecordAsync(
        ServiceKey service,
        IReadOnlyList<ContainerFacts> containers,
        bool first,
        CancellationToken cancellation
    )
    {
        var before = book.Last(service);
        if (before?.Fingerprint == Fingerprint(containers))
        {
            return false;
        }
        var replicas = new List<ReleaseContainer>();
        foreach (var container in containers)
        {
            // Gone between the look and now: the next look finds the rest.
            if (await reader.ReadAsync(container.Id, cancellation) is not { } specification)
            {
                return false;
            }
            replicas.Add(view.Of(container, specification, specifications.Keep(specification)));
        }
        var known =
            before?.Containers.Select(container => container.ContainerId).ToHashSet(StringComparer.Ordinal) ?? [];
        var fresh = containers.Where(container => !known.Contains(container.Id)).ToList();
        // One that is put back was made before what it takes the place of: it is live since now, and not since then.
        var made = fresh.Count > 0 ? fresh.Max(container => container.CreatedAtUnixMs) : 0;
        var since =
            first ? containers.Max(container => container.CreatedAtUnixMs)
            : made > (before?.SinceUnixMs ?? 0) ? made
            : time.GetUtcNow().ToUnixTimeMilliseconds();
        var cause = first ? new ReleaseCause(ReleaseCauses.Found) : CauseOf(containers, before);
        Add(service, containers[0].Project, replicas, since, cause, Fingerprint(containers));
        return true;
    }

    private void Add(
        ServiceKey service,
        string? project,
        IReadOnlyList<ReleaseContainer> replicas,
        long since,
        ReleaseCause cause,
        string? fingerprint = null
    )
    {
        fingerprint ??= Fingerprint([]);
        var sequence = book.LastSequence + 1;
        var id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8));
        book.Add(
            new ReleaseFacts(
                $"rel-{id}",
                sequence,
                service.Tenant,
                service.Service,
                project,
                fingerprint,
                since,
                cause,
                replicas
            )
        );
        log.ReleaseRecorded(service.ToString(), cause.By, replicas.Count);
    }

    /// <summary>The action that left them as they are, else Compose by the labels it gives, else nobody knows.</summary>
    private ReleaseCause CauseOf(IReadOnlyList<ContainerFacts> containers, ReleaseFacts? before)
    {
        var was = before?.Containers.ToDictionary(container => container.ContainerId, StringComparer.Ordinal) ?? [];
        var changed = containers
            .Where(container =>
                !was.TryGetValue(container.Id, out var known) || known.ConfigHash != container.ConfigHash
            )
            .ToList();
        var gone = was.Keys.Except(containers.Select(container => container.Id)).ToHashSet(StringComparer.Ordinal);
        if (journal.LastThatLeft(changed, gone) is { } action)
        {
            return new ReleaseCause(
                ReleaseCauses.Action,
                action.Id,
                action.Begun is { Plan: { } plan }
                    ? plan.Steps.Select(step => step.Title).FirstOrDefault() ?? plan.Target
                    : null
            );
        }
        var project = changed
            .Select(container => container.Labels.GetValueOrDefault(ComposeProject))
            .FirstOrDefault(name => name is { Length: > 0 });
        return project is not null && changed.Exists(container => !was.ContainsKey(container.Id))
            ? new ReleaseCause(ReleaseCauses.Compose, Detail: $"docker compose (project {project})")
            : new ReleaseCause(ReleaseCauses.Unknown);
    }

    private void ForgetOld()
    {
        var needed = kept.Specifications();
        foreach (var id in specifications.Ids().Where(id => !needed.Contains(id)))
        {
            // The way back of what is under way may need one; the next release clears them.
            specifications.Forget(id, unless: () => journal.InFlight().Count > 0);
        }
    }

    private static bool IsReplica(ContainerFacts container) =>
        container.SelfOf is null
        && !SetAside.Is(container)
        && container.State is not "removing"
        && !string.Equals(
            container.Labels.GetValueOrDefault(ComposeOneOff),
            "true",
            StringComparison.OrdinalIgnoreCase
        );

    /// <summary>What runs and what is stopped of the same image. A stopped one of another image is a leftover of what was before.</summary>
    internal static IReadOnlyList<ContainerFacts> Replicas(IReadOnlyList<ContainerFacts> all)
    {
        var up = all.Where(container => container.State is "running" or "restarting" or "paused").ToList();
        var images = up.Select(container => container.ImageId).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. (up.Count == 0 ? all : all.Where(container => images.Contains(container.ImageId))).OrderBy(
                container => container.Name,
                StringComparer.Ordinal
            ),
        ];
    }

    internal static string Fingerprint(IReadOnlyList<ContainerFacts> containers) =>
        Convert.ToHexStringLower(
            SHA256.HashData(
                Encoding.UTF8.GetBytes(
                    string.Join(
                        '\n',
                        containers
                            .Select(container => $"{container.ImageId} {container.ConfigHash}")
                            .Order(StringComparer.Ordinal)
                    )
                )
            )
        );
}
