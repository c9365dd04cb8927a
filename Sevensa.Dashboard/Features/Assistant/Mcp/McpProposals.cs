using System.ComponentModel;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Actions.Contracts;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Assistant.Mcp;

/// <summary>How a program asks for something over MCP, and learns what became of it.</summary>
internal sealed class McpProposals(
    ProposeTool propose,
    IProposals proposals,
    McpOnce once,
    ICurrentCaller callers,
    IHttpContextAccessor http,
    PublicAddress address
)
{
    private Proposal? made;

    public const string Get = "get_proposal";

    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        if (caller is { IsStaff: true, MayRead: true })
        {
            yield return AIFunctionFactory.Create(
                async ([Description("Id, as propose gave it")] string id, CancellationToken cancellation) =>
                    Told(
                        await proposals.FindAsync(caller, id, cancellation)
                            ?? throw new ArgumentException($"There is no proposal \"{id}\" that you can see.")
                    ),
                new AIFunctionFactoryOptions
                {
                    Name = Get,
                    Description =
                        "Tells what became of a proposal: state, who decided and why, reason, and the outcome once it has ended. A state of rejected, withdrawn, expired, succeeded, failed, rolledBack, cancelled or refused is an end.",
                    MarshalResult = (result, _, _) => ValueTask.FromResult(result),
                }
            );
        }
        if (caller.MayPropose)
        {
            yield return propose.Function(caller, "mcp", _ => [], proposal => made = proposal, Told, takesKey: true);
        }
    }

    /// <summary>Runs <c>propose</c>; with an idempotency key once for a day, whatever became of it meanwhile.</summary>
    /// <exception cref="ArgumentException">The key was used for something else, or can't be one.</exception>
    public async ValueTask<object?> ProposeAsync(
        AIFunction tool,
        AIFunctionArguments arguments,
        CancellationToken cancellation
    )
    {
        propose.ReadForKind(arguments);
        if (
            !arguments.TryGetValue(ProposeTool.Key, out var given)
            || given is not JsonElement { ValueKind: JsonValueKind.String } key
        )
        {
            return await tool.InvokeAsync(arguments, cancellation);
        }
        var caller = await callers.GetAsync(cancellation);
        var asked = JsonSerializer.SerializeToUtf8Bytes(
            arguments
                .Where(one => one.Key != ProposeTool.Key)
                .OrderBy(one => one.Key, StringComparer.Ordinal)
                .ToDictionary(one => one.Key, one => one.Value)
        );
        var id = await once.RunAsync(
            $"{caller.Subject} {caller.Client}",
            key.GetString()!,
            Convert.ToHexStringLower(SHA256.HashData(asked)),
            async () =>
            {
                await tool.InvokeAsync(arguments, cancellation);
                return made!.Id;
            },
            cancellation
        );
        return Told(
            await proposals.FindAsync(caller, id, cancellation)
                ?? throw new ArgumentException($"There is no proposal \"{id}\" that you can see.")
        );
    }

    /// <summary>"list_tenants" as "List tenants".</summary>
    public static string TitleOf(string tool)
    {
        var words = tool.Replace('_', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    private ProposalTold Told(Proposal proposal) =>
        ProposalTold.Of(proposal, address.BaseFor(http.HttpContext!.Request));
}
