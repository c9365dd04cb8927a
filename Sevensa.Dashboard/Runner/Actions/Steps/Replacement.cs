using System.Text.Json.Nodes;
using Sevensa.Dashboard.Runner.Docker;
using Sevensa.Dashboard.Runner.Releases;
using static Sevensa.Dashboard.Runner.Docker.EngineText;

namespace Sevensa.Dashboard.Runner.Actions.Steps;

/// <summary>
/// One container in another's place, and back. The old one is stopped and set aside under a name that says whose it is; it is
/// removed only when everything has held. Each phase is on the disk before Docker is asked, and every way back reads Docker
/// first, so that a death at any moment leaves neither a hole nor two.
/// </summary>
internal sealed class Replacement(
    IDockerEngine engine,
    IDockerWorks works,
    ContainerMaker maker,
    SpecificationStore specifications,
    Verification verification,
    IFreshFiles? files
)
{
    public const string NewId = "new";
    public const string Old = "old";
    public const string Name = "name";
    private const string Recorded = "specification";
    private const string Policy = "restartPolicy";
    private const string Ran = "ran";
    private const int UndoGraceSeconds = 10;
    private static readonly TimeSpan BackWithin = TimeSpan.FromSeconds(30);

    /// <param name="own">The old one's own specification as it is.</param>
    /// <param name="target">What is put in its place.</param>
    /// <param name="keepStopped">When it did not run, neither does the one in its place.</param>
    public async Task<string> PutAsync(
        StepWork work,
        JsonObject inspect,
        Specification own,
        Specification target,
        ContainerMaker.Found image,
        Differently difference,
        (int Grace, int Within, int Steady) patience,
        bool keepStopped,
        CancellationToken cancellation
    )
    {
        var old = Text(inspect["Id"]);
        var name = await NameAsync(inspect, own, cancellation);
        var ran = Runs(inspect);
        // What crashed does not run, and is meant to when the plan's verification says so.
        var starts =
            ran
            || (!keepStopped && work.Plan.Verification.Kind is VerificationKinds.Running or VerificationKinds.Healthy);
        NoteOld(work, inspect, specifications.Keep(own), name);
        var fresh = await maker.MakeAsync(target, image, difference, SetAside.NewPrefix + work.Mark, cancellation);
        work.Note("created", (NewId, fresh));
        if (starts && files is not null)
        {
            // While the old one still runs: where they can't be had, it goes on.
            await files.BringAsync(fresh, cancellation);
        }
        await SetAsideAsync(work, old, name, patience.Grace, cancellation);
        await works.RenameAsync(fresh, name, cancellation);
        if (!starts)
        {
            return $"re-created as {fresh[..12]}; it was not running, so it was not started";
        }
        work.Progress($"Starting {name} and waiting for it");
        await engine.StartAsync(fresh, cancellation);
        if (await verification.AwaitUpAsync(fresh, patience.Within, patience.Steady, cancellation) is { } trouble)
        {
            throw new StepException("notUp", trouble);
        }
        return $"re-created as {fresh[..12]}, running";
    }

    /// <summary>Writes down how the old one is, before anything is done to it.</summary>
    public static void NoteOld(StepWork work, JsonObject inspect, string specification, string? name = null) =>
        work.Note(
            "begun",
            (Old, Text(inspect["Id"])),
            (Name, name ?? Text(inspect["Name"]).TrimStart('/')),
            (Recorded, specification),
            (Policy, inspect["HostConfig"]?["RestartPolicy"]?.ToJsonString()),
            (Ran, Runs(inspect) ? Text(inspect["State"]?["Status"]) : "no")
        );

    /// <summary>Stops a container so that nothing starts it again, and takes its name off it.</summary>
    public async Task SetAsideAsync(StepWork work, string old, string name, int grace, CancellationToken cancellation)
    {
        work.Note("stopping");
        if (await works.DescribeAsync(old, cancellation) is { } now)
        {
            if (Text(now["HostConfig"]?["RestartPolicy"]?["Name"]) is not ("no" or ""))
            {
                // An engine that is started anew would start it too, beside the one in its place.
                await works.UpdateAsync(old, RestartPolicy("""{"Name":"no"}"""), cancellation);
            }
            if (Runs(now))
            {
                work.Progress($"Stopping {name}");
                await engine.StopAsync(old, grace, cancellation);
            }
        }
        work.Note("settingAside");
        try
        {
            await works.RenameAsync(old, SetAside.OldPrefix + work.Mark, cancellation);
        }
        catch (EngineException gone) when (gone.Status == System.Net.HttpStatusCode.NotFound)
        {
            // One that removes itself when it ends; its specification is recorded.
        }
        work.Note("setAside");
    }

    /// <summary>Puts the old one back as it was.</summary>
    public async Task<string?> TakeBackAsync(StepWork work, CancellationToken cancellation)
    {
        if (work[Old] is not { } old || work[Name] is not { } name)
        {
            return null;
        }
        await RemoveNewAsync(work, name, old, cancellation);
        var now = await works.DescribeAsync(old, cancellation);
        if (now is null && work[Recorded] is { } recorded && specifications.Find(recorded) is { } own)
        {
            // It removed itself when it was stopped, or somebody else removed it: make it again.
            var image = await maker.ImageAsync(own, null, cancellation);
            if (await works.DescribeAsync(name, cancellation) is { } twin)
            {
                now = twin;
            }
            else
            {
                old = await maker.MakeAsync(own, image, new Differently(), name, cancellation);
                now = await works.DescribeAsync(old, cancellation);
            }
        }
        if (now is null)
        {
            throw new StepException(
                "containerMissing",
                $"{name} is gone and there is no record to make it again from."
            );
        }
        old = Text(now["Id"]);
        if (Text(now["Name"]).TrimStart('/') != name)
        {
            await works.RenameAsync(old, name, cancellation);
        }
        if (work[Policy] is { } policy && Text(now["HostConfig"]?["RestartPolicy"]?["Name"]) is "no" or "")
        {
            if (JsonNode.Parse(policy) is JsonObject former && Text(former["Name"]) is not ("no" or ""))
            {
                await works.UpdateAsync(old, RestartPolicy(policy), cancellation);
            }
        }
        if (work[Ran] != "no" && !Runs(now))
        {
            await engine.StartAsync(old, cancellation);
            var looping = work[Ran] == "restarting";
            var trouble = await verification.AwaitAsync(
                old,
                facts =>
                    facts.State == "running" || (looping && facts.State == "restarting")
                        ? null
                        : $"{facts.Name} is {facts.State}",
                BackWithin,
                cancellation
            );
            if (trouble is not null)
            {
                throw new StepException("notUp", trouble);
            }
        }
        return $"{name} is the former container again";
    }

    /// <summary>Removes what was set aside. Its volumes stay: the one in its place has them.</summary>
    public async Task RemoveOldAsync(StepWork work, CancellationToken cancellation)
    {
        if (work[Old] is { } old)
        {
            await works.RemoveAsync(old, withAnonymousVolumes: false, cancellation);
        }
    }

    /// <summary>Removes what the step made, under whichever of its names it is; never the old one.</summary>
    public async Task RemoveNewAsync(StepWork work, string name, string? old, CancellationToken cancellation)
    {
        // Written down only after Docker had answered, so the name it was made under is looked for too.
        foreach (var candidate in new[] { work[NewId], SetAside.NewPrefix + work.Mark })
        {
            if (
                candidate is null
                || await works.DescribeAsync(candidate, cancellation) is not { } fresh
                || Text(fresh["Id"]) == old
            )
            {
                continue;
            }
            var id = Text(fresh["Id"]);
            if (Runs(fresh))
            {
                work.Progress($"Stopping the new {name}");
                await engine.StopAsync(id, UndoGraceSeconds, cancellation);
            }
            // Volumes that only it had go with it. Those of others can't be told from them once they are shared that way.
            var shares = fresh["HostConfig"]?["VolumesFrom"] is JsonArray { Count: > 0 };
            await works.RemoveAsync(id, withAnonymousVolumes: !shares, cancellation);
        }
    }

    public static bool Runs(JsonObject inspect) =>
        Text(inspect["State"]?["Status"]) is "running" or "restarting" or "paused";

    private static JsonObject RestartPolicy(string json) => new() { ["RestartPolicy"] = JsonNode.Parse(json) };

    /// <summary>Its name; without a mark that Compose left on it when the bare name is free.</summary>
    private async Task<string> NameAsync(JsonObject inspect, Specification own, CancellationToken cancellation)
    {
        var name = Text(inspect["Name"]).TrimStart('/');
        return name == own.Name || await works.DescribeAsync(own.Name, cancellation) is null ? own.Name : name;
    }
}
