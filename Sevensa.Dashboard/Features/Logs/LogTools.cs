using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.AI;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>What the assistant and MCP may ask of logs, by named values that the server makes a query of.</summary>
internal sealed class LogTools(LogInquiries logs) : IToolSource
{
    public IEnumerable<AIFunction> ToolsFor(Caller caller)
    {
        yield return ToolFunction.Create(
            [Description("Recent log lines of a tenant, newest first." + UntrustedText.Warning)]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Service name, e.g. rentguy-api or api; all when left out")] string? service = null,
                [Description("Text that the lines contain, or a level: error, warn, info, debug")] string? text = null,
                [Description("Minutes to look back, 1 to 1440"), Range(1, 1440)] int minutes = 30
            ) => await logs.LinesAsync(caller, new LogAsk(tenant, service, text, minutes), cancellation),
            "recent_logs"
        );
        yield return ToolFunction.Create(
            [Description(
                "Searches the log lines of a tenant by service, level, text and one field, newest first."
                    + UntrustedText.Warning
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Service name; all when left out")] string? service = null,
                [Description("Text that the lines contain")] string? text = null,
                [Description("error, warn, info or debug")] string? level = null,
                [Description("Name of a JSON or logfmt field")] string? field = null,
                [Description("Value that the field has")] string? value = null,
                [Description("Minutes to look back, 1 to 10080"), Range(1, 10080)] int minutes = 60,
                [Description("Where to stop, as 2026-11-24T16:00:00Z; now when left out")] string? until = null
            ) =>
                await logs.LinesAsync(
                    caller,
                    new LogAsk(tenant, service, text, minutes, level, field, value, UntilOf(until)),
                    cancellation
                ),
            "search_logs"
        );
        yield return ToolFunction.Create(
            [Description("How many log lines of a tenant there were over time, by level.")]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Service name; all when left out")] string? service = null,
                [Description("Text that the lines contain, or a level")] string? text = null,
                [Description("Minutes to look back, 1 to 10080"), Range(1, 10080)] int minutes = 60
            ) => await logs.CountAsync(caller, new LogAsk(tenant, service, text, minutes), cancellation),
            "count_logs"
        );
        yield return ToolFunction.Create(
            [Description(
                "The most frequent kinds of log lines of a tenant and which of them are new since the last release."
                    + UntrustedText.Warning
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                CancellationToken cancellation,
                [Description("Service name; all when left out")] string? service = null,
                [Description("Text that the lines contain, or a level")] string? text = null,
                [Description("Minutes to look back, 1 to 1440"), Range(1, 1440)] int minutes = 60
            ) => await logs.KindsAsync(caller, new LogAsk(tenant, service, text, minutes), cancellation),
            "log_patterns"
        );
        yield return ToolFunction.Create(
            [Description(
                "The lines before and after one line of a search, in the same stream, oldest first."
                    + UntrustedText.Warning
            )]
            async (
                [Description("Tenant id, e.g. rentguy")] string tenant,
                [Description("Id of the line, as a search gave it")] string line,
                CancellationToken cancellation,
                [Description("How many lines each way, 1 to 30"), Range(1, 30)] int around = 10
            ) => await logs.ContextAsync(caller, tenant, line, around, cancellation),
            "log_context"
        );
    }

    private static DateTimeOffset? UntilOf(string? said) =>
        string.IsNullOrWhiteSpace(said) ? null
        : MillisecondTime.TryRead(said, out var until) ? until
        : throw new ArgumentException($"until is a time such as 2026-11-24T16:00:00Z; \"{said}\" is none.");
}
