using System.Collections.Concurrent;

namespace Sevensa.Dashboard.Features.Scans.Trend;

/// <summary>Images of which a report was taken in here since somebody last looked.</summary>
internal sealed class ReportNews
{
    private readonly ConcurrentDictionary<string, byte> images = new(StringComparer.Ordinal);

    public void Note(string imageId) => images[imageId] = 0;

    /// <summary>Those there are; they are no news any more.</summary>
    public IReadOnlyCollection<string> Take() => [.. images.Keys.Where(image => images.TryRemove(image, out _))];
}
