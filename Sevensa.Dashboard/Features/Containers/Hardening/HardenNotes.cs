using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Containers.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Containers.Hardening;

/// <summary>Why a service is hardened, and what a person should know before it is.</summary>
internal static class HardenNotes
{
    /// <summary>Without a health check nothing tells that what a container was allowed before is missing to it.</summary>
    private static readonly string[] unseen =
    [
        HardeningItems.User,
        HardeningItems.Capabilities,
        HardeningItems.Privileged,
        HardeningItems.ReadOnlyRoot,
    ];

    public static Risk RiskOf(HardenChoices choices, IReadOnlyList<HostedContainer> anew) =>
        unseen.Any(choices.Wants) && anew.Any(IsUnchecked) ? Risk.High : Risk.Low;

    public static IEnumerable<string> Of(
        HardenChoices choices,
        IReadOnlyList<HostedContainer> replicas,
        IReadOnlyList<HostedContainer> looked,
        IReadOnlyList<HardenedContainer> hardened
    )
    {
        foreach (
            var finding in hardened
                .SelectMany(one => one.Failing.Select(failing => (one.Container.Facts.Name, Found: failing)))
                .GroupBy(one => (one.Found.Check, one.Found.Title, one.Found.Reason, one.Found.Excepted))
        )
        {
            var (check, title, reason, excepted) = finding.Key;
            yield return $"{check} {title} fails on {string.Join(", ", finding.Select(one => one.Name))}: {reason}{(excepted is null ? "" : $" {excepted}; end that exception once this has held.")}";
        }
        foreach (var note in Consequences(choices, [.. hardened.Select(one => one.Container)]))
        {
            yield return note;
        }
        if (looked.Except(hardened.Select(one => one.Container)).Select(one => one.Facts.Name).ToList() is [_, ..] well)
        {
            yield return $"{string.Join(", ", well)} passes already and is not made anew for it.";
        }
        if (
            replicas.Where(container => !container.Runs).Select(container => container.Facts.Name).ToList()
            is [_, ..] idle
        )
        {
            yield return $"{string.Join(", ", idle)} does not run and is left as it is.";
        }
        if (choices.Items.All(item => item is HardeningItems.Memory or HardeningItems.Processors))
        {
            yield return "container.resources sets these limits too, and makes nothing anew for it.";
        }
    }

    private static IEnumerable<string> Consequences(HardenChoices choices, IReadOnlyList<HostedContainer> anew)
    {
        if (
            unseen.Any(choices.Wants) && anew.Where(IsUnchecked).Select(one => one.Facts.Name).ToList() is [_, ..] blind
        )
        {
            yield return $"{string.Join(", ", blind)} has no health check: that it runs is all that is looked at, and not whether it still does everything.";
        }
        if (
            choices.Wants(HardeningItems.User)
            && anew.SelectMany(one => one.Facts.Isolation?.Mounts ?? [])
                .Where(mount => mount.Writable && mount.Type is "bind" or "volume")
                .Select(mount => mount.Destination)
                .Distinct()
                .ToList()
                is [_, ..] written
        )
        {
            yield return $"The other user has to be able to write {string.Join(", ", written)}: whose the files are is not changed.";
        }
        if (choices.Wants(HardeningItems.ReadOnlyRoot))
        {
            yield return "What it writes anywhere but in its mounts and in memory fails from then on, and what it has written there until now is not in the new one.";
        }
        if (choices.Wants(HardeningItems.Ports))
        {
            yield return $"Who reaches its ports by another address of the host than {choices.Address} does not any more. A proxy in Docker's networks, and the host itself for a loopback address, still do.";
        }
        if (choices.Wants(HardeningItems.RestartPolicy))
        {
            yield return "After five failures in a row Docker leaves it stopped, and one that ended well is not started with its host.";
        }
    }

    private static bool IsUnchecked(HostedContainer container) => container.Facts.Health is "none" or "";
}
