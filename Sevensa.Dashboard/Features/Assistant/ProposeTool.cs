using System.Buffers;
using System.ComponentModel;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>The one tool that can lead to a change: it creates a proposal, which a person approves or not.</summary>
public sealed class ProposeTool(IProposals proposals, IEnumerable<IActionKind> kinds)
{
    private const string TimeZone = "timeZone";

    public IEnumerable<AIFunction> For(Turn turn)
    {
        if (turn.Caller.MayPropose)
        {
            yield return Function(
                turn.Caller,
                "assistant",
                () => Evidence(turn),
                proposed => turn.Tell(new ProposalEventOfTurn(proposed))
            );
        }
    }

    /// <param name="caller">Whom the proposal is asked for.</param>
    /// <param name="via"><c>assistant</c> or <c>mcp</c>.</param>
    /// <param name="evidence">What was looked at before.</param>
    /// <param name="proposed">Told when a proposal was made.</param>
    public AIFunction Function(
        Caller caller,
        string via,
        Func<IReadOnlyList<JsonElement>> evidence,
        Action<Proposal> proposed
    ) =>
        AIFunctionFactory.Create(
            async (
                [Description("Name of the kind of action")] string kind,
                [Description("Tenant id")] string tenant,
                [Description("Container or service name, or a secret's path")] string target,
                [Description("Why, in one or two sentences with figures")] string reason,
                CancellationToken cancellation,
                [Description("Parameters of the kind; leave out for the defaults")] JsonElement? parameters = null
            ) =>
            {
                var proposal = await proposals.ProposeAsync(
                    caller,
                    new ProposalRequest(
                        kind,
                        tenant,
                        target,
                        Completed(kind, parameters, caller),
                        reason,
                        evidence(),
                        via
                    ),
                    cancellation
                );
                proposed(proposal);
                return new
                {
                    proposal.Id,
                    proposal.Title,
                    proposal.State,
                    proposal.Risk,
                    Waits = "It waits for a person's approval. Nothing has been changed.",
                };
            },
            "propose",
            $"Proposes an action for a person to approve. It changes nothing by itself. Kinds: {string.Join("; ", kinds.Select(kind => $"{kind.Name} ({kind.Description})"))}"
        );

    /// <summary>A time in words is meant where the person is who said it, unless a zone was named.</summary>
    private JsonElement Completed(string kind, JsonElement? parameters, Caller caller)
    {
        // Written on as it is, so that a name that is given twice is refused as such.
        var given = parameters is { ValueKind: JsonValueKind.Object } said
            ? said.EnumerateObject().Select(one => (one.Name, one.Value)).ToList()
            : [];
        if (
            caller.TimeZone is { } zone
            && given.TrueForAll(one => one.Name != TimeZone)
            && kinds.FirstOrDefault(known => known.Name == kind)?.ParametersSchema is { } schema
            && schema.TryGetProperty("properties", out var properties)
            && properties.TryGetProperty(TimeZone, out _)
        )
        {
            given.Add((TimeZone, JsonSerializer.SerializeToElement(zone)));
        }
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            writer.WriteStartObject();
            foreach (var (name, value) in given)
            {
                writer.WritePropertyName(name);
                value.WriteTo(writer);
            }
            writer.WriteEndObject();
        }
        return JsonSerializer.Deserialize<JsonElement>(text.WrittenSpan);
    }

    private static List<JsonElement> Evidence(Turn turn)
    {
        var evidence = turn
            .Citations.Select(citation =>
                JsonSerializer.SerializeToElement(
                    new
                    {
                        kind = "citation",
                        title = citation.Title,
                        url = citation.Link,
                    },
                    KeptEvent.Json
                )
            )
            .ToList();
        if (turn.Tainted)
        {
            evidence.Add(
                JsonSerializer.SerializeToElement(
                    new
                    {
                        kind = "warning",
                        title = "Text that was read in this conversation addressed an assistant. It was treated as text; look twice before you approve.",
                    },
                    KeptEvent.Json
                )
            );
        }
        return evidence;
    }
}
