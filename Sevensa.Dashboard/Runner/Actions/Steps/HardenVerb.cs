using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary><c>container.harden</c>: a container in its own place, with less allowed than before and nothing more.</summary>
internal sealed class HardenVerb(
    IDockerWorks works,
    SpecificationReader reader,
    ContainerMaker maker,
    Replacement replacement
) : IStepVerb
{
    public string Verb => StepVerbs.ContainerHarden;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation) =>
        new(
            !StepArguments.TryRead(step, StepJson.Default.HardenArguments, out var arguments, out var refusal) ? refusal
            : Hardening.Fault(arguments) is { } fault
                ? new Refusal("wouldLoosen", $"Step {step.Number} can't be done: {fault}")
            : null
        );

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var arguments = work.Arguments(StepJson.Default.HardenArguments);
        var inspect =
            await works.DescribeAsync(work.Step.On, cancellation)
            ?? throw new StepException("containerMissing", "The container is not there any more.");
        var own = Neighbours.Renamed(work, await reader.OfAsync(inspect, cancellation));
        await Neighbours.RefuseWhileSharedAsync(works, work, inspect, cancellation);
        var target = Hardening.Of(own, arguments, inspect["Mounts"] as JsonArray ?? []);
        var image = await maker.ImageAsync(target, null, cancellation);
        await maker.CheckAsync(target, null, cancellation);
        return await replacement.PutAsync(
            work,
            inspect,
            own,
            target,
            image,
            new Differently(),
            (
                LifecycleVerb.Grace(work.Step),
                Patience.Within(arguments.WithinSeconds),
                Patience.Steady(arguments.SteadySeconds)
            ),
            keepStopped: true,
            cancellation
        );
    }

    public Task<string?> UndoAsync(StepWork work, CancellationToken cancellation) =>
        replacement.TakeBackAsync(work, cancellation);

    public Task CommitAsync(StepWork work, CancellationToken cancellation) =>
        replacement.RemoveOldAsync(work, cancellation);
}
