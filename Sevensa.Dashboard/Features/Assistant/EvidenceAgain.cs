using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Assistant.Model;
using Sevensa.Dashboard.Features.Assistant.Plain;
using Sevensa.Dashboard.Features.Assistant.Tools;
using Sevensa.Dashboard.Features.Identity.Contracts;

namespace Sevensa.Dashboard.Features.Assistant;

/// <summary>Calls the tools again that were called before the assistant proposed, and compares their sentences.</summary>
/// <param name="scopes">Tools may themselves tell of proposals, whose approval this is part of: they are looked up late.</param>
internal sealed class EvidenceAgain(IServiceScopeFactory scopes, Redaction redaction, TimeProvider time)
    : IEvidenceAgain
{
    private const int Most = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(4);

    public async Task<IReadOnlyList<EvidenceDifference>> DifferencesAsync(
        Caller caller,
        Proposal proposal,
        CancellationToken cancellation
    )
    {
        // What a program hands in as evidence is its own word, and is run for nobody.
        if (proposal.RequestedBy.Via != "assistant")
        {
            return [];
        }
        await using var scope = scopes.CreateAsyncScope();
        using var late = new CancellationTokenSource(Patience, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        var looks = proposal.Evidence.Where(IsLook).Take(Most).ToList();
        // "Yesterday" is that of whoever asked, wherever the approver is.
        caller = caller with
        {
            TimeZone = looks.Select(one => ModelJson.Text(one, "timeZone")).FirstOrDefault(zone => zone is not null),
        };
        var tools = scope
            .ServiceProvider.GetServices<IToolSource>()
            .SelectMany(source => source.ToolsFor(caller))
            .ToDictionary(tool => tool.Name);
        var differences = new List<EvidenceDifference>();
        foreach (var one in looks)
        {
            if (!tools.TryGetValue(ModelJson.Text(one, "tool")!, out var tool))
            {
                continue;
            }
            var then = ModelJson.Text(one, "text")!;
            var now = await NowAsync(caller, tool, one.GetProperty("arguments"), both.Token, cancellation);
            if (now != then)
            {
                differences.Add(new EvidenceDifference(ModelJson.Text(one, "title") ?? tool.Name, then, now));
            }
        }
        return differences;
    }

    /// <summary>It says which tool was called with what, and what it said.</summary>
    private static bool IsLook(JsonElement one) =>
        one.ValueKind == JsonValueKind.Object
        && ModelJson.Text(one, "tool") is not null
        && ModelJson.Text(one, "text") is not null
        && one.TryGetProperty("arguments", out var arguments)
        && arguments.ValueKind == JsonValueKind.Object;

    private async Task<string> NowAsync(
        Caller caller,
        AIFunction tool,
        JsonElement arguments,
        CancellationToken cancellation,
        CancellationToken asked
    )
    {
        try
        {
            var given = arguments.EnumerateObject().Select(one => KeyValuePair.Create(one.Name, (object?)one.Value));
            var result = await tool.InvokeAsync(ToolArguments.Read(tool, given), cancellation);
            var element = result is JsonElement already
                ? already
                : JsonSerializer.SerializeToElement(result, KeptEvent.Json);
            return ResultWords.Sentence(tool.Name, redaction.Of(element, caller.Tenants)) ?? "";
        }
        catch (OperationCanceledException) when (!asked.IsCancellationRequested)
        {
            return "could not be looked at in time";
        }
        catch (Exception exception) when (TurnTools.InWords(exception) is { } words)
        {
            return $"could not be looked at ({words.TrimEnd('.')})";
        }
    }
}
