using System.Text.Json;
using System.Text.Json.Nodes;

namespace Sevensa.Dashboard.Features.Actions.Contracts;

/// <summary>
/// An executor whose plans take long enough to outlive their dashboard: what it told of its steps is its journal, and whoever
/// takes an action over goes on from there.
/// </summary>
public interface IResumingExecutor : IDashboardExecutor
{
    /// <summary>Whether this plan is one that is gone on with; else what became of it is only found out.</summary>
    bool Resumes(ActionPlan plan);

    /// <summary>
    /// Goes on with, or takes back, what was begun before. Each step finds out from the world whether it was done already.
    /// An outcome of <see cref="ProposalState.Unknown"/> means that it can't go on now: it is called again later.
    /// </summary>
    /// <param name="told">Every step that was told of before (started, done, failed), oldest first.</param>
    Task<ActionOutcome> ResumeAsync(
        SignedAction action,
        IReadOnlyList<ActionReport> told,
        Func<ActionReport, Task> report,
        CancellationToken cancellation
    );
}

/// <summary>
/// Has a host's runner do a step of a plan that the dashboard carries out: the restart of containers that the plan names. What
/// is sent is made of the approved step alone and signed with its approvals; the runner verifies it like any other action.
/// </summary>
public interface IHostErrands
{
    /// <summary>
    /// Sends it, once for each <paramref name="occasion"/> whatever dies in between, and waits for its outcome.
    /// </summary>
    /// <param name="action">The approved action.</param>
    /// <param name="step">A step of its plan, made by <see cref="ErrandSteps.Restart"/>.</param>
    /// <param name="occasion">Why it is done, a short word: the same step may be done again when the plan is taken back.</param>
    /// <returns>What the runner says became of it; <see cref="ProposalState.Unknown"/> when that can't be told now.</returns>
    Task<ActionOutcome> RunAsync(SignedAction action, PlanStep step, string occasion, CancellationToken cancellation);
}

/// <summary>Steps of a plan of the dashboard that a host's runner does.</summary>
public static class ErrandSteps
{
    private const string Host = "host";
    private const string HostNameMember = "hostName";
    private const string Along = "along";
    private const string Within = "withinSeconds";
    private const string For = "forSeconds";
    private const string Until = "until";

    /// <summary>Restarts a container, and with it whoever lives in its namespaces, and waits until it is well.</summary>
    /// <param name="along">Ids of those who go along, in their order.</param>
    public static PlanStep Restart(
        int number,
        string containerId,
        string title,
        string hostId,
        string hostName,
        int graceSeconds,
        IReadOnlyList<string> along,
        PlanVerification verification
    ) =>
        new(
            number,
            StepVerbs.ContainerRestart,
            containerId,
            title,
            JsonSerializer.SerializeToElement(
                new JsonObject
                {
                    [StepVerbs.GraceSeconds] = graceSeconds,
                    [Host] = hostId,
                    [HostNameMember] = hostName,
                    [Along] = new JsonArray([.. along.Select(id => (JsonNode)id)]),
                    [Until] = verification.Kind,
                    [Within] = verification.WithinSeconds,
                    [For] = verification.ForSeconds,
                }
            )
        );

    /// <summary>Whether the step is a host's.</summary>
    public static bool IsErrand(this PlanStep step) =>
        step.Verb == StepVerbs.ContainerRestart
        && step.Arguments is { ValueKind: JsonValueKind.Object } given
        && given.TryGetProperty(Host, out _);

    /// <summary>The plan that the runner is sent: what the step says of the containers that the approved plan names, and nothing else.</summary>
    internal static ActionPlan PlanOf(SignedAction action, PlanStep step, string id)
    {
        var given = step.Arguments!.Value;
        var grace = given.GetProperty(StepVerbs.GraceSeconds).GetInt32();
        List<string> ids = [step.On, .. given.GetProperty(Along).EnumerateArray().Select(one => one.GetString()!)];
        var containers = ids.ConvertAll(one => action.Plan.Containers.Single(container => container.Id == one));
        var arguments = JsonSerializer.SerializeToElement(new JsonObject { [StepVerbs.GraceSeconds] = grace });
        return new ActionPlan(
            id,
            StepVerbs.ContainerRestart,
            action.Plan.Tenant,
            containers[0].Name,
            arguments,
            new PlanExecutor(
                PlanExecutor.Runner,
                given.GetProperty(Host).GetString()!,
                given.GetProperty(HostNameMember).GetString()!
            ),
            containers,
            [new PlanChange($"process of {containers[0].Name}", "running", "a new one, running")],
            [
                .. containers.Select(
                    (container, index) =>
                        new PlanStep(
                            index + 1,
                            StepVerbs.ContainerRestart,
                            container.Id,
                            $"Restart {container.Name} ({grace} s grace)",
                            arguments
                        )
                ),
            ],
            [],
            new PlanVerification(
                given.GetProperty(Until).GetString()!,
                given.GetProperty(Within).GetInt32(),
                step.Title,
                given.GetProperty(For) is { ValueKind: JsonValueKind.Number } seconds ? seconds.GetInt32() : null
            ),
            PlanUndo.None("It is a part of another action, which says how it is taken back."),
            World.Fingerprint(containers)
        );
    }
}
