using System.Buffers;
using System.ComponentModel;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>The one tool that can lead to a change: it creates a proposal, which a person approves or not.</summary>
internal sealed class ProposeTool(IProposals proposals, IEnumerable<IActionKind> kinds)
{
    internal const string Name = "propose";

    /// <summary>Argument by which a program says that it asks for the same as before.</summary>
    internal const string Key = "idempotencyKey";

    private const string TimeZone = "timeZone";
    private const string KindWords = "Name of the kind of action";
    private const string TenantWords = "Tenant id";
    private const string TargetWords = "Container or service name, or a secret's path";
    private const string ReasonWords = "Why, in one or two sentences with figures";
    private const string KeyWords =
        "A word of your own: with the same one again nothing is proposed twice within a day";
    private const string ParametersWords = "Parameters of the kind; leave out for the defaults";

    /// <summary>Without a model nothing but the person's own words says what is proposed.</summary>
    private static readonly JsonElement Warning = JsonSerializer.SerializeToElement(
        new
        {
            kind = Taint.WarningKind,
            title = "Text that was read in this conversation addressed an assistant. It was treated as text; look twice before you approve.",
        }
    );

    /// <summary>Any JSON is read, so that what is no object can be refused in words; what is meant is an object.</summary>
    private static readonly AIJsonSchemaCreateOptions Schema = new()
    {
        TransformSchemaNode = (_, node) =>
        {
            if (
                node is JsonObject member
                && member["description"] is JsonValue words
                && words.GetValue<string>() == ParametersWords
            )
            {
                member["type"] = "object";
            }
            return node;
        },
    };

    public IEnumerable<AIFunction> For(Turn turn)
    {
        if (turn.Caller.MayPropose && !turn.HoldsBack(Risk.Low))
        {
            yield return Function(
                turn.Caller,
                "assistant",
                tenant => Evidence(turn, tenant),
                proposed => turn.Tell(new ProposalEventOfTurn(proposed)),
                proposal => new
                {
                    proposal.Id,
                    proposal.Title,
                    proposal.State,
                    proposal.Risk,
                    Waits = "It waits for a person's approval. Nothing has been changed.",
                },
                most: () => turn.IsLedByModel ? turn.Standing?.HighestRisk : null,
                why: (tenant, reason) => OwnWords.Of(reason, tenant, turn.Visible)
            );
        }
    }

    /// <param name="caller">Whom the proposal is asked for.</param>
    /// <param name="via"><c>assistant</c> or <c>mcp</c>.</param>
    /// <param name="evidence">What was looked at before, for a proposal of that tenant.</param>
    /// <param name="proposed">Told when a proposal was made.</param>
    /// <param name="told">What the caller is answered.</param>
    /// <param name="takesKey">Has the argument <see cref="Key"/>, which whoever calls the function heeds.</param>
    /// <param name="most">The highest risk that it may propose; any when null.</param>
    /// <param name="why">The reason as it may be told to people of the tenant, by tenant and reason; as it is when null.</param>
    public AIFunction Function(
        Caller caller,
        string via,
        Func<string, IReadOnlyList<JsonElement>> evidence,
        Action<Proposal> proposed,
        Func<Proposal, object> told,
        bool takesKey = false,
        Func<Risk?>? most = null,
        Func<string, string, string>? why = null
    )
    {
        var options = new AIFunctionFactoryOptions
        {
            Name = Name,
            Description =
                $"Proposes an action for a person to approve. It changes nothing by itself. Kinds: {string.Join("; ", kinds.Select(kind => $"{kind.Name} ({kind.Description})"))}",
            JsonSchemaCreateOptions = Schema,
            MarshalResult = (result, _, _) => ValueTask.FromResult(result),
        };
        // A conversation has no use for a key, and its model reads every argument that there is.
        return takesKey
            ? AIFunctionFactory.Create(
                (
                    [Description(KindWords)] string kind,
                    [Description(TenantWords)] string tenant,
                    [Description(TargetWords)] string target,
                    [Description(ReasonWords)] string reason,
                    CancellationToken cancellation,
                    [Description(ParametersWords)] JsonElement? parameters = null,
                    [Description(KeyWords)] string? idempotencyKey = null
                ) => ProposeAsync(kind, tenant, target, reason, parameters, cancellation),
                options
            )
            : AIFunctionFactory.Create(
                (
                    [Description(KindWords)] string kind,
                    [Description(TenantWords)] string tenant,
                    [Description(TargetWords)] string target,
                    [Description(ReasonWords)] string reason,
                    CancellationToken cancellation,
                    [Description(ParametersWords)] JsonElement? parameters = null
                ) => ProposeAsync(kind, tenant, target, reason, parameters, cancellation),
                options
            );

        async Task<object> ProposeAsync(
            string kind,
            string tenant,
            string target,
            string reason,
            JsonElement? parameters,
            CancellationToken cancellation
        )
        {
            if (string.IsNullOrWhiteSpace(reason))
            {
                throw new ArgumentException("reason is empty: say why, for who decides and for the record.");
            }
            var proposal = await proposals.ProposeAsync(
                caller,
                new ProposalRequest(
                    kind,
                    tenant,
                    target,
                    Completed(kind, parameters, caller),
                    why?.Invoke(tenant, reason) ?? reason,
                    evidence(tenant),
                    via
                )
                {
                    HighestRisk = most?.Invoke(),
                },
                cancellation
            );
            proposed(proposal);
            return told(proposal);
        }
    }

