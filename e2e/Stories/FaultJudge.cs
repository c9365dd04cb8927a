using System.Globalization;
using System.Text.Json.Nodes;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.E2E.Stories;

/// <summary>An action of the fault run as it was approved.</summary>
/// <param name="Name">The container, or the first of the service.</param>
/// <param name="Wanted">Of a deploy the image, of new limits the bytes, of a scaling the number.</param>
/// <param name="Before">The container as the engine described it before.</param>
internal sealed record FaultAction(
    string Service,
    string Name,
    string Kind,
    string Id,
    string Hash,
    string? Wanted,
    JsonNode Before
)
{
    /// <summary>Puts containers in the place of others, or beside them.</summary>
    public bool Makes => Kind is "service.deploy" or "service.rollback" or "service.scale";
}

/// <summary>
/// Compares what an outcome says with what Docker shows and was asked for: nothing done twice, nothing missing, nothing left
/// half-renamed. It reads the engine itself and the requests that passed on their way to it.
/// </summary>
internal sealed class FaultJudge(DockerEngine engine)
{
    private static readonly string[] LeftAlone = ["refused", "expired", "cancelled", "withdrawn", "rejected"];

    /// <summary>What each service's containers are called, as the outcomes so far have it.</summary>
    private readonly Dictionary<string, HashSet<string>> names = [];

    public void Begin(string service, string name) => names[service] = [name];

    public int ReplicasOf(string service) => names[service].Count;

    public async Task<(int Done, List<string> Wrong)> JudgeAsync(
        FaultAction action,
        JsonNode proposal,
        IReadOnlyList<EngineCall> calls
    )
    {
        var wrong = new List<string>();
        var state = proposal["state"]!.GetValue<string>();
        var done = Done(action, proposal, calls, state, wrong);
        if (state == "failed" && proposal["outcome"]?["text"]?.GetValue<string>() is null or "")
            wrong.Add($"{action.Id} failed without saying what");
        if (proposal["outcome"]?["undo"]?.GetValue<string>() == "failed")
            wrong.Add($"{action.Id} could not be undone: {proposal["outcome"]!["text"]}");
        await JudgeNamesAsync(action, state, wrong);
        if (wrong.Count == 0)
            await JudgeContainerAsync(action, proposal, state, wrong);
        return (done, wrong);
    }

    /// <summary>How often Docker was asked for what changes things once.</summary>
    private static int Done(
        FaultAction action,
        JsonNode proposal,
        IReadOnlyList<EngineCall> calls,
        string state,
        List<string> wrong
    )
    {
        int done,
            planned;
        if (action.Makes)
        {
            // Made under a name that says for which step of which action.
            var made = calls
                .Where(call =>
                    call is { Method: "POST", Path: "containers/create" }
                    && call.Query.Contains($"sevensa-new-{action.Id}", StringComparison.Ordinal)
                )
                .ToList();
            foreach (var twice in made.GroupBy(call => call.Query).Where(group => group.Count() > 1))
                wrong.Add($"{action.Id}: Docker was asked {twice.Count()} times to create {twice.Key}");
            done = made.Count;
            planned = proposal["plan"]!["steps"]!
                .AsArray()
                .Count(step => step!["verb"]!.GetValue<string>() is "container.recreate" or "container.create");
            foreach (var container in proposal["plan"]!["containers"]!.AsArray())
            {
                var removed = calls.Count(call =>
                    call.Method == "DELETE" && call.Path == $"containers/{container!["id"]}"
                );
                if (removed > 0 && state != "succeeded")
                    wrong.Add($"{action.Id} is {state} and yet {container!["name"]} was removed");
            }
        }
        else
        {
            var id = proposal["plan"]!["containers"]![0]!["id"]!.GetValue<string>();
            var verb = action.Kind == "container.resources" ? "update" : action.Kind["container.".Length..];
            done = calls.Count(call => call.Path == $"containers/{id}/{verb}");
            planned = 1;
            // An undo of new limits is an update, too.
            if (done > (action.Kind == "container.resources" && state is "rolledBack" or "failed" ? 2 : 1))
                wrong.Add($"{action.Id} was asked of Docker {done} times");
        }
        if (LeftAlone.Contains(state) && done > 0)
            wrong.Add($"{action.Id} is {state} and yet Docker was asked for it");
        if (state == "succeeded" && done != planned)
            wrong.Add($"{action.Id} succeeded and Docker was asked {done} times instead of {planned}");
        return done;
    }

