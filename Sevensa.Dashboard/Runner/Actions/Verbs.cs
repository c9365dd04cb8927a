using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions;

/// <summary>What this runner can do to a container. Nothing else is ever asked of Docker.</summary>
internal static class Verbs
{
    private const int DefaultGraceSeconds = 10;

    private const int MostGraceSeconds = 600;

    public static IReadOnlyList<string> All { get; } =
    [StepVerbs.ContainerRestart, StepVerbs.ContainerStop, StepVerbs.ContainerStart];

    public static bool Knows(string verb) => All.Contains(verb, StringComparer.Ordinal);

    /// <returns>What Docker did, in words.</returns>
    /// <exception cref="EngineException">It did not.</exception>
    public static async Task<string> DoAsync(
        IDockerEngine engine,
        string verb,
        string container,
        JsonElement? arguments,
        CancellationToken cancellation
    )
    {
        var grace = GraceSeconds(arguments);
        switch (verb)
        {
            case StepVerbs.ContainerRestart:
                await engine.RestartAsync(container, grace, cancellation);
                return "restarted";
            case StepVerbs.ContainerStop:
                return await engine.StopAsync(container, grace, cancellation) ? "stopped" : "was not running";
            case StepVerbs.ContainerStart:
                return await engine.StartAsync(container, cancellation) ? "started" : "was running already";
            default:
                throw new InvalidOperationException($"No such verb: {verb}");
        }
    }

    private static int GraceSeconds(JsonElement? arguments) =>
        arguments is { ValueKind: JsonValueKind.Object } given
        && given.TryGetProperty(StepVerbs.GraceSeconds, out var value)
        && value.TryGetInt32(out var seconds)
            ? Math.Clamp(seconds, 0, MostGraceSeconds)
            : DefaultGraceSeconds;
}
