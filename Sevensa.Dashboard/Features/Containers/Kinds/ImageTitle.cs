using Sevensa.Dashboard.Features.Containers.Releases;

namespace Sevensa.Dashboard.Features.Containers.Kinds;

/// <summary>"2.4.1 → 2.4.2" of a deploy; with digests where the tags don't tell two images apart.</summary>
internal static class ImageTitle
{
    public static string Of(ActionPlan plan)
    {
        var reference = PlanBench.Text(plan.Parameters, "image") ?? "";
        var after = plan.Changes.FirstOrDefault(change =>
            change.What.StartsWith("image of ", StringComparison.Ordinal)
        );
        var digest = Digest(after?.After);
        var own = plan.Containers.Where(container => container.Service == plan.Target).ToList();
        var sameRepository = own.TrueForAll(container => Repository(container.Image) == Repository(reference));
        var before = own.Select(container =>
                sameRepository ? ReleaseLabels.TagOf(container.Image, container.ImageDigest) : container.Image
            )
            .Distinct(StringComparer.Ordinal)
            .ToList();
        var wanted = sameRepository ? ReleaseLabels.TagOf(reference, digest) : reference;
        if (before.Contains(wanted))
        {
            return $"{string.Join(", ", own.Select(container => $"{wanted} ({PlanBench.Short(container.ImageDigest)})").Distinct())} → {wanted} ({digest})";
        }
        // A tag can be moved: what it means now is part of what is approved.
        return $"{string.Join(", ", before)} → {(wanted == digest ? wanted : $"{wanted} ({digest})")}";
    }

    private static string Digest(string? change) =>
        change?.LastIndexOf('(') is { } open and >= 0 ? change[(open + 1)..].TrimEnd(')') : "";

    private static string Repository(string reference)
    {
        var name = reference.Split('@', 2)[0];
        var colon = name.LastIndexOf(':');
        return colon > name.LastIndexOf('/') ? name[..colon] : name;
    }
}