    private async Task JudgeNamesAsync(FaultAction action, string state, List<string> wrong)
    {
        if (action.Kind == "service.scale" && state == "succeeded")
            names[action.Service] =
            [
                .. Enumerable
                    .Range(1, int.Parse(action.Wanted!, CultureInfo.InvariantCulture))
                    .Select(number => $"{action.Name[..^1]}{number}"),
            ];
        var found = (await engine.ContainersAsync())
            .Select(container => container!["Names"]![0]!.GetValue<string>().TrimStart('/'))
            .ToHashSet();
        foreach (var left in found.Where(name => name.StartsWith("sevensa-", StringComparison.Ordinal)))
            if (left.Contains(action.Id, StringComparison.Ordinal))
                wrong.Add($"{action.Id} is {state} and left {left} behind");
        var own = found.Where(name => name.StartsWith(action.Name[..^1], StringComparison.Ordinal)).Order().ToList();
        if (!own.SequenceEqual(names[action.Service].Order()))
            wrong.Add(
                $"{action.Id} is {state} and the containers of {action.Service} are {string.Join(", ", own)} instead of {string.Join(", ", names[action.Service].Order())}"
            );
    }

    /// <summary>What the outcome says is what Docker shows, whoever was killed.</summary>
    private async Task JudgeContainerAsync(FaultAction action, JsonNode proposal, string state, List<string> wrong)
    {
        var now = await engine.InspectAsync(action.Name);
        string Said() => $"{action.Id} ({action.Kind}) is {state} ({proposal["outcome"]?["text"]})";
        void Must(bool holds, string what)
        {
            if (!holds)
                wrong.Add($"{Said()} and {what}");
        }

        var running = now["State"]!["Running"]!.GetValue<bool>();
        var ran = action.Before["State"]!["Running"]!.GetValue<bool>();
        if (LeftAlone.Contains(state) || state == "rolledBack")
        {
            Must(running == ran, $"{action.Name} {(running ? "runs" : "does not run")}");
            Must(Same(now, action.Before, "Id"), $"{action.Name} is another container");
            Must(
                Same(now["HostConfig"]!, action.Before["HostConfig"]!, "Memory"),
                $"the memory of {action.Name} was changed"
            );
        }
        Must(
            Same(now["HostConfig"]!["RestartPolicy"]!, action.Before["HostConfig"]!["RestartPolicy"]!, "Name"),
            $"the restart policy of {action.Name} is {now["HostConfig"]!["RestartPolicy"]!["Name"]}"
        );
        if (state != "succeeded")
            return;
        Must(running == (action.Kind != "container.stop"), $"{action.Name} {(running ? "runs" : "does not run")}");
        Must(
            action.Kind is "service.deploy" or "service.rollback" != Same(now, action.Before, "Id"),
            $"{action.Name} is {(Same(now, action.Before, "Id") ? "the former" : "another")} container"
        );
        if (action.Kind is "service.deploy")
            Must(
                now["Config"]!["Image"]!.GetValue<string>() == action.Wanted,
                $"{action.Name} runs {now["Config"]!["Image"]}"
            );
        if (action.Kind is "service.rollback")
            Must(!Same(now, action.Before, "Image"), $"{action.Name} runs the image it ran before");
        if (action.Kind is "container.resources")
            Must(
                now["HostConfig"]!["Memory"]!.ToString() == action.Wanted,
                $"its memory is {now["HostConfig"]!["Memory"]}"
            );
        if (action.Kind == "container.restart")
            Must(
                DateTimeOffset.Parse(now["State"]!["StartedAt"]!.GetValue<string>(), CultureInfo.InvariantCulture)
                    >= DateTimeOffset.Parse(proposal["dispatchedAt"]!.GetValue<string>(), CultureInfo.InvariantCulture),
                $"{action.Name} was not started since"
            );
    }

    private static bool Same(JsonNode one, JsonNode other, string member) =>
        one[member]!.ToString() == other[member]!.ToString();
}
