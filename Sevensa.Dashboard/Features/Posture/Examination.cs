using Sevensa.Dashboard.Features.Hosts.Contracts;
using Sevensa.Dashboard.Features.Posture.Checks;
using Sevensa.Dashboard.Features.Posture.Exceptions;

namespace Sevensa.Dashboard.Features.Posture;

/// <summary>Holds containers and engines against the items, and sets what is excepted beside what fails.</summary>
internal static class Examination
{
    public const string EngineName = "Docker engine";

    public static IEnumerable<PostureItem> Of(
        HostedContainer container,
        EngineSettings? engine,
        StandingExceptions exceptions
    )
    {
        var examined = new Examined(container.Facts, engine);
        var unread = container.Facts.Unread is not null;
        foreach (var check in Benchmark.OfContainers)
        {
            var verdict = unread ? Verdict.NotTold : check.Examine(examined);
            var exception = exceptions.For(container.Facts.Tenant, container.Facts.Service, check.Number);
            yield return new PostureItem(
                container.Facts.Name,
                container.Facts.Id,
                container.Facts.Tenant,
                container.Facts.Service,
                container.HostName,
                container.HostId,
                check.Number,
                check.Title,
                check.Weight,
                StateOf(verdict, exception),
                verdict.Reason,
                verdict.Patch is { } patch ? ComposePatch.Of(examined.ComposeService, patch, verdict.Volumes) : null,
                exception
            );
        }
    }

    public static IEnumerable<PostureItem> Of(DockerHost host, StandingExceptions exceptions)
    {
        foreach (var check in Benchmark.OfEngines)
        {
            var verdict = host.Facts is { Settings: { } settings } facts
                ? check.Examine(settings, facts)
                : Verdict.NotTold;
            var exception = exceptions.ForEngine(host.Id, check.Number);
            yield return new PostureItem(
                null,
                null,
                null,
                null,
                host.Name,
                host.Id,
                check.Number,
                check.Title,
                check.Weight,
                StateOf(verdict, exception),
                verdict.Reason,
                null,
                exception
            );
        }
    }

    private static CheckState StateOf(Verdict verdict, PostureExceptionView? exception) =>
        verdict.State == CheckState.Fail && exception is not null ? CheckState.Excepted : verdict.State;
}
