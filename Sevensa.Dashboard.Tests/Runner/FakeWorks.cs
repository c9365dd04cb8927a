using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Tests.Runner;

/// <summary>What containers of a <see cref="FakeEngine"/> are made of. Names are taken once, calls are written down with those of the engine.</summary>
internal sealed class FakeWorks(FakeEngine engine) : IDockerWorks
{
    private readonly ConcurrentDictionary<string, JsonObject> bodies = new();
    private int made;

    public ConcurrentDictionary<string, JsonObject> Images { get; } = new();

    public ConcurrentDictionary<string, JsonObject> Networks { get; } = new();

    public ConcurrentDictionary<string, JsonObject> Volumes { get; } = new();

    public List<string> Pulls { get; } = [];

    /// <summary>What a container was created from; an inspect otherwise.</summary>
    public JsonObject BodyOf(string id) => bodies[id];

    /// <summary>Gives a container of the engine something to be made of.</summary>
    public void Describe(string id, JsonObject inspect)
    {
        inspect["Id"] = id;
        bodies[id] = inspect;
    }

    public void AddImage(string id, params string[] tags) =>
        Images[id] = new JsonObject
        {
            ["Id"] = id,
            ["RepoTags"] = new JsonArray([.. tags.Select(tag => (JsonNode)tag)]),
            ["Config"] = new JsonObject(),
        };

    public Task<JsonObject?> DescribeAsync(string container, CancellationToken cancellation)
    {
        engine.Answer();
        return Task.FromResult(Find(container) is { } id ? Inspect(id) : null);
    }

    public Task<IReadOnlyList<JsonObject>> ListAsync(CancellationToken cancellation)
    {
        engine.Answer();
        return Task.FromResult<IReadOnlyList<JsonObject>>([
            .. engine.Containers.Values.Select(facts => new JsonObject
            {
                ["Id"] = facts.Id,
                ["ImageID"] = facts.ImageId,
                ["Names"] = new JsonArray("/" + facts.Name),
                ["Labels"] = new JsonObject([
                    .. facts.Labels.Select(label => KeyValuePair.Create(label.Key, (JsonNode?)label.Value)),
                ]),
                ["Mounts"] = bodies.GetValueOrDefault(facts.Id)?["Mounts"]?.DeepClone(),
            }),
        ]);
    }

    public async Task<string> CreateAsync(string name, JsonObject body, CancellationToken cancellation)
    {
        var id = "";
        await engine.ChangeAsync(
            $"create {name}",
            () =>
            {
                if (Find(name) is not null)
                {
                    throw new EngineException(
                        HttpStatusCode.Conflict,
                        $"Conflict. The container name \"/{name}\" is already in use"
                    );
                }
                var number = Interlocked.Increment(ref made);
                id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{name} {number}")));
                var config = (JsonObject)body.DeepClone();
                var host = config["HostConfig"]?.DeepClone() ?? new JsonObject();
                config.Remove("HostConfig");
                config.Remove("NetworkingConfig");
                bodies[id] = new JsonObject
                {
                    ["Id"] = id,
                    ["Config"] = config,
                    ["HostConfig"] = host,
                    ["Image"] = Images
                        .Values.FirstOrDefault(image => Means(image, config["Image"]!.GetValue<string>()))
                        ?["Id"]?.DeepClone(),
                };
                engine.Containers[id] = Samples.Container(name) with
                {
                    Id = id,
                    State = "created",
                    StartedAtUnixMs = 0,
                };
            }
        );
        return id;
    }

    public Task RenameAsync(string container, string name, CancellationToken cancellation) =>
        engine.ChangeAsync(
            $"rename {container} {name}",
            () =>
            {
                var id = Known(container);
                if (Find(name) is { } other && other != id)
                {
                    throw new EngineException(
                        HttpStatusCode.Conflict,
                        $"Conflict. The container name \"/{name}\" is already in use"
                    );
                }
                engine.Containers[id] = engine.Containers[id] with { Name = name };
            }
        );

    public async Task<bool> RemoveAsync(string container, bool withAnonymousVolumes, CancellationToken cancellation)
    {
        if (Find(container) is null)
        {
            return false;
        }
        await engine.ChangeAsync(
            $"remove {container}",
            () =>
            {
                var id = Known(container);
                engine.Containers.TryRemove(id, out _);
                bodies.TryRemove(id, out _);
            }
        );
        return true;
    }

    public Task UpdateAsync(string container, JsonObject body, CancellationToken cancellation) =>
        engine.ChangeAsync(
            $"update {container} {body.ToJsonString()}",
            () =>
            {
                var host = bodies[Known(container)]["HostConfig"]!.AsObject();
                foreach (var (member, value) in body)
                {
                    host[member] = value?.DeepClone();
                }
            }
        );

    public Task ConnectAsync(string network, string container, JsonObject endpoint, CancellationToken cancellation) =>
        engine.ChangeAsync(
            $"connect {network} {container}",
            () => NetworksOf(container)[network] = endpoint.DeepClone()
        );

