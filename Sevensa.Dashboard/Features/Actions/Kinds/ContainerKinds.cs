using System.Text.Json;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Hosts.Contracts;

namespace Sevensa.Dashboard.Features.Actions.Kinds;

/// <summary><c>container.restart</c></summary>
internal sealed class RestartContainer(ContainerPlanner planner) : IActionKind
{
    private static readonly ContainerDeed Deed = new(
        StepVerbs.ContainerRestart,
        state => state is not "removing",
        "a container",
        "running",
        HasGrace: true,
        (name, grace) => $"Restart {name} ({grace} s grace)",
        ContainerSchemas.Up,
        PlanUndo.None(
            "Nothing to undo: image, configuration and volumes stay as they are. If it does not come back, you are told."
        )
    );

    public string Name => Deed.Verb;

    public string Title(string target) => $"Restart {target}";

    public string TitleOf(ActionPlan plan) => ContainerTitles.Of(this, plan);

    public string Description =>
        "Restarts a container, or all containers of a service one after another. Image, configuration and volumes stay as they are.";

    public Risk Risk => Risk.Low;

    public JsonElement ParametersSchema => ContainerSchemas.WithGrace;

    public string Undo => "None needed: the same container runs again with the same image and configuration.";

    public Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation) =>
        Task.FromResult(planner.Plan(request, Deed));

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(planner.Differences(plan));
}

/// <summary><c>container.stop</c></summary>
internal sealed class StopContainer(ContainerPlanner planner) : IActionKind
{
    private static readonly ContainerDeed Deed = new(
        StepVerbs.ContainerStop,
        state => state is "running" or "restarting",
        "a running container",
        "exited",
        HasGrace: true,
        (name, grace) => $"Stop {name} ({grace} s grace)",
        (_, grace) => new PlanVerification("stopped", grace + 30, "stopped, and not started again by Docker"),
        new PlanUndo(StepVerbs.ContainerStart, "What was stopped is started again, and you are told.")
    );

    public string Name => Deed.Verb;

    public string Title(string target) => $"Stop {target}";

    public string TitleOf(ActionPlan plan) =>
        ContainerTitles.Of(this, plan) + (plan.Verification.Kind == VerificationKinds.Gone ? ", which removes it" : "");

    public string Description =>
        "Stops a container, or all containers of a service. They stay stopped until somebody starts them.";

    public Risk Risk => Risk.Medium;

    public JsonElement ParametersSchema => ContainerSchemas.WithGrace;

    public string Undo => "Start it again with container.start.";

    public Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation) =>
        Task.FromResult(planner.Plan(request, Deed));

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(planner.Differences(plan));
}

/// <summary><c>container.start</c></summary>
internal sealed class StartContainer(ContainerPlanner planner) : IActionKind
{
    private static readonly ContainerDeed Deed = new(
        StepVerbs.ContainerStart,
        state => state is "created" or "exited",
        "a container that does not run",
        "running",
        HasGrace: false,
        (name, _) => $"Start {name}",
        ContainerSchemas.Up,
        new PlanUndo(StepVerbs.ContainerStop, "What was started is stopped again, and you are told.")
    );

    public string Name => Deed.Verb;

    public string Title(string target) => $"Start {target}";

    public string TitleOf(ActionPlan plan) => ContainerTitles.Of(this, plan);

    public string Description => "Starts a container that does not run, or all such containers of a service.";

    public Risk Risk => Risk.Low;

    public JsonElement ParametersSchema => ContainerSchemas.None;

    public string Undo => "Stop it again with container.stop.";

    public Task<PlanDraft> PlanAsync(PlanRequest request, CancellationToken cancellation) =>
        Task.FromResult(planner.Plan(request, Deed));

    public Task<IReadOnlyList<string>> DifferencesAsync(ActionPlan plan, CancellationToken cancellation) =>
        Task.FromResult(planner.Differences(plan));
}

internal static class ContainerTitles
{
    /// <summary>The target, and who goes along with it.</summary>
    public static string Of(IActionKind kind, ActionPlan plan)
    {
        var along = plan
            .Containers.Where(container => container.Name != plan.Target && container.Service != plan.Target)
            .Select(container => container.Name)
            .ToList();
        return kind.Title(along.Count == 0 ? plan.Place() : $"{plan.Place()} with {string.Join(", ", along)}");
    }
}

internal static class ContainerSchemas
{
    private const int SecondsToComeUp = 60;

    /// <summary>What crashes at its start has done so by then; without a health check nothing else tells.</summary>
    private const int SteadySeconds = 5;

    public static JsonElement WithGrace { get; } =
        Schema(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {
                "graceSeconds": {
                  "type": "integer", "minimum": 0, "maximum": 300, "default": 10,
                  "description": "Seconds between TERM and KILL."
                }
              },
              "additionalProperties": false
            }
            """
        );

    public static JsonElement None { get; } =
        Schema(
            """
            {
              "$schema": "https://json-schema.org/draft/2020-12/schema",
              "type": "object",
              "properties": {},
              "additionalProperties": false
            }
            """
        );

    /// <summary>Healthy where every touched container has a health check, else running.</summary>
    public static PlanVerification Up(IReadOnlyList<HostedContainer> containers, int grace) =>
        containers.All(container => container.Facts.Health is not ("none" or ""))
            ? new PlanVerification(
                VerificationKinds.Healthy,
                SecondsToComeUp,
                $"running and healthy within {SecondsToComeUp} s"
            )
            : new PlanVerification(
                VerificationKinds.Running,
                SecondsToComeUp,
                $"running within {SecondsToComeUp} s, and for {SteadySeconds} s without a restart",
                SteadySeconds
            );

    private static JsonElement Schema(string text)
    {
        using var document = JsonDocument.Parse(text);
        return document.RootElement.Clone();
    }
}
