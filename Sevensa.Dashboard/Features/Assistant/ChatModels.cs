using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>The chat models that are configured; a conversation is had with one of them.</summary>
internal sealed class ChatModels
{
    private const int MostNear = 3;

    private readonly IHttpClientFactory clients;
    private readonly OllamaOptions options;
    private readonly Upstreams upstreams;
    private readonly TimeProvider time;

    public ChatModels(
        IHttpClientFactory clients,
        IOptions<OllamaOptions> options,
        IOptions<List<FurtherModelOptions>> further,
        Upstreams upstreams,
        TimeProvider time
    )
    {
        (this.clients, this.options, this.upstreams, this.time) = (clients, options.Value, upstreams, time);
        Main = Open(options.Value);
        All =
        [
            Main,
            .. further
                .Value.Where(one => one.Name != options.Value.Model)
                .DistinctBy(one => one.Name)
                .Select(one => Open(one.Over(options.Value))),
        ];
    }

    /// <summary>The one that is asked when nobody chooses another.</summary>
    public ChatModel Main { get; }

    /// <summary>The main one first, then as configured.</summary>
    public IReadOnlyList<ChatModel> All { get; }

    /// <summary>Ollama's own tag <c>:latest</c> may be left out or given.</summary>
    public ChatModel? Find(string name) =>
        All.FirstOrDefault(model => model.ModelName == name)
        ?? All.FirstOrDefault(model =>
            string.Equals(Bare(model.ModelName), Bare(name), StringComparison.OrdinalIgnoreCase)
        );

    /// <exception cref="UnknownModelException">None of that name is configured; its message has the near ones.</exception>
    public ChatModel Named(string name) => Find(name) ?? throw new UnknownModelException(name, Near(name));

    /// <summary>A model of the main server, configured or not: one that somebody thinks of using.</summary>
    public ChatModel OfMainServer(string name) => Find(name) ?? Open(options.For(name));

    private ChatModel Open(OllamaOptions own) =>
        new(clients, Options.Create(own), upstreams, time, own.Url == options.Url && own.Model == options.Model);

    private IReadOnlyList<string> Near(string name)
    {
        var asked = Bare(name).ToLowerInvariant();
        var all = All.Select(model => model.ModelName).ToList();
        var near = all.Where(known =>
            {
                var bare = Bare(known).ToLowerInvariant();
                return bare.Contains(asked, StringComparison.Ordinal)
                    || asked.Contains(bare.Split(':')[0], StringComparison.Ordinal)
                    || Typing.Distance(bare, asked) <= Math.Max(2, bare.Length / 3);
            })
            .ToList();
        return [.. (near.Count > 0 ? near : all).Take(MostNear)];
    }

    private static string Bare(string name) =>
        name.EndsWith(":latest", StringComparison.OrdinalIgnoreCase) ? name[..^":latest".Length] : name;
}

/// <summary>No chat model of that name is configured: 404 in an address, 422 in a body.</summary>
internal sealed class UnknownModelException(string name, IReadOnlyList<string> near)
    : Exception(
        $"No chat model \"{StoreText.Shorten(name, 80)}\" is configured. Did you mean {string.Join(" or ", near)}?"
    );
