using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Threading.Channels;
using Docker.DotNet;
using Docker.DotNet.Models;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>The Engine over its HTTP API. Nothing of Docker.DotNet leaves this folder.</summary>
internal sealed class DockerEngine(Uri endpoint, FactsReader facts) : IDockerEngine
{
    private const int InspectsAtOnce = 8;

    private readonly SemaphoreSlim agreeing = new(1);
    private readonly List<DockerClient> former = [];
    private volatile Spoken? spoken;

    /// <summary>Repository digests by image id. An image's id never changes, so this only grows stale by a later pull or tag.</summary>
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> digests = new();

    public Task<EngineInfo> InfoAsync(CancellationToken cancellation) =>
        AskAsync(async () =>
        {
            // Asked anew whenever the engine is found: it may have been upgraded meanwhile.
            var (client, version) = await AgreeAsync(cancellation);
            var info = await client.System.GetSystemInfoAsync(cancellation);
            return new EngineInfo(
                version.Version ?? info.ServerVersion ?? "",
                version.APIVersion ?? "",
                info.OperatingSystem ?? "",
                info.KernelVersion ?? "",
                info.Architecture ?? "",
                (int)info.NCPU,
                info.MemTotal,
                info.Driver ?? ""
            );
        });

    public Task<IReadOnlyList<ContainerFacts>> ContainersAsync(CancellationToken cancellation) =>
        AskAsync<IReadOnlyList<ContainerFacts>>(async () =>
        {
            digests.Clear();
            foreach (
                var image in await (await ClientAsync(cancellation)).Images.ListImagesAsync(
                    new ImagesListParameters { All = true },
                    cancellation
                )
            )
            {
                digests[image.ID] = [.. image.RepoDigests ?? []];
            }
            var listed = await (await ClientAsync(cancellation)).Containers.ListContainersAsync(
                new ContainersListParameters { All = true },
                cancellation
            );
            var found = new ConcurrentBag<ContainerFacts>();
            await Parallel.ForEachAsync(
                listed,
                new ParallelOptions { MaxDegreeOfParallelism = InspectsAtOnce, CancellationToken = cancellation },
                async (container, token) =>
                {
                    if (await InspectAsync(container.ID, token) is { } read)
                    {
                        found.Add(read);
                    }
                }
            );
            return [.. found.OrderBy(container => container.Name, StringComparer.Ordinal)];
        });

    public Task<ContainerFacts?> InspectAsync(string containerId, CancellationToken cancellation) =>
        AskAsync(async () =>
        {
            try
            {
                var inspected = await (await ClientAsync(cancellation)).Containers.InspectContainerAsync(
                    containerId,
                    cancellation
                );
                return facts.Read(inspected, await DigestsAsync(inspected.Image, cancellation));
            }
            catch (DockerApiException missing) when (missing.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }
        });

    public Task<bool> StartAsync(string containerId, CancellationToken cancellation) =>
        AskAsync(async () =>
            await (await ClientAsync(cancellation)).Containers.StartContainerAsync(
                containerId,
                new ContainerStartParameters(),
                cancellation
            )
        );

    public Task<bool> StopAsync(string containerId, int graceSeconds, CancellationToken cancellation) =>
        AskAsync(async () =>
            await (await ClientAsync(cancellation)).Containers.StopContainerAsync(
                containerId,
                new ContainerStopParameters { WaitBeforeKillSeconds = (uint)graceSeconds },
                cancellation
            )
        );

    public Task RestartAsync(string containerId, int graceSeconds, CancellationToken cancellation) =>
        AskAsync(async () =>
        {
            await (await ClientAsync(cancellation)).Containers.RestartContainerAsync(
                containerId,
                new ContainerRestartParameters { WaitBeforeKillSeconds = (uint)graceSeconds },
                cancellation
            );
            return true;
        });

    public async IAsyncEnumerable<EngineEvent> EventsAsync(
        long sinceUnixMs,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var arrived = Channel.CreateBounded<EngineEvent>(10_000);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var parameters = new ContainerEventsParameters
        {
            Since = sinceUnixMs > 0 ? Timestamps.ForQuery(sinceUnixMs) : null,
            Filters = new Dictionary<string, IDictionary<string, bool>>
            {
                ["type"] = new Dictionary<string, bool> { ["container"] = true, ["network"] = true },
            },
        };
        var pump = PumpAsync();
        try
        {
            await foreach (var told in arrived.Reader.ReadAllAsync(cancellation))
            {
                yield return told;
            }
        }
        finally
        {
            await ending.CancelAsync();
            await pump;
        }

        async Task PumpAsync()
        {
            try
            {
                await AskAsync(async () =>
                {
                    await (await ClientAsync(ending.Token)).System.MonitorEventsAsync(
                        parameters,
                        new AtOnce<Message>(message =>
                        {
                            if (facts.Event(message) is { } told && !arrived.Writer.TryWrite(told))
                            {
                                throw new EngineException(null, "More events than can be read; starting over.");
                            }
                        }),
                        ending.Token
                    );
                    return true;
                });
                arrived.Writer.TryComplete();
            }
            catch (Exception exception) when (exception is EngineException or OperationCanceledException)
            {
                arrived.Writer.TryComplete(ending.IsCancellationRequested ? null : exception);
            }
        }
    }

