using System.Globalization;
using System.Text.Json;
using Sevensa.Dashboard.Runner.Actions.Steps;
using Sevensa.Dashboard.Runner.Docker;

namespace Sevensa.Dashboard.Runner.Kubernetes.Steps;

/// <summary>What the API server would store of a step: asked by its own dry run, so that defaults, admission and quotas have their say.</summary>
internal sealed class StepPreview(WorkloadDoor door, AutoscalerVerb autoscalers, TimeProvider time)
{
    private const int MostChanges = 100;
    private const int LongestValue = 200;

    /// <summary>Changes nothing.</summary>
    public async Task<WorkloadPreview> AskAsync(PlanStep step, CancellationToken cancellation)
    {
        try
        {
            if (step.Verb == WorkloadVerbs.Autoscaler)
            {
                return await autoscalers.PreviewAsync(step, cancellation);
            }
            if (
                !StepArguments.TryRead(step, WorkloadJson.Default.WorkloadArguments, out var arguments, out var refusal)
            )
            {
                return Refused(refusal!.Text);
            }
            if (await door.FindAsync(step.On, cancellation) is not { } live)
            {
                return Refused($"{arguments.Key} is gone, or another has come under its name.");
            }
            var patch = WorkloadVerb.PatchOf(
                step.Verb,
                arguments,
                time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
            );
            var answer = await door.PreviewAsync(live.Facts, patch, cancellation);
            var after =
                patch.Part.Length == 0 ? WorkloadReader.Read(live.Facts.Kind, answer.Body, live.Facts.Tenant) : null;
            var changes =
                patch.Part.Length == 0
                    ? Differences(live.Object.At("spec") ?? default, answer.Body.At("spec") ?? default)
                    :
                    [
                        new PreviewedChange(
                            "spec.replicas",
                            live.Facts.Wanted.ToString(CultureInfo.InvariantCulture),
                            answer.Body.Text("spec", "replicas")
                        ),
                    ];
            return new WorkloadPreview(after, [.. changes.Take(MostChanges)], answer.Warnings);
        }
        catch (KubeException exception)
        {
            return Refused(WorkloadDoor.Told(exception).Message);
        }
        catch (Exception exception) when (exception is EngineException or StepException)
        {
            return Refused(exception.Message);
        }
    }

    private static WorkloadPreview Refused(string why) => new(null, [], [], why);

    private static List<PreviewedChange> Differences(JsonElement before, JsonElement after)
    {
        var (former, now) = (Flat(before), Flat(after));
        return
        [
            .. former
                .Keys.Union(now.Keys, StringComparer.Ordinal)
                .Order(StringComparer.Ordinal)
                .Where(path => former.GetValueOrDefault(path) != now.GetValueOrDefault(path))
                .Select(path => new PreviewedChange(path, former.GetValueOrDefault(path), now.GetValueOrDefault(path))),
        ];
    }

    /// <summary>Values by path; of lists of named things by their names. Values of the environment and command lines stay here.</summary>
    private static Dictionary<string, string> Flat(JsonElement spec)
    {
        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        Add("spec", spec);
        return values;

        void Add(string path, JsonElement element)
        {
            if (element.ValueKind == JsonValueKind.Object)
            {
                foreach (var member in element.EnumerateObject())
                {
                    if (member.Name is not ("env" or "command" or "args" or "creationTimestamp"))
                    {
                        Add($"{path}.{member.Name}", member.Value);
                    }
                }
            }
            else if (element.ValueKind == JsonValueKind.Array)
            {
                var number = 0;
                foreach (var one in element.EnumerateArray())
                {
                    var name = one.ValueKind == JsonValueKind.Object ? one.Text("name") : "";
                    Add($"{path}[{(name.Length > 0 ? name : number.ToString(CultureInfo.InvariantCulture))}]", one);
                    number++;
                }
            }
            else if (element.ValueKind is not (JsonValueKind.Null or JsonValueKind.Undefined))
            {
                var text = element.ToString();
                values[path] = text.Length > LongestValue ? text[..LongestValue] + "…" : text;
            }
        }
    }
}