    public Task DisconnectAsync(string network, string container, CancellationToken cancellation) =>
        engine.ChangeAsync($"disconnect {network} {container}", () => NetworksOf(container).Remove(network));

    public Task<IReadOnlyList<JsonObject>> NetworksAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<JsonObject>>([.. Networks.Values]);

    public Task<JsonObject?> NetworkAsync(string name, CancellationToken cancellation) =>
        Task.FromResult(Networks.GetValueOrDefault(name));

    public Task<IReadOnlyList<JsonObject>> ImagesAsync(CancellationToken cancellation)
    {
        engine.Answer();
        return Task.FromResult<IReadOnlyList<JsonObject>>([.. Images.Values]);
    }

    public Task<JsonObject?> ImageAsync(string reference, CancellationToken cancellation)
    {
        engine.Answer();
        return Task.FromResult(Images.Values.FirstOrDefault(image => Means(image, reference)));
    }

    public Task<string> RegistryDigestAsync(string reference, CancellationToken cancellation) =>
        throw new EngineException(HttpStatusCode.NotFound, "manifest unknown");

    public async Task PullAsync(string reference, Action<string> progress, CancellationToken cancellation)
    {
        await engine.ChangeAsync($"pull {reference}", () => Pulls.Add(reference));
        progress("Pulling fs layer");
        AddImage("sha256:" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(reference))), reference);
    }

    public Task TagAsync(string image, string repository, string tag, CancellationToken cancellation) =>
        engine.ChangeAsync(
            $"tag {image} {repository}:{tag}",
            () => Images[image]["RepoTags"]!.AsArray().Add((JsonNode)$"{repository}:{tag}")
        );

    public async Task<bool> RemoveImageAsync(string reference, CancellationToken cancellation)
    {
        if (Images.Values.FirstOrDefault(image => Means(image, reference)) is not { } image)
        {
            return false;
        }
        await engine.ChangeAsync(
            $"untag {reference}",
            () =>
            {
                var tags = image["RepoTags"]!.AsArray();
                if (tags.FirstOrDefault(tag => tag!.GetValue<string>() == reference) is { } found)
                {
                    tags.Remove(found);
                }
                if (tags.Count == 0)
                {
                    Images.TryRemove(image["Id"]!.GetValue<string>(), out _);
                }
            }
        );
        return true;
    }

    public Task<IReadOnlyList<JsonObject>> VolumesAsync(CancellationToken cancellation) =>
        Task.FromResult<IReadOnlyList<JsonObject>>([.. Volumes.Values]);

    public Task<JsonObject?> VolumeAsync(string name, CancellationToken cancellation) =>
        Task.FromResult(Volumes.GetValueOrDefault(name));

    public Task CreateVolumeAsync(
        string name,
        IReadOnlyDictionary<string, string> labels,
        CancellationToken cancellation
    ) => engine.ChangeAsync($"volume {name}", () => Volumes[name] = new JsonObject { ["Name"] = name });

    public Task<bool> RemoveVolumeAsync(string name, CancellationToken cancellation) =>
        Task.FromResult(Volumes.TryRemove(name, out _));

    public Task ReadFilesAsync(
        string container,
        string path,
        Func<Stream, Task> take,
        CancellationToken cancellation
    ) => take(new MemoryStream(Content));

    /// <summary>What every volume holds.</summary>
    public byte[] Content { get; set; } = [1, 2, 3];

    public byte[] Written { get; private set; } = [];

    public async Task WriteFilesAsync(string container, string path, Stream tar, CancellationToken cancellation)
    {
        using var copy = new MemoryStream();
        await tar.CopyToAsync(copy, cancellation);
        Written = copy.ToArray();
    }

    private JsonObject Inspect(string id)
    {
        var facts = engine.Containers[id];
        var inspect = (JsonObject)
            (
                bodies.GetValueOrDefault(id)
                ?? new JsonObject { ["Config"] = new JsonObject(), ["HostConfig"] = new JsonObject() }
            ).DeepClone();
        inspect["Id"] = id;
        inspect["Name"] = "/" + facts.Name;
        inspect["State"] = new JsonObject { ["Status"] = facts.State };
        inspect["Image"] ??= facts.ImageId;
        inspect["Config"]!["Image"] ??= facts.Image;
        return inspect;
    }

    private JsonObject NetworksOf(string container)
    {
        var body = bodies[Known(container)];
        if (body["NetworkSettings"] is not JsonObject settings)
        {
            body["NetworkSettings"] = settings = new JsonObject { [nameof(Networks)] = new JsonObject() };
        }
        return settings[nameof(Networks)]!.AsObject();
    }

    private string? Find(string container) =>
        engine.Containers.ContainsKey(container)
            ? container
            : engine.Containers.Values.FirstOrDefault(facts => facts.Name == container)?.Id;

    private string Known(string container) =>
        Find(container) ?? throw new EngineException(HttpStatusCode.NotFound, $"No such container: {container}");

    private static bool Means(JsonObject image, string reference) =>
        image["Id"]!.GetValue<string>() == reference
        || image["RepoTags"]!.AsArray().Any(tag => tag!.GetValue<string>() == reference);
}
