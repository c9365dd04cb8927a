using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>
/// <c>container.unexpose</c>: a container in its own place, with a secret as a file instead of a variable. Whether the file holds
/// what the variable does is looked at here, so that no value leaves the host for it.
/// </summary>
internal sealed class UnexposeVerb(
    IDockerWorks works,
    SpecificationReader reader,
    ContainerMaker maker,
    Replacement replacement,
    IHandedFiles files
) : IStepVerb
{
    public string Verb => StepVerbs.ContainerUnexpose;

    public ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        if (step.Arguments is null)
        {
            return new(new Refusal("unknownStep", $"Step {step.Number} does not say which variable is meant."));
        }
        if (!StepArguments.TryRead(step, StepJson.Default.UnexposeArguments, out var arguments, out var refusal))
        {
            return new(refusal);
        }
        var tenant = examination.Action.Plan.Tenant;
        return new(
            (Unsaid(arguments) ?? UnexposeWords.Fault(arguments)) is { } fault
                ? new Refusal("unknownStep", $"Step {step.Number} can't be done: {fault}")
            : files.FolderOf(tenant, arguments.Path) is null
                ? new Refusal(
                    "notHanded",
                    $"{tenant}/{arguments.Path} is none of the secrets that this host hands out (Runner:Secrets)."
                )
            : null
        );
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var arguments = work.Arguments(StepJson.Default.UnexposeArguments);
        var inspect =
            await works.DescribeAsync(work.Step.On, cancellation)
            ?? throw new StepException("containerMissing", "The container is not there any more.");
        var own = Neighbours.Renamed(work, await reader.OfAsync(inspect, cancellation));
        await Neighbours.RefuseWhileSharedAsync(works, work, inspect, cancellation);
        var folder =
            files.FolderOf(work.Plan.Tenant, arguments.Path)
            ?? throw new StepException("notHanded", $"{arguments.Path} is not handed out on this host any more.");
        var value = Unexposing.ValueOf(own, arguments);
        Compare(
            own,
            arguments,
            value,
            await files.ReadAsync(work.Plan.Tenant, arguments.Path, arguments.Key, cancellation)
        );
        var target = Unexposing.Of(own, arguments, folder, inspect["Mounts"] as JsonArray ?? []);
        var image = await maker.ImageAsync(target, null, cancellation);
        await maker.CheckAsync(target, null, cancellation);
        return await replacement.PutAsync(
            work,
            inspect,
            own,
            target,
            image,
            new Differently(Labels: Labels(arguments)),
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

    /// <summary>Members that are left out are read as nothing at all.</summary>
    private static string? Unsaid(UnexposeArguments arguments) =>
        new[] { arguments.Variable, arguments.Path, arguments.Key, arguments.FileVariable, arguments.Place }.Any(one =>
            string.IsNullOrEmpty(one)
        )
            ? "it does not say which variable becomes which file."
            : null;

    private static Dictionary<string, string?>? Labels(UnexposeArguments arguments) =>
        arguments.Label is { } label
            ? new(StringComparer.Ordinal)
            {
                [label] = arguments.Path,
                [label + SecretLabels.OnChange] = SecretLabels.Restart,
            }
            : null;

    /// <summary>Neither of the two is ever told.</summary>
    private static void Compare(Specification own, UnexposeArguments arguments, string value, string? kept)
    {
        var file = $"{arguments.Path}/{arguments.Key}";
        if (string.IsNullOrEmpty(kept))
        {
            throw new StepException(
                "keyMissing",
                $"Vault has nothing at {arguments.Path} under the key {arguments.Key}, so {own.Name} would be without it. Write it there first."
            );
        }
        if (arguments.Differs == true || AreSame(kept, value))
        {
            return;
        }
        throw new StepException(
            "valueDiffers",
            AreSame(kept.TrimEnd('\r', '\n'), value.TrimEnd('\r', '\n'))
                ? $"{file} has line ends that {arguments.Variable} of {own.Name} has not. Write it without them (printf %s, instead of a line), then propose again."
                : $"{file} holds another value than {arguments.Variable} of {own.Name}. Write the same one first; or, if it was changed on purpose, propose it with differs."
        );
    }

    private static bool AreSame(string one, string other) =>
        CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));
}
