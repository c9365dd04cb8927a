using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>Restart, stop and start: what Docker does in one call.</summary>
internal sealed class LifecycleVerb(string verb, IDockerEngine engine) : IStepVerb
{
    private const int DefaultGraceSeconds = 10;
    private const int MostGraceSeconds = 600;

    public string Verb => verb;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation) =>
        default;

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        if (work.Plan.Undo.Kind == UndoKinds.Reverse)
        {
            work.Note("begun");
        }
        return await DoAsync(engine, verb, work.Step, work.Step.On, cancellation);
    }

    public async Task<string?> UndoAsync(StepWork work, CancellationToken cancellation)
    {
        var former = work.Plan.Containers.FirstOrDefault(container => container.Id == work.Step.On);
        if (former is null || await engine.InspectAsync(former.Id, cancellation) is not { } now)
        {
            return null;
        }
        if (former.State == "running" && now.State != "running")
        {
            await engine.StartAsync(former.Id, cancellation);
            return $"{former.Name} was started again";
        }
        if (former.State is "exited" or "created" && now.State == "running")
        {
            await engine.StopAsync(former.Id, DefaultGraceSeconds, cancellation);
            return $"{former.Name} was stopped again";
        }
        return null;
    }

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;

    public static async Task<string> DoAsync(
        IDockerEngine engine,
        string verb,
        PlanStep? step,
        string container,
        CancellationToken cancellation
    )
    {
        var grace = Grace(step);
        switch (verb)
        {
            case StepVerbs.ContainerRestart:
                await engine.RestartAsync(container, grace, cancellation);
                return "restarted";
            case StepVerbs.ContainerStop:
                return await engine.StopAsync(container, grace, cancellation) ? "stopped" : "was not running";
            default:
                return await engine.StartAsync(container, cancellation) ? "started" : "was running already";
        }
    }

    public static int Grace(PlanStep? step) =>
        step?.Arguments is { ValueKind: System.Text.Json.JsonValueKind.Object } given
        && given.TryGetProperty(StepVerbs.GraceSeconds, out var value)
        && value.ValueKind == System.Text.Json.JsonValueKind.Number
        && value.TryGetInt32(out var seconds)
            ? Math.Clamp(seconds, 0, MostGraceSeconds)
            : DefaultGraceSeconds;
}
