using System.Globalization;
using Sevensa.Dashboard.Runner.Actions;
using Sevensa.Dashboard.Runner.Actions.Steps;

namespace Sevensa.Dashboard.Runner.Kubernetes.Steps;

/// <summary>
/// Restart, scale, deploy and resources of a workload: one patch, then waiting until it stands. The former template is kept before
/// anything is asked for, since the cluster takes nothing back.
/// </summary>
internal sealed class WorkloadVerb(
    string verb,
    WorkloadDoor door,
    Rollout rollout,
    KeptTemplates templates,
    TimeProvider time
) : IStepVerb
{
    /// <summary>Notes of the journal: the former template, the replicas before, and the template that was made.</summary>
    private const string Former = "former";
    private const string ReplicasBefore = "replicas";
    private const string Made = "made";

    private const int LongestSeconds = 3600;

    public static IEnumerable<IStepVerb> All(
        KubeApi api,
        ClusterState state,
        KeptTemplates templates,
        TimeProvider time
    )
    {
        var door = new WorkloadDoor(api, state);
        var rollout = new Rollout(door, time);
        return
        [
            .. new[]
            {
                WorkloadVerbs.Restart,
                WorkloadVerbs.Scale,
                WorkloadVerbs.Deploy,
                WorkloadVerbs.Resources,
            }.Select(verb => new WorkloadVerb(verb, door, rollout, templates, time)),
            new AutoscalerVerb(api),
        ];
    }

    public string Verb => verb;

    private bool Scales => verb == WorkloadVerbs.Scale;

    public async ValueTask<Refusal?> CheckAsync(Examination examination, PlanStep step, CancellationToken cancellation)
    {
        if (!StepArguments.TryRead(step, WorkloadJson.Default.WorkloadArguments, out var arguments, out var refusal))
        {
            return refusal;
        }
        if (Lacks(arguments) is { } lacking)
        {
            return new Refusal("malformed", $"Step {step.Number} ({verb}) does not say {lacking}.");
        }
        if (await door.FindAsync(step.On, cancellation) is not { } live || live.Facts.Key != arguments.Key)
        {
            return new Refusal("stale", $"{arguments.Key} is gone, or another has come under its name.");
        }
        examination.Images.AddRange(arguments.Images?.Values ?? []);
        return Objection(live.Facts, arguments);
    }

    public async Task<string> DoAsync(StepWork work, CancellationToken cancellation)
    {
        var arguments = work.Arguments(WorkloadJson.Default.WorkloadArguments);
        var before =
            await door.FindAsync(work.Step.On, cancellation)
            ?? throw new StepException("stale", $"{arguments.Key} is gone. Nothing was done.");
        if (Objection(before.Facts, arguments) is { } objection)
        {
            throw new StepException(objection.Code, objection.Text);
        }
        var now = time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        if (verb == WorkloadVerbs.Restart && before.RestartedAt == now)
        {
            throw new StepException(
                "sameSecond",
                $"{before.Facts.Name} was restarted this very second, and a second restart within it would do nothing. Propose it again if it is still wanted."
            );
        }
        work.Note(
            "begun",
            (Former, templates.Keep(before)),
            (ReplicasBefore, before.Facts.Wanted.ToString(CultureInfo.InvariantCulture))
        );
        var after = await door.ChangeAsync(
            before,
            arguments.ResourceVersion,
            PatchOf(verb, arguments, now),
            Scales,
            work.Progress,
            cancellation
        );
        if (after.Facts.Generation == before.Facts.Generation)
        {
            throw new StepException(
                "sameTemplate",
                $"{before.Facts.Name} is so already: the cluster stored nothing new, and no pod would be made."
            );
        }
        work.Note("changed", (Made, after.Facts.TemplateHash));
        var trouble = await rollout.AwaitAsync(
            work.Step.On,
            after.Facts.Generation,
            Within(arguments),
            work.Progress,
            cancellation
        );
        return trouble is null
            ? $"{after.Facts.Name} stands: {after.Facts.Wanted} of {after.Facts.Wanted} available"
            : throw new StepException("rollout", $"{after.Facts.Name} did not come to stand: {trouble}");
    }

    public async Task<string?> UndoAsync(StepWork work, CancellationToken cancellation)
    {
        if (work[Former] is not { } id || await door.FindAsync(work.Step.On, cancellation) is not { } live)
        {
            return null;
        }
        var arguments = work.Arguments(WorkloadJson.Default.WorkloadArguments);
        var kept =
            templates.Find(id)
            ?? throw new StepException("unknownSpecification", "The template of before is not kept here any more");
        if (Scales ? live.Facts.Wanted == kept.Replicas : KeptTemplates.IsSame(kept.Template, live))
        {
            return null;
        }
        if (work[Made] is { } made && !Scales && live.Facts.TemplateHash != made)
        {
            throw new StepException(
                "changedSince",
                $"{live.Facts.Name} was changed by somebody else since, so what was before is not put over it"
            );
        }
        var back = await door.ChangeAsync(
            live,
            live.Facts.ResourceVersion,
            Scales ? WorkloadPatch.Scale(kept.Replicas) : WorkloadPatch.Back(kept.Template, null),
            replicasMatter: false,
            work.Progress,
            cancellation
        );
        var trouble = await rollout.AwaitAsync(
            work.Step.On,
            back.Facts.Generation,
            Within(arguments),
            work.Progress,
            cancellation
        );
        return trouble is null
            ? $"{live.Facts.Name} has its former {(Scales ? "replicas" : "template")} again"
            : throw new StepException(
                "rollout",
                $"the former {(Scales ? "replicas were" : "template was")} put back, but {trouble}"
            );
    }

    public Task CommitAsync(StepWork work, CancellationToken cancellation) => Task.CompletedTask;

    public static WorkloadPatch PatchOf(string verb, WorkloadArguments arguments, string now) =>
        verb switch
        {
            WorkloadVerbs.Scale => WorkloadPatch.Scale(arguments.Replicas!.Value),
            WorkloadVerbs.Deploy => WorkloadPatch.Images(arguments.Images!),
            WorkloadVerbs.Resources => WorkloadPatch.Resources(arguments.Resources!),
            _ => WorkloadPatch.Restart(now),
        };

    private static TimeSpan Within(WorkloadArguments arguments) =>
        TimeSpan.FromSeconds(Math.Clamp(arguments.WithinSeconds, 1, LongestSeconds));

    private string? Lacks(WorkloadArguments arguments) =>
        string.IsNullOrEmpty(arguments.Key) || string.IsNullOrEmpty(arguments.ResourceVersion)
            ? "what it is done to"
            : verb switch
            {
                WorkloadVerbs.Scale when arguments.Replicas is not >= 0 => "how many replicas",
                WorkloadVerbs.Deploy when arguments.Images is not { Count: > 0 } => "which image",
                WorkloadVerbs.Resources when arguments.Resources is null => "which resources",
                _ => null,
            };

    private Refusal? Objection(WorkloadFacts now, WorkloadArguments arguments) =>
        now.SelfOf is { } own ? new Refusal("ownContainer", $"{now.Name} is this product's own {own}.")
        : now.Paused
            ? new Refusal(
                "paused",
                $"{now.Name} is paused: the cluster would take the change and do nothing until somebody resumes it."
            )
        : verb == WorkloadVerbs.Restart && now.Wanted == 0
            ? new Refusal("noReplicas", $"{now.Name} has no replicas, so there is no pod to restart.")
        : arguments.ReplicasBefore is { } planned && planned != now.Wanted
            ? new Refusal(
                "stale",
                $"{now.Name} has {now.Wanted} replicas, and {planned} were planned for. Propose it again.",
                [$"{now.Name}: replicas were {planned} and are {now.Wanted}"]
            )
        : null;
}