    public Task<ContainerReading?> ReadAsync(string containerId, CancellationToken cancellation) =>
        AskAsync(async () =>
        {
            ContainerStatsResponse? answer = null;
            try
            {
                await (await ClientAsync(cancellation)).Containers.GetContainerStatsAsync(
                    containerId,
                    new ContainerStatsParameters { Stream = false, OneShot = true },
                    new AtOnce<ContainerStatsResponse>(read => answer = read),
                    cancellation
                );
            }
            catch (DockerApiException missing) when (missing.StatusCode == HttpStatusCode.NotFound)
            {
                return null;
            }
            return answer is null ? null : Stats.Read(containerId, answer);
        });

    public Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    ) =>
        AskAsync(async () =>
        {
            using var stream = await LogStreamAsync(
                containerId,
                tail,
                sinceUnixMs > 0 ? Timestamps.ForQuery(sinceUnixMs) : null,
                follow: false,
                cancellation
            );
            return await LogLines.ReadAsync(Reading(stream), tail, cancellation);
        });

    public async IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowLogsAsync(
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        using var stream = await AskAsync(() =>
            LogStreamAsync(
                containerId,
                tail,
                sinceUnixNs > 0 ? Timestamps.ForQueryNs(sinceUnixNs) : null,
                follow,
                cancellation
            )
        );
        await foreach (var lines in LogLines.FollowAsync(Reading(stream), cancellation))
        {
            yield return lines;
        }
    }

    private async Task<MultiplexedStream> LogStreamAsync(
        string containerId,
        int tail,
        string? since,
        bool follow,
        CancellationToken cancellation
    ) =>
        await (await ClientAsync(cancellation)).Containers.GetContainerLogsAsync(
            containerId,
            new ContainerLogsParameters
            {
                ShowStdout = true,
                ShowStderr = true,
                Timestamps = true,
                Follow = follow,
                Tail = tail.ToString(System.Globalization.CultureInfo.InvariantCulture),
                Since = since,
            },
            cancellation
        );

    private static LogLines.Read Reading(MultiplexedStream stream) =>
        async (buffer, token) =>
        {
            var read = await stream.ReadOutputAsync(buffer, 0, buffer.Length, token);
            return (
                read.EOF ? 0 : read.Count,
                read.Target == MultiplexedStream.TargetStream.StandardError ? "stderr" : "stdout"
            );
        };

    public void Dispose()
    {
        spoken?.Client.Dispose();
        former.ForEach(client => client.Dispose());
        agreeing.Dispose();
    }

    private async ValueTask<DockerClient> ClientAsync(CancellationToken cancellation) =>
        spoken?.Client ?? (await AgreeAsync(cancellation)).Client;

    /// <summary>Asks the engine what it speaks, and speaks the newest of it that both sides know.</summary>
    private async Task<(DockerClient Client, VersionResponse Version)> AgreeAsync(CancellationToken cancellation)
    {
        await agreeing.WaitAsync(cancellation);
        try
        {
            // Every engine answers this without a version in the path.
            using var asking = new DockerClientBuilder().WithEndpoint(endpoint).Build();
            var version = await asking.System.GetVersionAsync(cancellation);
            var agreed = EngineVersions.Agree(version.Version, version.APIVersion, version.MinAPIVersion);
            if (spoken is { } now && now.Version == agreed)
            {
                return (now.Client, version);
            }
            if (spoken is { } before)
            {
                // Others may be in the middle of asking by it.
                former.Add(before.Client);
            }
            var client = new DockerClientBuilder().WithEndpoint(endpoint).WithApiVersion(agreed).Build();
            spoken = new Spoken(client, agreed);
            return (client, version);
        }
        catch (DockerApiException refused)
        {
            // Not to be taken for the answer to what was really asked.
            throw new EngineException(
                refused.StatusCode,
                $"Docker does not say which API it speaks (GET /version): {EngineWords.Of(refused.ResponseBody)}",
                refused
            );
        }
        finally
        {
            agreeing.Release();
        }
    }

    private sealed record Spoken(DockerClient Client, System.Version Version);

    private async ValueTask<IReadOnlyList<string>> DigestsAsync(string imageId, CancellationToken cancellation)
    {
        if (digests.TryGetValue(imageId, out var known))
        {
            return known;
        }
        try
        {
            var image = await (await ClientAsync(cancellation)).Images.InspectImageAsync(imageId, cancellation);
            return digests[imageId] = [.. image.RepoDigests ?? []];
        }
        catch (DockerApiException missing) when (missing.StatusCode == HttpStatusCode.NotFound)
        {
            // The image was removed under a container that still uses it: its id is what is left to name it by.
            return [];
        }
    }

    private async Task<T> AskAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (DockerApiException exception)
        {
            throw new EngineException(exception.StatusCode, EngineWords.Of(exception.ResponseBody), exception);
        }
        catch (Exception exception)
            when (exception
                    is HttpRequestException
                        or SocketException
                        or IOException
                        or TimeoutException
                        or JsonException
            )
        {
            throw EngineWords.Unasked(endpoint, exception);
        }
    }

    /// <summary>Hands over on the reading thread; <see cref="Progress{T}"/> would lose the order.</summary>
    private sealed class AtOnce<T>(Action<T> take) : IProgress<T>
    {
        public void Report(T value) => take(value);
    }
}
