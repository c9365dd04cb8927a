using System.Collections.Concurrent;
using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Sandbox.Fleet;
using Sevensa.Dashboard.Sandbox.Serving;

namespace Sevensa.Dashboard.Sandbox.Docker;

/// <summary>Tar in and out of a container: of its volumes only, for a simulated container has no other files.</summary>
internal sealed class DockerArchive(SimulatedFleet fleet, ContainerConfigs configs, DockerVolumes volumes)
{
    private const UnixFileMode File = (UnixFileMode)0b110_100_100;
    private const UnixFileMode Folder = (UnixFileMode)0b111_101_101;

    public async Task GetAsync(HttpContext context, FleetContainer container)
    {
        var (files, inside, root) = Find(context, container);
        var kept = files
            .Where(f =>
                inside.Length == 0 || f.Key == inside || f.Key.StartsWith(inside + "/", StringComparison.Ordinal)
            )
            .OrderBy(f => f.Key, StringComparer.Ordinal)
            .ToArray();
        if (kept.Length == 0 && inside.Length > 0)
        {
            throw NotFound(context, container);
        }
        context.Response.Headers["X-Docker-Container-Path-Stat"] = Convert.ToBase64String(
            Encoding.UTF8.GetBytes(
                new JsonObject
                {
                    ["name"] = root,
                    ["size"] = 4096,
                    ["mode"] = 2147484141,
                    ["mtime"] = Reply.GoTime(fleet.Now),
                    ["linkTarget"] = "",
                }.ToJsonString()
            )
        );
        context.Response.ContentType = "application/x-tar";
        if (context.Request.Method == "HEAD")
        {
            return;
        }
        using var tar = new MemoryStream();
        await using (var writer = new TarWriter(tar, TarEntryFormat.Ustar, leaveOpen: true))
        {
            var time = DateTimeOffset.FromUnixTimeSeconds((long)fleet.Origin);
            foreach (var folder in Folders(root, kept.Select(f => f.Key[inside.Length..].Trim('/'))))
            {
                await writer.WriteEntryAsync(
                    new UstarTarEntry(TarEntryType.Directory, folder + "/") { Mode = Folder, ModificationTime = time },
                    context.RequestAborted
                );
            }
            foreach (var (path, content) in kept)
            {
                var entry = new UstarTarEntry(
                    TarEntryType.RegularFile,
                    $"{root}/{path[inside.Length..].Trim('/')}".TrimEnd('/')
                )
                {
                    Mode = File,
                    ModificationTime = time,
                    DataStream = new MemoryStream(content),
                };
                await writer.WriteEntryAsync(entry, context.RequestAborted);
            }
        }
        tar.Position = 0;
        await tar.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    public async Task PutAsync(HttpContext context, FleetContainer container)
    {
        var asked = context.Request.Query["path"].ToString();
        if (Normal(asked).Length > 0)
        {
            Find(context, container);
        }
        using var posted = new MemoryStream();
        await context.Request.Body.CopyToAsync(posted, context.RequestAborted);
        posted.Position = 0;
        try
        {
            // Docker looks at the first bytes: archives may come compressed.
            using var plain = IsCompressed(posted)
                ? new GZipStream(posted, CompressionMode.Decompress)
                : (Stream)posted;
            using var reader = new TarReader(plain);
            while (await reader.GetNextEntryAsync(cancellationToken: context.RequestAborted) is { } entry)
            {
                if (entry.EntryType is TarEntryType.RegularFile or TarEntryType.V7RegularFile)
                {
                    using var content = new MemoryStream();
                    if (entry.DataStream is { } data)
                    {
                        await data.CopyToAsync(content, context.RequestAborted);
                    }
                    var full = "/" + Normal($"{asked}/{entry.Name}");
                    if (VolumeAt(container, full) is not { } found)
                    {
                        throw NotFound(context, container);
                    }
                    volumes.FilesOf(found.Volume)[full[found.At.Length..].Trim('/')] = content.ToArray();
                }
            }
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new DockerRefusal(400, "Error processing tar file(exit status 1): " + e.Message);
        }
        await context.EmptyAsync(200);
    }

    /// <summary>The volume under a path, the path inside it, and the name that the archive's root has.</summary>
    private (ConcurrentDictionary<string, byte[]> Files, string Inside, string Root) Find(
        HttpContext context,
        FleetContainer container
    )
    {
        var asked = context.Request.Query["path"].ToString();
        if (asked.Length == 0)
        {
            throw new DockerRefusal(400, "bad parameter: path cannot be empty");
        }
        var path = "/" + Normal(asked);
        if (VolumeAt(container, path) is { } found)
        {
            // "/data/." is what is in the folder, "/data" the folder itself.
            var root = asked.EndsWith("/.", StringComparison.Ordinal) ? "." : path[(path.LastIndexOf('/') + 1)..];
            return (volumes.FilesOf(found.Volume), path[found.At.Length..].Trim('/'), root);
        }
        throw NotFound(context, container);
    }

    private (string Volume, string At)? VolumeAt(FleetContainer container, string path)
    {
        foreach (
            var mount in DockerContainers
                .Mounts(configs.HostConfigOf(container))
                .Where(m => (string?)m?["Type"] == "volume")
        )
        {
            var at = ((string?)mount!["Destination"] ?? "").TrimEnd('/');
            if (path == at || path.StartsWith(at + "/", StringComparison.Ordinal))
            {
                return ((string)mount["Name"]!, at);
            }
        }
        return null;
    }

    private static bool IsCompressed(MemoryStream posted) =>
        posted.Length > 2 && posted.GetBuffer() is [0x1f, 0x8b, ..];

    private static IEnumerable<string> Folders(string root, IEnumerable<string> paths) =>
        paths
            .SelectMany(p =>
                p.Split('/')
                    .SkipLast(1)
                    .Aggregate(new List<string>(), (all, part) => [.. all, $"{all.LastOrDefault(root)}/{part}"])
            )
            .Distinct()
            .Prepend(root);

    private static string Normal(string path) =>
        string.Join(
            '/',
            path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(part => part is not ("." or ".."))
        );

    private static DockerRefusal NotFound(HttpContext context, FleetContainer container) =>
        new(404, $"Could not find the file {context.Request.Query["path"]} in container {container.Id}");
}
