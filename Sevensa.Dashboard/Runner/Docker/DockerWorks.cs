using System.Net;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>The works over <see cref="EngineHttp"/>.</summary>
internal sealed class DockerWorks(Uri endpoint, RegistryCredentials registries, TimeProvider? time = null)
    : IDockerWorks,
        IDisposable
{
    /// <summary>The engine learns that a container has ended within so long.</summary>
    private const int MostAgain = 20;
    private static readonly TimeSpan Moment = TimeSpan.FromMilliseconds(100);

    private readonly EngineHttp http = new(endpoint, time);
    private readonly TimeProvider clock = time ?? TimeProvider.System;

    public async Task<JsonObject?> DescribeAsync(string container, CancellationToken cancellation) =>
        await http.GetAsync($"containers/{Escape(container)}/json", cancellation) as JsonObject;

    public Task<IReadOnlyList<JsonObject>> ListAsync(CancellationToken cancellation) =>
        ListAsync("containers/json?all=true", null, cancellation);

    public async Task<string> CreateAsync(string name, JsonObject body, CancellationToken cancellation)
    {
        var created = await http.PostAsync($"containers/create?name={Escape(name)}", body, cancellation);
        return created?["Id"]?.GetValue<string>()
            ?? throw new EngineException(HttpStatusCode.BadGateway, "Docker created a container and named no id.");
    }

    public Task RenameAsync(string container, string name, CancellationToken cancellation) =>
        http.PostAsync($"containers/{Escape(container)}/rename?name={Escape(name)}", null, cancellation);

    public async Task<bool> RemoveAsync(string container, bool withAnonymousVolumes, CancellationToken cancellation)
    {
        try
        {
            return await http.DeleteAsync(
                $"containers/{Escape(container)}?force=true&v={(withAnonymousVolumes ? "true" : "false")}",
                cancellation
            );
        }
        catch (EngineException going)
            when (going.Status == HttpStatusCode.Conflict
                && going.Message.Contains("already in progress", StringComparison.Ordinal)
            )
        {
            // One that removes itself when it ends.
            return false;
        }
    }

    public async Task UpdateAsync(string container, JsonObject body, CancellationToken cancellation)
    {
        for (var again = 0; ; again++)
        {
            try
            {
                await http.PostAsync($"containers/{Escape(container)}/update", body, cancellation);
                return;
            }
            catch (EngineException ending)
                when (again < MostAgain
                    && ending.Message.Contains("update a stopped container", StringComparison.Ordinal)
                )
            {
                // It ends in this very moment, as one does that crashes again and again: for what runs it it has, for the engine it
                // has not yet, and nothing was changed.
                await Task.Delay(Moment, clock, cancellation);
            }
        }
    }

    public Task ConnectAsync(string network, string container, JsonObject endpoint, CancellationToken cancellation) =>
        http.PostAsync(
            $"networks/{Escape(network)}/connect",
            new JsonObject { ["Container"] = container, ["EndpointConfig"] = endpoint.DeepClone() },
            cancellation
        );

    public Task DisconnectAsync(string network, string container, CancellationToken cancellation) =>
        http.PostAsync(
            $"networks/{Escape(network)}/disconnect",
            new JsonObject { ["Container"] = container },
            cancellation
        );

    public Task<IReadOnlyList<JsonObject>> NetworksAsync(CancellationToken cancellation) =>
        ListAsync("networks", null, cancellation);

    public async Task<JsonObject?> NetworkAsync(string name, CancellationToken cancellation) =>
        await http.GetAsync($"networks/{Escape(name)}", cancellation) as JsonObject;

    public Task<IReadOnlyList<JsonObject>> ImagesAsync(CancellationToken cancellation) =>
        ListAsync("images/json", null, cancellation);

    public async Task<JsonObject?> ImageAsync(string reference, CancellationToken cancellation) =>
        await http.GetAsync($"images/{EscapePath(reference)}/json", cancellation) as JsonObject;

    public async Task<string> RegistryDigestAsync(string reference, CancellationToken cancellation)
    {
        var said = await http.GetAsync(
            $"distribution/{EscapePath(reference)}/json",
            cancellation,
            registries.For(reference)
        );
        return said?["Descriptor"]?["digest"]?.GetValue<string>()
            ?? throw new EngineException(HttpStatusCode.NotFound, $"The registry does not know {reference}.");
    }

    public async Task PullAsync(string reference, Action<string> progress, CancellationToken cancellation)
    {
        var (repository, tag) = Split(reference);
        var path = $"images/create?fromImage={Escape(repository)}&tag={Escape(tag)}";
        await foreach (
            var told in http.LinesAsync(
                HttpMethod.Post,
                path,
                registries.For(reference),
                EnginePatience.Silence,
                cancellation
            )
        )
        {
            if (told["error"]?.GetValue<string>() is { } trouble)
            {
                throw new EngineException(HttpStatusCode.BadGateway, trouble);
            }
            if (told["status"]?.GetValue<string>() is { } status)
            {
                progress(told["id"]?.GetValue<string>() is { } layer ? $"{layer}: {status}" : status);
            }
        }
    }

    public Task TagAsync(string image, string repository, string tag, CancellationToken cancellation) =>
        http.PostAsync(
            $"images/{EscapePath(image)}/tag?repo={Escape(repository)}&tag={Escape(tag)}",
            null,
            cancellation
        );

    public Task<bool> RemoveImageAsync(string reference, CancellationToken cancellation) =>
        http.DeleteAsync($"images/{EscapePath(reference)}", cancellation);

    public Task<IReadOnlyList<JsonObject>> VolumesAsync(CancellationToken cancellation) =>
        ListAsync("volumes", "Volumes", cancellation);

    public async Task<JsonObject?> VolumeAsync(string name, CancellationToken cancellation) =>
        await http.GetAsync($"volumes/{Escape(name)}", cancellation) as JsonObject;

    public Task CreateVolumeAsync(
        string name,
        IReadOnlyDictionary<string, string> labels,
        CancellationToken cancellation
    )
    {
        var marks = new JsonObject();
        foreach (var (key, value) in labels)
        {
            marks[key] = value;
        }
        return http.PostAsync("volumes/create", new JsonObject { ["Name"] = name, ["Labels"] = marks }, cancellation);
    }

    public Task<bool> RemoveVolumeAsync(string name, CancellationToken cancellation) =>
        http.DeleteAsync($"volumes/{Escape(name)}", cancellation);

    public Task ReadFilesAsync(
        string container,
        string path,
        Func<Stream, Task> take,
        CancellationToken cancellation
    ) => http.CopyAsync($"containers/{Escape(container)}/archive?path={Escape(path)}", take, cancellation);

    public Task WriteFilesAsync(string container, string path, Stream tar, CancellationToken cancellation) =>
        http.PutAsync($"containers/{Escape(container)}/archive?path={Escape(path)}", tar, cancellation);

    public void Dispose() => http.Dispose();

    /// <summary>Repository and tag, or repository and digest, as <c>images/create</c> wants them.</summary>
    internal static (string Repository, string Tag) Split(string reference)
    {
        if (reference.Split('@', 2) is [var named, var digest])
        {
            return (WithoutTag(named), digest);
        }
        var bare = WithoutTag(reference);
        return (bare, bare.Length == reference.Length ? "latest" : reference[(bare.Length + 1)..]);
    }

    private static string WithoutTag(string reference)
    {
        var colon = reference.LastIndexOf(':');
        return colon > reference.LastIndexOf('/') ? reference[..colon] : reference;
    }

    private async Task<IReadOnlyList<JsonObject>> ListAsync(string path, string? member, CancellationToken cancellation)
    {
        var answer = await http.GetAsync(path, cancellation);
        return (member is null ? answer : answer?[member]) is JsonArray items ? [.. items.OfType<JsonObject>()] : [];
    }

    private static string Escape(string text) => Uri.EscapeDataString(text);

    /// <summary>Slashes of a repository's name are part of the path.</summary>
    private static string EscapePath(string text) =>
        string.Join('/', text.Split('/').Select(Uri.EscapeDataString))
            .Replace("%3A", ":", StringComparison.Ordinal)
            .Replace("%40", "@", StringComparison.Ordinal);
}
