using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>
/// A dockerd of the test's own: data, sockets and containerd lie in one temporary folder, nothing is shared with another
/// engine, and nothing is left behind. It is asked over the Engine's HTTP API, not through the product's own client, so
/// that what the product claims is checked independently.
/// </summary>
public sealed class DockerEngine : IAsyncLifetime
{
    private readonly string folder = Workspace.NewFolder("dock");
    private readonly NeededParts needs = new();
    private readonly HttpClient http;
    private readonly bool ownNetwork;
    private string daemon = "";
    private string unshare = "";
    private ServerProcess? process;

    public DockerEngine()
        : this(ownNetwork: false) { }

    /// <param name="ownNetwork">
    /// In a network namespace of its own, with Docker's default bridge: ports can be published and addresses given out without
    /// meeting those of the host. Nothing in there can be reached from outside but the engine itself.
    /// </param>
    internal DockerEngine(bool ownNetwork)
    {
        this.ownNetwork = ownNetwork;
        http = new HttpClient(
            new SocketsHttpHandler
            {
                ConnectCallback = async (_, token) =>
                {
                    var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                    try
                    {
                        await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), token);
                        return new NetworkStream(socket, ownsSocket: true);
                    }
                    catch
                    {
                        socket.Dispose();
                        throw;
                    }
                },
            }
        )
        {
            BaseAddress = new Uri("http://docker/v1.41/"),
        };
    }

    public string SocketPath
    {
        get
        {
            needs.Check();
            return Path.Combine(folder, "d.sock");
        }
    }

    /// <summary>What a runner is given: <c>unix:///…</c></summary>
    public string Endpoint => $"unix://{SocketPath}";

    /// <summary>The Engine's API, addresses relative to its version.</summary>
    public HttpClient Http => http;

    public async ValueTask InitializeAsync()
    {
        daemon = needs.Executable("docker.io", "/usr/sbin/dockerd", "/usr/bin/dockerd");
        needs.Executable("busybox-static", "/bin/busybox", "/usr/bin/busybox");
        if (ownNetwork)
            unshare = needs.Executable("util-linux", "/usr/bin/unshare", "/bin/unshare");
        if (needs.Has(Workspace.IsRoot, "dockerd needs root: run the tests as root"))
            await StartAsync();
    }

    /// <summary>Starts the daemon (again) over the same data.</summary>
    public async Task StartAsync()
    {
        if (process is not null)
        {
            await process.DisposeAsync();
            await ClearAsync();
            // A killed daemon leaves them, and takes whoever has these ids now for its own: after a power cut they lie.
            File.Delete($"{folder}/dockerd.pid");
            File.Delete($"{folder}/exec/containerd/containerd.pid");
        }
        string[] command =
        [
            daemon,
            $"--host={Endpoint}",
            $"--data-root={folder}/data",
            $"--exec-root={folder}/exec",
            $"--pidfile={folder}/dockerd.pid",
            // Works on every file system; the images here are 2 MB.
            "--storage-driver=vfs",
            // The host's firewall and addresses stay as they are.
            ownNetwork ? "--bip=172.31.255.1/24" : "--bridge=none",
            "--iptables=false",
            "--ip6tables=false",
            "--ip-forward=false",
            "--shutdown-timeout=2",
        ];
        process = ownNetwork
            ? ServerProcess.Start(
                "dockerd",
                unshare,
                ["--net", "/bin/sh", "-c", "busybox ip link set lo up && exec \"$0\" \"$@\"", .. command],
                folder: folder
            )
            : ServerProcess.Start("dockerd", daemon, command[1..], folder: folder);
        await process.ReadyAsync(async token =>
        {
            using var answer = await http.GetAsync(new Uri("_ping", UriKind.Relative), token);
            return answer.IsSuccessStatusCode;
        });
    }

    /// <summary>Stops the daemon and with it the containers, as an outage would.</summary>
    public Task StopAsync() => process!.StopAsync();

    /// <summary>Ends the daemon, and all it started, as a power cut would.</summary>
    public Task KillAsync() => process!.KillAsync();

    /// <summary>Makes an image from Debian's static busybox; its content, and so its id, differs by name.</summary>
    /// <returns>The image's id, <c>sha256:…</c></returns>
    public async Task<string> ImageAsync(string reference, params string[] changes)
    {
        var (repository, tag) = reference.LastIndexOf(':') is > 0 and var colon
            ? (reference[..colon], reference[(colon + 1)..])
            : (reference, "latest");
        var query = $"images/create?fromSrc=-&repo={Uri.EscapeDataString(repository)}&tag={Uri.EscapeDataString(tag)}";
        foreach (var change in changes)
            query += $"&changes={Uri.EscapeDataString(change)}";
        using var content = new StreamContent(await BusyboxImage.TarAsync(reference));
        content.Headers.ContentType = new("application/x-tar");
        using var answer = await http.PostAsync(new Uri(query, UriKind.Relative), content);
        await SucceededAsync(answer);
        var image = await GetAsync($"images/{reference}/json");
        return image["Id"]!.GetValue<string>();
    }

    /// <summary>Creates a network and returns its id. Containers on it reach each other and nothing else.</summary>
    public async Task<string> NetworkAsync(string name) =>
        (
            await PostAsync(
                "networks/create",
                new JsonObject
                {
                    ["Name"] = name,
                    ["Internal"] = true,
                    ["CheckDuplicate"] = true,
                }
            )
        )!["Id"]!.GetValue<string>();

    /// <summary>Creates a container and starts it; returns its id.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="image">An image made with <see cref="ImageAsync"/>.</param>
    /// <param name="labels"><c>sevensa.tenant</c> and <c>sevensa.service</c>, or those of a Compose project.</param>
    /// <param name="command">What it runs; without it a loop that writes a line a second and ends at once on TERM.</param>
    /// <param name="adjust">Last changes to the request, in the Engine's own words.</param>
    public async Task<string> ContainerAsync(
        string name,
        string image,
        IReadOnlyDictionary<string, string>? labels = null,
        string[]? command = null,
        Action<JsonObject>? adjust = null
    )
    {
        var marks = new JsonObject();
        foreach (var (key, value) in labels ?? new Dictionary<string, string>())
            marks[key] = value;
        var request = new JsonObject
        {
            ["Image"] = image,
            ["Labels"] = marks,
            ["Cmd"] = new JsonArray([.. (command ?? BusyboxImage.Chatter(name)).Select(part => (JsonNode)part)]),
            ["HostConfig"] = new JsonObject { ["NetworkMode"] = "none", ["Init"] = true },
        };
        adjust?.Invoke(request);
        var created = await PostAsync($"containers/create?name={Uri.EscapeDataString(name)}", request);
        var id = created!["Id"]!.GetValue<string>();
        await PostAsync($"containers/{id}/start");
        return id;
    }

    /// <summary>The Engine's description of a container, by id or name.</summary>
    public async Task<JsonObject> InspectAsync(string container) =>
        (JsonObject)await GetAsync($"containers/{container}/json");

    /// <summary>When the container was last started, in the Engine's own precision.</summary>
    public async Task<string> StartedAtAsync(string container) =>
        (await InspectAsync(container))["State"]!["StartedAt"]!.GetValue<string>();

    /// <summary>All containers, running or not.</summary>
    public async Task<JsonArray> ContainersAsync() => (JsonArray)await GetAsync("containers/json?all=true");

    /// <summary>What the Engine answers at a path.</summary>
    public async Task<JsonNode> GetAsync(string path)
    {
        using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
        await SucceededAsync(answer);
        return (await answer.Content.ReadFromJsonAsync<JsonNode>())!;
    }

    /// <summary>Asks the Engine to do something; null where it answers with nothing.</summary>
    public async Task<JsonNode?> PostAsync(string path, JsonNode? body = null)
    {
        using var answer = await http.PostAsync(
            new Uri(path, UriKind.Relative),
            body is null ? null : JsonContent.Create(body)
        );
        await SucceededAsync(answer);
        var text = await answer.Content.ReadAsStringAsync();
        return text.Length == 0 ? null : JsonNode.Parse(text);
    }

    public async Task RemoveAsync(string container)
    {
        using var answer = await http.DeleteAsync(
            new Uri($"containers/{container}?force=true&v=true", UriKind.Relative)
        );
        if (answer.StatusCode != HttpStatusCode.NotFound)
            await SucceededAsync(answer);
    }

    public async ValueTask DisposeAsync()
    {
        if (process is { HasExited: false })
        {
            // What it refuses now, such as one that is just removing itself, ends with it.
            foreach (var container in await ContainersAsync())
            {
                var path = $"containers/{container!["Id"]}?force=true&v=true";
                using (await http.DeleteAsync(new Uri(path, UriKind.Relative))) { }
            }
            foreach (var network in (JsonArray)await GetAsync("networks?filters={\"type\":[\"custom\"]}"))
                using (await http.DeleteAsync(new Uri($"networks/{network!["Id"]}", UriKind.Relative))) { }
        }
        http.Dispose();
        if (process is not null)
            await process.DisposeAsync();
        await ClearAsync();
        Directory.Delete(folder, recursive: true);
    }

    // What a daemon leaves when it was killed: containerd, the containers' shims, and mounts.
    private async Task ClearAsync()
    {
        await Eventually.TrueAsync(
            "the engine's processes are gone",
            token =>
            {
                token.ThrowIfCancellationRequested();
                var left = ProcessesNaming(folder);
                foreach (var id in left)
                    _ = Posix.Kill(id, Posix.SigKill);
                return Task.FromResult(left.Count == 0);
            }
        );
        foreach (var mount in MountsBelow(folder))
            await ServerProcess.RunAsync("/bin/umount", "--lazy", mount);
    }

    private static List<int> ProcessesNaming(string folder)
    {
        var found = new List<int>();
        foreach (var entry in Directory.EnumerateDirectories("/proc"))
        {
            if (
                !int.TryParse(Path.GetFileName(entry), CultureInfo.InvariantCulture, out var id)
                || id == Environment.ProcessId
            )
                continue;
            try
            {
                // Both are full paths of the folder below which only this engine lives. A zombie has no command line.
                if (File.ReadAllText($"{entry}/cmdline").Contains(folder + "/", StringComparison.Ordinal))
                    found.Add(id);
            }
            catch (IOException)
            {
                // It has ended meanwhile.
            }
        }
        return found;
    }

    private static List<string> MountsBelow(string folder) =>
        [
            .. File.ReadAllLines("/proc/self/mounts")
                .Select(line => line.Split(' ')[1])
                .Where(mount => mount.StartsWith(folder + "/", StringComparison.Ordinal))
                .OrderByDescending(mount => mount.Length),
        ];

    private async Task SucceededAsync(HttpResponseMessage answer)
    {
        if (!answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.NotModified)
        {
            var said = await answer.Content.ReadAsStringAsync();
            throw new InvalidOperationException(
                $"{answer.RequestMessage!.RequestUri} answered {(int)answer.StatusCode}: {said}{process?.Tail()}"
            );
        }
    }
}
