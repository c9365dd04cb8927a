using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Nodes;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>The Engine over its HTTP API, in the version that was agreed on with it.</summary>
internal sealed class DockerEngine(Uri endpoint, FactsReader facts, TimeProvider? time = null) : IDockerEngine
{
    private const int InspectsAtOnce = 8;

    /// <summary>An engine that is stuck on one container still answers for the others.</summary>
    public static readonly TimeSpan InspectWithin = TimeSpan.FromSeconds(15);

    /// <summary>So many pieces are 64 MiB at most; who wrote longer lines than that is shown fewer of them.</summary>
    private const int MostPieces = 20_000;

    /// <summary>Written between two questions.</summary>
    private const int PiecesBeyond = 5000;

    private readonly EngineHttp http = new(endpoint, time);

    private readonly SemaphoreSlim agreeing = new(1);
    private volatile System.Version? spoken;

    /// <summary>Repository digests by image id. An image's id never changes, so this only grows stale by a later pull or tag.</summary>
    private readonly ConcurrentDictionary<string, IReadOnlyList<string>> digests = new();

    /// <summary>The users that images name, by image id: an image never changes.</summary>
    private readonly ConcurrentDictionary<string, string> imageUsers = new();

    /// <summary>First processes by container, from the last inspect of each.</summary>
    private readonly ConcurrentDictionary<string, int> processes = new();

    private EngineNetworks? networks;

    private EngineNetworks Networks =>
        networks ??= new EngineNetworks(async cancellation =>
            await http.GetAsync(await PathAsync("networks", cancellation), cancellation) as JsonArray
        );

    public async Task<EngineInfo> InfoAsync(CancellationToken cancellation)
    {
        // Asked anew whenever the engine is found: it may have been upgraded meanwhile.
        var version = await AgreeAsync(cancellation);
        var info =
            await http.GetAsync(await PathAsync("info", cancellation), cancellation) as JsonObject
            ?? throw EngineWords.Unread(endpoint);
        return new EngineInfo(
            Text(version["Version"]) is { Length: > 0 } said ? said : Text(info["ServerVersion"]),
            Text(version["ApiVersion"]),
            Text(info["OperatingSystem"]),
            Text(info["KernelVersion"]),
            Text(info["Architecture"]),
            (int)Math.Clamp(Number(info["NCPU"]), 0, int.MaxValue),
            Number(info["MemTotal"]),
            Text(info["Driver"]),
            EngineSettingsReader.Read(info, await DefaultBridgeAsync(cancellation))
        );
    }

    private async Task<NetworkManner?> DefaultBridgeAsync(CancellationToken cancellation)
    {
        try
        {
            return
                await http.GetAsync(await PathAsync("networks/bridge", cancellation), cancellation) is JsonObject bridge
                ? EngineNetworks.Read(bridge)
                : null;
        }
        catch (EngineException)
        {
            return null;
        }
    }

    public async Task<IReadOnlyList<ContainerFacts>> ContainersAsync(CancellationToken cancellation)
    {
        var images = await ListAsync("images/json?all=true", cancellation);
        digests.Clear();
        foreach (var image in images)
        {
            digests[Text(image["Id"])] = Digests(image);
        }
        await Networks.RenewAsync(cancellation);
        var found = new ConcurrentBag<ContainerFacts>();
        await Parallel.ForEachAsync(
            await ListAsync("containers/json?all=true", cancellation),
            new ParallelOptions { MaxDegreeOfParallelism = InspectsAtOnce, CancellationToken = cancellation },
            async (listed, token) =>
            {
                if (await InspectAsync(Text(listed["Id"]), listed, token) is { } read)
                {
                    found.Add(read);
                }
            }
        );
        foreach (var gone in processes.Keys.Except(found.Select(container => container.Id)).ToList())
        {
            processes.TryRemove(gone, out _);
        }
        return [.. found.OrderBy(container => container.Name, StringComparer.Ordinal)];
    }

    public int ProcessOf(string containerId) => processes.GetValueOrDefault(containerId);

    public Task<ContainerFacts?> InspectAsync(string containerId, CancellationToken cancellation) =>
        InspectAsync(containerId, null, cancellation);

