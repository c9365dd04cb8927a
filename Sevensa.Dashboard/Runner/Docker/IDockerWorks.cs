using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Runner.Docker;

/// <summary>What changes containers and what they stand on. Everything in Docker's own JSON, so that nothing is lost.</summary>
internal interface IDockerWorks
{
    /// <summary>Docker's inspect of a container by id or name; null when there is none.</summary>
    Task<JsonObject?> DescribeAsync(string container, CancellationToken cancellation);

    /// <summary>Names by id of all containers, running or not.</summary>
    Task<IReadOnlyList<JsonObject>> ListAsync(CancellationToken cancellation);

    /// <param name="body">Of <c>POST /containers/create</c>.</param>
    /// <returns>The new container's id.</returns>
    Task<string> CreateAsync(string name, JsonObject body, CancellationToken cancellation);

    Task RenameAsync(string container, string name, CancellationToken cancellation);

    /// <summary>Removes it, running or not; false when it was gone. Named volumes always stay.</summary>
    /// <param name="withAnonymousVolumes">Also the volumes that Docker made for it and nobody named.</param>
    Task<bool> RemoveAsync(string container, bool withAnonymousVolumes, CancellationToken cancellation);

    /// <param name="body">Of <c>POST /containers/{id}/update</c>.</param>
    Task UpdateAsync(string container, JsonObject body, CancellationToken cancellation);

    /// <param name="endpoint">Docker's <c>EndpointSettings</c>.</param>
    Task ConnectAsync(string network, string container, JsonObject endpoint, CancellationToken cancellation);

    Task DisconnectAsync(string network, string container, CancellationToken cancellation);

    Task<IReadOnlyList<JsonObject>> NetworksAsync(CancellationToken cancellation);

    /// <summary>Null when there is none of that name.</summary>
    Task<JsonObject?> NetworkAsync(string name, CancellationToken cancellation);

    Task<IReadOnlyList<JsonObject>> ImagesAsync(CancellationToken cancellation);

    /// <summary>Docker's inspect of an image by id or reference; null when it is not on the host.</summary>
    Task<JsonObject?> ImageAsync(string reference, CancellationToken cancellation);

    /// <summary>What the registry says of a reference: <c>sha256:…</c>.</summary>
    /// <exception cref="EngineException">It does not say; its words.</exception>
    Task<string> RegistryDigestAsync(string reference, CancellationToken cancellation);

    /// <exception cref="EngineException">The registry's words when it did not come.</exception>
    Task PullAsync(string reference, Action<string> progress, CancellationToken cancellation);

    Task TagAsync(string image, string repository, string tag, CancellationToken cancellation);

    /// <summary>Removes a tag, and with its last one the image. False when it was gone.</summary>
    Task<bool> RemoveImageAsync(string reference, CancellationToken cancellation);

    Task<IReadOnlyList<JsonObject>> VolumesAsync(CancellationToken cancellation);

    Task<JsonObject?> VolumeAsync(string name, CancellationToken cancellation);

    Task CreateVolumeAsync(string name, IReadOnlyDictionary<string, string> labels, CancellationToken cancellation);

    Task<bool> RemoveVolumeAsync(string name, CancellationToken cancellation);

    /// <summary>Hands over a tar of a path in a container as it comes.</summary>
    Task ReadFilesAsync(string container, string path, Func<Stream, Task> take, CancellationToken cancellation);

    Task WriteFilesAsync(string container, string path, Stream tar, CancellationToken cancellation);
}
