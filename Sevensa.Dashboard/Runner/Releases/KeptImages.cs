using Sevensa.Dashboard.Runner.Docker;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Releases;

/// <summary>
/// The images that the last releases need carry a tag of ours, so that neither this product's pruning nor
/// <c>docker image prune</c> takes them.
/// </summary>
internal sealed class KeptImages(IDockerWorks works, ReleaseBook book, int releases, ILogger log)
{
    public const string Repository = "sevensa-release";
    private const int TagLength = 12;

    /// <summary>Services by image id.</summary>
    private volatile IReadOnlyDictionary<string, IReadOnlyList<string>> needed = Needed(book, releases);

    /// <summary>Services whose last releases need this image; empty when none does.</summary>
    public IReadOnlyList<string> NeededBy(string imageId) => needed.GetValueOrDefault(imageId) ?? [];

    public static string TagOf(string imageId)
    {
        var digits = imageId.Split(':')[^1];
        return $"{Repository}:{digits[..Math.Min(TagLength, digits.Length)]}";
    }

    public static bool IsOurs(string tag) => tag.StartsWith(Repository + ":", StringComparison.Ordinal);

    /// <summary>Specifications that the last releases are made of.</summary>
    public IReadOnlySet<string> Specifications() =>
        book
            .All.Values.SelectMany(all => Latest(all, releases))
            .SelectMany(release => release.Containers)
            .Select(container => container.Specification)
            .ToHashSet(StringComparer.Ordinal);

    /// <summary>Tags what is needed, and takes the tag off what is not, unless that would remove the image: that is for an approved action.</summary>
    public async Task SyncAsync(CancellationToken cancellation)
    {
        needed = Needed(book, releases);
        try
        {
            foreach (var image in await works.ImagesAsync(cancellation))
            {
                var id = Text(image["Id"]);
                var tags = EngineText.Texts(image["RepoTags"]).ToList();
                var tag = TagOf(id);
                var has = tags.Contains(tag, StringComparer.Ordinal);
                if (!has && needed.ContainsKey(id))
                {
                    await works.TagAsync(id, Repository, tag[(Repository.Length + 1)..], cancellation);
                }
                else if (has && !needed.ContainsKey(id) && tags.Count > 1)
                {
                    await works.RemoveImageAsync(tag, cancellation);
                }
            }
        }
        catch (EngineException exception)
        {
            log.ImagesNotKept(exception.Message);
        }
    }

    private static Dictionary<string, IReadOnlyList<string>> Needed(ReleaseBook book, int releases)
    {
        var services = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (var (service, all) in book.All)
        {
            foreach (var container in Latest(all, releases).SelectMany(release => release.Containers))
            {
                if (!services.TryGetValue(container.ImageId, out var names))
                {
                    services[container.ImageId] = names = new HashSet<string>(StringComparer.Ordinal);
                }
                names.Add(service.ToString());
            }
        }
        return services.ToDictionary(
            image => image.Key,
            image => (IReadOnlyList<string>)[.. image.Value.Order(StringComparer.Ordinal)],
            StringComparer.Ordinal
        );
    }

    private static IEnumerable<ReleaseFacts> Latest(IReadOnlyList<ReleaseFacts> all, int releases) =>
        all.Skip(Math.Max(0, all.Count - releases));
}