    /// <summary>
    /// One document that can't be had or read costs its container a note, and nobody else anything: Docker may fail on one (a layer
    /// that is gone, a plugin that forbids it) and be well otherwise.
    /// </summary>
    private async Task<ContainerFacts?> InspectAsync(
        string containerId,
        JsonObject? listed,
        CancellationToken cancellation
    )
    {
        using var deadline = new CancellationTokenSource(InspectWithin, time ?? TimeProvider.System);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellation);
        try
        {
            var path = await PathAsync($"containers/{Uri.EscapeDataString(containerId)}/json", cancellation);
            if (await http.TextAsync(path, either.Token) is not { } text)
            {
                return null;
            }
            var inspected = JsonNode.Parse(text) as JsonObject ?? throw new JsonException("It is no object.");
            processes[Text(inspected["Id"])] = (int)
                Math.Clamp(Number((inspected["State"] as JsonObject)?["Pid"]), 0, int.MaxValue);
            return facts.Read(
                inspected,
                await DigestsAsync(Text(inspected["Image"]), either.Token),
                await Networks.ForAsync(inspected, either.Token),
                await ImageUserAsync(inspected, either.Token)
            );
        }
        catch (Exception exception)
            when (exception is EngineException { Status: not null }
                || IsUnread(exception)
                || (deadline.IsCancellationRequested && !cancellation.IsCancellationRequested)
            )
        {
            // Asked again another way: an engine that ends in the middle of an answer is not to be taken for this.
            listed ??= (await ListAsync("containers/json?all=true", cancellation)).FirstOrDefault(one =>
                Text(one["Id"]) == containerId
                || (one["Names"] as JsonArray ?? []).Any(name => Text(name).TrimStart('/') == containerId)
            );
            return listed is not null ? facts.Unread(listed, deadline.IsCancellationRequested ? Slow : Why(exception))
                // Docker failed on it since it is just going away.
                : exception is EngineException ? null
                : throw EngineWords.Unasked(endpoint, exception);
        }
        catch (Exception exception)
            when (exception is not EngineException
                && !(exception is OperationCanceledException && cancellation.IsCancellationRequested)
            )
        {
            throw EngineWords.Unasked(endpoint, exception);
        }
    }

    /// <summary>There was an answer, and it is not of the form that this program knows.</summary>
    private static bool IsUnread(Exception exception) =>
        exception
            is not (
                EngineException
                or OperationCanceledException
                or HttpRequestException
                or SocketException
                or IOException
                or TimeoutException
            )
        && exception.GetBaseException() is not (SocketException or IOException);

    private static readonly string Slow =
        $"Docker did not describe it within {InspectWithin.TotalSeconds:0} s. What is shown is what Docker's list of containers says, and nothing can be done to it from here until it does. Look at it on its host with docker inspect; if that hangs too, Docker itself is stuck on it.";

    private static string Why(Exception exception) =>
        exception is EngineException
            ? $"Docker can't describe it: {exception.Message.TrimEnd('.')}. What is shown is what Docker's list of containers says, and nothing can be done to it from here until it does. Look at it on its host with docker inspect."
            : $"Docker's description of it can't be read{(exception is JsonException { Path: { Length: > 2 } path } ? $" (at {path.TrimStart('$', '.')})" : "")}. "
                + "What is shown is what Docker's list of containers says, and nothing can be done to it from here. Look at it on its host with docker inspect; a newer runner may know this form.";

    /// <summary>A list that can't be read is not an empty one.</summary>
    private async Task<IReadOnlyList<JsonObject>> ListAsync(string path, CancellationToken cancellation) =>
        await http.GetAsync(await PathAsync(path, cancellation), cancellation) is JsonArray list
            ? [.. list.OfType<JsonObject>().Where(one => Text(one["Id"]).Length > 0)]
            : throw EngineWords.Unread(endpoint);

    private async ValueTask<string> PathAsync(string path, CancellationToken cancellation)
    {
        if (spoken is null)
        {
            await AgreeAsync(cancellation);
        }
        return $"v{spoken}/{path}";
    }

    private static IReadOnlyList<string> Digests(JsonNode? image) =>
        [.. (image?["RepoDigests"] as JsonArray ?? []).Select(Text).Where(digest => digest.Length > 0)];

    private static long Number(JsonNode? node) =>
        node is JsonValue value && value.TryGetValue<long>(out var number) ? number : 0;

    public Task<bool> StartAsync(string containerId, CancellationToken cancellation) =>
        ChangeAsync(containerId, "start", EnginePatience.Change, cancellation);

    public Task<bool> StopAsync(string containerId, int graceSeconds, CancellationToken cancellation) =>
        ChangeAsync(
            containerId,
            string.Create(CultureInfo.InvariantCulture, $"stop?t={graceSeconds}"),
            EnginePatience.Stop(graceSeconds),
            cancellation
        );

    public Task RestartAsync(string containerId, int graceSeconds, CancellationToken cancellation) =>
        ChangeAsync(
            containerId,
            string.Create(CultureInfo.InvariantCulture, $"restart?t={graceSeconds}"),
            EnginePatience.Stop(graceSeconds),
            cancellation
        );

    public Task SignalAsync(string containerId, string signal, CancellationToken cancellation) =>
        ChangeAsync(containerId, $"kill?signal={Uri.EscapeDataString(signal)}", EnginePatience.Change, cancellation);

    /// <returns>False when it was so already.</returns>
    private async Task<bool> ChangeAsync(
        string containerId,
        string how,
        TimeSpan within,
        CancellationToken cancellation
    ) =>
        await http.ChangeAsync(
            await PathAsync($"containers/{Uri.EscapeDataString(containerId)}/{how}", cancellation),
            within,
            cancellation
        );

    public async IAsyncEnumerable<EngineEvent> EventsAsync(
        long sinceUnixMs,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var since = sinceUnixMs > 0 ? $"since={Timestamps.ForQuery(sinceUnixMs)}&" : "";
        var filters = Uri.EscapeDataString("""{"type":["container","network"]}""");
        await foreach (
            var told in http.LinesAsync(
                HttpMethod.Get,
                await PathAsync($"events?{since}filters={filters}", cancellation),
                null,
                null,
                cancellation
            )
        )
        {
            if (Event(told) is { } happened)
            {
                yield return happened;
            }
        }
    }

    /// <summary>Null also for one that can't be read: the next look at everything finds what it was about.</summary>
    private EngineEvent? Event(JsonNode told)
    {
        try
        {
            return told.Deserialize(EngineJson.Default.EventMessage) is { } message ? facts.Event(message) : null;
        }
        catch (Exception exception) when (IsUnread(exception))
        {
            return null;
        }
    }

    public async Task<ContainerReading?> ReadAsync(string containerId, CancellationToken cancellation)
    {
        var path = $"containers/{Uri.EscapeDataString(containerId)}/stats?stream=false&one-shot=true";
        return
            await http.GetAsync(await PathAsync(path, cancellation), EngineJson.Default.StatsAnswer, cancellation)
                is { } answer
            ? Stats.Read(containerId, answer)
            : null;
    }

    public Task<IReadOnlyList<ContainerLogLine>> LogsAsync(
        string containerId,
        int tail,
        long sinceUnixMs,
        CancellationToken cancellation
    ) =>
        http.AskAsync<IReadOnlyList<ContainerLogLine>>(
            async asked =>
            {
                var (found, _) = await TailAsync(containerId, tail, sinceUnixMs * 1_000_000, asked);
                return
                [
                    .. found
                        .Lines.Concat(found.Unfinished)
                        .TakeLast(tail)
                        // As people read them; Docker's order is that in which lines ended.
                        .OrderBy(line => line.TimeUnixNs),
                ];
            },
            EnginePatience.Change,
            cancellation
        );

    public async IAsyncEnumerable<IReadOnlyList<ContainerLogLine>> FollowLogsAsync(
        string containerId,
        int tail,
        long sinceUnixNs,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellation
    )
    {
        var (before, pieces) = await http.AskAsync(
            asked => TailAsync(containerId, tail, sinceUnixNs, asked),
            EnginePatience.Change,
            cancellation
        );
        foreach (var part in before.Lines.Concat(follow ? [] : before.Unfinished).Chunk(LogPiece.MostLines))
        {
            yield return part;
        }
        if (!follow)
        {
            yield break;
        }
        var seam = new LogSeam(before.Lines, sinceUnixNs);
        var from = before
            .Lines.Concat(before.Unfinished)
            .Select(line => line.TimeUnixNs)
            .DefaultIfEmpty(sinceUnixNs)
            .Min();
        // Enough pieces to find where it was left, however fast it is written; if not, all there is.
        for (int? most = pieces + PiecesBeyond; ; most = null)
        {
            var gap = false;
            using var answer = await LogAsync(containerId, most, from, follow: true, cancellation);
            await foreach (var lines in LogLines.FollowAsync(answer.Read, cancellation))
            {
                if (most is not null && seam.IsMissed(lines[0]))
                {
                    gap = true;
                    break;
                }
                if (seam.New(lines) is { Count: > 0 } fresh)
                {
                    yield return fresh;
                }
            }
            if (!gap)
            {
                yield break;
            }
        }
    }

    /// <summary>The last lines, whole. Docker counts pieces of lines, so it is asked for more until there are enough.</summary>
    private async Task<(LogTail Found, int Pieces)> TailAsync(
        string containerId,
        int tail,
        long sinceUnixNs,
        CancellationToken cancellation
    )
    {
        // One more, so that the first that is wanted is known to be whole.
        for (var pieces = tail + 1; ; pieces = Math.Min(pieces * 4, MostPieces))
        {
            using var answer = await LogAsync(containerId, pieces, sinceUnixNs, follow: false, cancellation);
            var found = await LogLines.TailAsync(answer.Read, tail, pieces, sinceUnixNs, cancellation);
            if (!found.More || found.Lines.Count >= tail || pieces >= MostPieces)
            {
                return (found, pieces);
            }
        }
    }

    private async Task<LogAnswer> LogAsync(
        string containerId,
        int? pieces,
        long sinceUnixNs,
        bool follow,
        CancellationToken cancellation
    )
    {
        var id = Uri.EscapeDataString(containerId);
        // Older engines name the same type whether there are frames or not.
        var terminal =
            (await http.GetAsync(await PathAsync($"containers/{id}/json", cancellation), cancellation))
                ?["Config"]
                ?["Tty"]
                is JsonValue tty
            && tty.TryGetValue<bool>(out var has)
            && has;
        var since =
            sinceUnixNs > LogLines.Since.MarginNs
                ? $"&since={Timestamps.ForQueryNs(sinceUnixNs - LogLines.Since.MarginNs)}"
                : "";
        var tail = pieces?.ToString(CultureInfo.InvariantCulture) ?? "all";
        var path =
            $"containers/{id}/logs?stdout=true&stderr=true&timestamps=true&follow={(follow ? "true" : "false")}&tail={tail}{since}";
        var answer = await http.ReadAsync(await PathAsync(path, cancellation), cancellation);
        return new LogAnswer(answer, new LogFrames(await answer.Content.ReadAsStreamAsync(cancellation), terminal));
    }

    private sealed record LogAnswer(HttpResponseMessage Answer, LogFrames Frames) : IDisposable
    {
        public LogLines.Read Read => (buffer, cancellation) => Frames.ReadAsync(buffer, cancellation);

        public void Dispose() => Answer.Dispose();
    }

    public void Dispose()
    {
        http.Dispose();
        agreeing.Dispose();
    }

    /// <summary>Asks the engine what it speaks, and speaks the newest of it that both sides know.</summary>
    /// <returns>The engine's answer.</returns>
    private async Task<JsonNode> AgreeAsync(CancellationToken cancellation)
    {
        await agreeing.WaitAsync(cancellation);
        try
        {
            // Every engine answers this without a version in the path.
            var version =
                await http.GetAsync("version", cancellation)
                ?? throw new EngineException(HttpStatusCode.NotFound, "there is no such path");
            spoken = EngineVersions.Agree(
                Text(version["Version"]),
                Text(version["ApiVersion"]),
                Text(version["MinAPIVersion"])
            );
            return version;
        }
        catch (EngineException refused) when (refused.Status is HttpStatusCode.NotFound or >= (HttpStatusCode)500)
        {
            // Not to be taken for the answer to what was really asked.
            throw new EngineException(
                refused.Status,
                $"Docker does not say which API it speaks (GET /version): {refused.Message}",
                refused
            );
        }
        finally
        {
            agreeing.Release();
        }
    }

    private async ValueTask<IReadOnlyList<string>> DigestsAsync(string imageId, CancellationToken cancellation)
    {
        if (digests.TryGetValue(imageId, out var known))
        {
            return known;
        }
        // An image may be removed under a container that still uses it: its id is what is left to name it by.
        var path = await PathAsync($"images/{Uri.EscapeDataString(imageId)}/json", cancellation);
        return await http.GetAsync(path, cancellation) is { } image ? digests[imageId] = Digests(image) : [];
    }

    /// <summary>Null where it is not known. Only of who runs as root: of others the question does not arise.</summary>
    private async ValueTask<string?> ImageUserAsync(JsonObject inspected, CancellationToken cancellation)
    {
        var imageId = Text(inspected["Image"]);
        if (!HardenWords.IsRoot(Text((inspected["Config"] as JsonObject)?["User"])) || imageId.Length == 0)
        {
            return null;
        }
        if (imageUsers.TryGetValue(imageId, out var known))
        {
            return known;
        }
        try
        {
            var path = await PathAsync($"images/{Uri.EscapeDataString(imageId)}/json", cancellation);
            return await http.GetAsync(path, cancellation) is JsonObject { } image
                ? imageUsers[imageId] = Text((image["Config"] as JsonObject)?["User"])
                : null;
        }
        catch (Exception exception) when (exception is EngineException or JsonException)
        {
            // That it can't be told costs the container nothing but this.
            return null;
        }
    }
}
