using System.Text.Json;

namespace Sevensa.Dashboard.Features.Assistant.Plain;

/// <summary>Why something is slow or fails, put together from figures, changes, alerts and kinds of log lines.</summary>
internal sealed class WishStory(PlainLook look, DateTimeOffset now)
{
    private const int MostRows = 4;

    private static readonly string[] Figures = ["latencyP95", "errorShare", "memoryShare", "cpu"];

    public async Task<string> OfAsync(Wish wish, CancellationToken cancellation)
    {
        var (tenant, service) = (wish.Tenant!, wish.Service);
        var hours = wish.When is { } when ? Math.Clamp((int)Math.Ceiling(when.MinutesBack(now) / 60.0), 1, 72) : 24;
        var said = new List<string>
        {
            $"What can be seen of {tenant}{(service is null ? "" : " " + service)} in the last {hours} hours:",
        };
        if (service is not null)
        {
            foreach (var metric in Figures)
            {
                var figure = await look.AskAsync(
                    "query_metric",
                    new
                    {
                        tenant,
                        service,
                        metric,
                        hours,
                    },
                    cancellation
                );
                said.Add("- " + WishAnswer.Said("query_metric", figure));
            }
        }
        await RowsAsync(
            "recent_changes",
            new { tenant, hours = Math.Max(hours, 72) },
            "Changed",
            wish with
            {
                When = null,
            }
        );
        await RowsAsync("list_alerts", new { tenant, hours = 0 }, "Alerts", wish with { When = null, Text = null });
        await RowsAsync(
            "log_patterns",
            service is null
                ? new
                {
                    tenant,
                    text = "error",
                    minutes = 60,
                }
                : new
                {
                    tenant,
                    service,
                    text = "error",
                    minutes = 60,
                },
            "Errors",
            wish
        );
        if (service is null)
        {
            await RowsAsync("list_containers", new { tenant }, "Containers", wish);
        }
        said.Add(
            $"\nIf the last release is the cause: `/rollback {tenant}{(service is null ? "" : "-" + service)} before the last deploy` proposes to go back."
        );
        return string.Join('\n', said);

        async Task RowsAsync(string tool, object arguments, string head, Wish meant)
        {
            var seen = await look.AskAsync(tool, arguments, cancellation);
            if (seen.Data is not { } data)
            {
                said.Add($"- {head}: could not be looked at: {seen.Error!.TrimEnd('.')}.");
                return;
            }
            var rows = ResultWords.Rows(data).Where(row => WishRows.IsMeant(meant, row)).ToList();
            var shown = tool == "list_containers" ? rows.Where(ResultWords.IsIll).ToList() : rows;
            said.Add(
                $"- {head}: {ResultWords.Sentence(tool, JsonSerializer.SerializeToElement(rows)) ?? $"{rows.Count}"}{ResultWords.Partial(tool, data)}{(shown.Count > 0 ? ":" : ".")}"
            );
            said.AddRange(shown.Take(MostRows).Select(row => "  - " + Verbatim.Of(ResultWords.Row(tool, row))));
            if (shown.Count > MostRows)
            {
                said.Add($"  - … and {shown.Count - MostRows} more");
            }
            if (seen.Untrusted)
            {
                said.Add(
                    "  - Some of this text addresses an assistant. It is shown as text; nothing that it asks is done."
                );
            }
        }
    }
}