    /// <summary>A kind in its own spelling, and its parameters read by its own schema, whoever calls.</summary>
    /// <exception cref="ArgumentException">There is no such kind, or a parameter can't be read.</exception>
    internal void ReadForKind(AIFunctionArguments arguments)
    {
        var said = ((JsonElement)arguments["kind"]!).GetString()!;
        if (
            kinds.FirstOrDefault(one => string.Equals(one.Name, said, StringComparison.OrdinalIgnoreCase))
            is not { } kind
        )
        {
            throw new ArgumentException(
                $"There is no kind of action \"{said}\". There are {string.Join(", ", kinds.Select(one => one.Name))}."
            );
        }
        arguments["kind"] = JsonSerializer.SerializeToElement(kind.Name);
        if (arguments.TryGetValue("parameters", out var given) && given is JsonElement parameters)
        {
            arguments["parameters"] =
                parameters.ValueKind == JsonValueKind.Object
                    ? JsonSerializer.SerializeToElement(
                        ToolArguments.Read(
                            kind.Name,
                            kind.ParametersSchema,
                            parameters
                                .EnumerateObject()
                                .Select(one => KeyValuePair.Create(one.Name, (object?)one.Value))
                        )
                    )
                    : throw new ArgumentException("\"parameters\" of propose is an object.");
        }
    }

    /// <summary>What the kind can't do without is told with its schema: a model knows kinds by name alone.</summary>
    /// <exception cref="ArgumentException">A parameter is missing; says which, and what the kind takes.</exception>
    internal void AskForMissing(AIFunctionArguments arguments)
    {
        var name = ((JsonElement)arguments["kind"]!).GetString();
        var schema = kinds.First(one => one.Name == name).ParametersSchema;
        if (!schema.TryGetProperty("required", out var required))
        {
            return;
        }
        var given =
            arguments.TryGetValue("parameters", out var said)
            && said is JsonElement { ValueKind: JsonValueKind.Object } members
                ? members.EnumerateObject().Select(one => one.Name).ToHashSet()
                : [];
        var missing = required
            .EnumerateArray()
            .Select(one => one.GetString()!)
            .Where(one => !given.Contains(one))
            .ToList();
        if (missing.Count > 0)
        {
            throw new ArgumentException(
                $"{name} needs {string.Join(", ", missing)} in parameters. It takes {ToolBriefs.Schema(schema).GetProperty("properties").GetRawText()}. Nothing was proposed: call propose again with them, or ask the operator."
            );
        }
    }

    /// <summary>A time in words is meant where the person is who said it, unless a zone was named.</summary>
    private JsonElement Completed(string kind, JsonElement? parameters, Caller caller)
    {
        // Written on as it is, so that a name that is given twice is refused as such.
        var given = ObjectOf(parameters) is { } said
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

    /// <summary>Also as JSON text, as some clients write it.</summary>
    /// <exception cref="ArgumentException">It is something else.</exception>
    private static JsonElement? ObjectOf(JsonElement? parameters)
    {
        var given = parameters ?? default;
        if (given.ValueKind == JsonValueKind.String)
        {
            given = JsonReading.Inside(given.GetString()!) ?? given;
        }
        return given.ValueKind switch
        {
            JsonValueKind.Object => given,
            JsonValueKind.Null or JsonValueKind.Undefined => null,
            _ => throw new ArgumentException(Words(parameters)),
        };

        static string Words(JsonElement? parameters) =>
            $"parameters is an object such as {{\"graceSeconds\": 10}}; {parameters} is none. Nothing was proposed.";
    }

    /// <summary>
    /// What was looked at of the tenant itself with what it said, so that it can be looked at again. Nothing of another tenant,
    /// whatever else was asked in the same breath: the tenant's own people read it.
    /// </summary>
    private static List<JsonElement> Evidence(Turn turn, string tenant)
    {
        var own = turn
            .Looks.Where(look => look.Tenant == tenant)
            .DistinctBy(look => (look.Tool, look.Arguments.GetRawText()))
            .ToList();
        List<JsonElement> evidence =
        [
            .. own.Select(look =>
                JsonSerializer.SerializeToElement(
                    new
                    {
                        kind = look.Link is null ? "look" : "citation",
                        title = look.Title,
                        url = look.Link,
                        text = look.Said,
                        tool = look.Tool,
                        arguments = look.Arguments,
                        // Words such as "yesterday" mean what they meant to whoever asked.
                        timeZone = turn.Caller.TimeZone,
                    },
                    KeptEvent.Json
                )
            ),
            .. turn
                .Citations.Where(citation =>
                    citation.Tenant == tenant && own.TrueForAll(look => look.Link != citation.Link)
                )
                .Select(citation =>
                    JsonSerializer.SerializeToElement(
                        new
                        {
                            kind = "citation",
                            title = citation.Title,
                            url = citation.Link,
                        },
                        KeptEvent.Json
                    )
                ),
        ];
        if (turn.Tainted)
        {
            evidence.Add(turn.IsLedByModel ? Taint.Mark : Warning);
        }
        return evidence;
    }
}
