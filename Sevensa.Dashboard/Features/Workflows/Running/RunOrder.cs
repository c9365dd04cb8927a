using System.Text.Json;
using System.Text.Json.Serialization;

namespace Sevensa.Dashboard.Features.Workflows.Running;

/// <summary>What a plan says to its executor.</summary>
/// <param name="Workflow">Its id in n8n.</param>
/// <param name="Version">The published version that was planned; another one is another workflow.</param>
/// <param name="Owned">Whether a tag says whose it is; one without is the platform's.</param>
/// <param name="Path">Of the webhook, where it is called.</param>
/// <param name="WithHeader">The webhook wants the header that is set here.</param>
/// <param name="Input">What it is called with.</param>
/// <param name="TakesInput">False for a trigger that takes nothing.</param>
/// <param name="Instance">Which n8n has it; null for the one without a name.</param>
internal sealed record RunOrder(
    string Workflow,
    string? Version,
    bool Owned,
    RunBy By,
    string Trigger,
    string? Path,
    bool WithHeader,
    JsonElement Input,
    bool TakesInput,
    int WaitSeconds,
    string? Instance = null
)
{
    /// <summary>Whether the mark goes along: a trigger that takes nothing takes no mark either.</summary>
    [JsonIgnore]
    public bool IsMarked => By == RunBy.Webhook || TakesInput;

    public const string Look = "n8n.workflow.look";
    public const string Start = "n8n.workflow.start";
    public const string Outcome = "n8n.workflow.outcome";

    public static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static RunOrder Of(ActionPlan plan) =>
        plan.Steps.Single(step => step.Verb == Start).Arguments!.Value.Deserialize<RunOrder>(Json)!;

    /// <summary>Goes along with the call and is found again in what n8n writes down; it stands in no message to anybody.</summary>
    public static string Mark(string action) => $"sevensa-run-{action}";
}
