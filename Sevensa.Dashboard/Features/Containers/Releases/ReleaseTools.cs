using System.ComponentModel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Storage;

namespace Sevensa.Dashboard.Features.Containers.Releases;

/// <summary>What ran when, for the assistant and over MCP.</summary>
internal sealed class ReleaseTools(ReleaseBook book, IOptions<ReleasesOptions> options) : IToolSource
{
    private const int Most = 30;

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (!caller.IsStaff || !caller.MayRead)
        {
            yield break;
        }
        yield return ToolFunction.Create(
            [Description("Lists what ran when of a tenant, newest first: service, image, since when, by whom, why.")]
            (
                [Description("Id of the tenant, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Name of one service; leave out for all")] string? service = null
            ) =>
                Answer(async () =>
                {
                    var releases = await book.ListAsync(caller, tenant, service, cancellation);
                    Known(tenant, service, releases.Count);
                    return releases.Take(Most).Select(Brief.Of).ToList();
                }),
            "list_releases"
        );
        yield return ToolFunction.Create(
            [Description(
                "Finds what ran at a time in words (yesterday, Friday 18:00, 2 hours ago, before the last deploy, a release's tag): the release of each service, and how it was found. A day means what was live longest on it."
            )]
            (
                [Description("Id of the tenant")] string tenant,
                [Description("The time, in the operator's own words")] string when,
                CancellationToken cancellation,
                [Description("Name of one service; leave out for all")] string? service = null,
                [Description("IANA time zone of the operator; leave out for the installation's")]
                    string? timeZone = null
            ) =>
                Answer(async () =>
                {
                    var zone = options.Value.Zone;
                    timeZone ??= caller.TimeZone;
                    if (timeZone is not null && !TimeZoneInfo.TryFindSystemTimeZoneById(timeZone, out zone))
                    {
                        throw new ArgumentException($"There is no time zone {timeZone}.");
                    }
                    var then = await book.ThenAsync(caller, tenant, service, when, zone!, cancellation);
                    Known(tenant, service, then.Services.Count);
                    return new Found(
                        then.Words,
                        then.Note,
                        $"/tenants/{Uri.EscapeDataString(tenant)}/changes?back={Uri.EscapeDataString(when)}",
                        [.. then.Services.Select(Then.Of)]
                    );
                }),
            "find_releases"
        );
    }

    /// <summary>An empty list of a service that does not exist would be read as one that never changed.</summary>
    private static void Known(string tenant, string? service, int found)
    {
        if (found == 0 && !string.IsNullOrWhiteSpace(service))
        {
            throw new ArgumentException(
                $"No release is known of a service \"{StoreText.Shorten(service, 100)}\" of {tenant}. Leave the service out to have all."
            );
        }
    }

    private static async Task<T> Answer<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (UnclearMomentException unclear)
        {
            throw new ArgumentException(unclear.Message, unclear);
        }
    }

    internal sealed record Brief(
        string Id,
        string Service,
        string Host,
        string Image,
        DateTimeOffset At,
        DateTimeOffset? Until,
        int Replicas,
        string By,
        string? Why,
        bool Migrates
    )
    {
        public static Brief Of(LiveRelease live) =>
            new(
                live.Release.Id,
                live.Release.Service,
                live.Release.Host,
                live.Release.Image,
                live.From,
                live.Until,
                live.Release.Replicas,
                live.Release.By,
                live.Release.Why,
                live.Release.Migrates
            );
    }

    /// <param name="Meant">The time as it was understood.</param>
    /// <param name="Link">Page that shows the same.</param>
    internal sealed record Found(string Meant, string? Note, string Link, IReadOnlyList<Then> Services);

    internal sealed record Then(string Service, string? Image, string? Now, bool Differs, string Found)
    {
        public static Then Of(ServiceThen then) =>
            new(
                then.Service,
                then.Found.Chosen?.Release.Image,
                then.Current?.Release.Image,
                then.CodeDiffers,
                then.Found.Why
            );
    }
}
