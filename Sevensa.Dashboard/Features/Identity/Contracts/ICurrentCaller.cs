using Microsoft.Extensions.AI;

namespace Sevensa.Dashboard.Features.Identity.Contracts;

/// <summary>Who asks, in a request or in a circuit (scoped). In endpoints, take <see cref="Caller"/> from here too.</summary>
public interface ICurrentCaller
{
    /// <exception cref="UnauthorizedAccessException">Nobody is signed in, or the account was revoked meanwhile.</exception>
    ValueTask<Caller> GetAsync(CancellationToken cancellation = default);
}

/// <summary>
/// Read functions that a feature offers to the assistant and over MCP. They run inside the caller's scope and change nothing.
/// </summary>
public interface IToolSource
{
    IEnumerable<AIFunction> ToolsFor(Caller caller);
}

/// <summary>An exception whose message is for whoever asked, models and programs that call tools among them.</summary>
public interface IToldToWhoAsks
{
    /// <summary>What happened, and what to do.</summary>
    string Message { get; }
}

/// <summary>Raised by services when the caller may not use a verb; answered as 403 and written to the audit record.</summary>
/// <param name="code">Stable word for programs, such as <c>selfApproval</c> or <c>notReviewer</c>; <c>forbidden</c> when plain.</param>
public sealed class ForbiddenException(string message, string code = "forbidden") : Exception(message)
{
    public string Code { get; } = code;

    /// <summary>The service has written its own row about this refusal; it gets no second one.</summary>
    public bool IsRecorded { get; init; }
}
