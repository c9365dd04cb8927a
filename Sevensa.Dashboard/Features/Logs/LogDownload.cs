using System.Text;
using System.Text.Json;
using Sevensa.Dashboard.Features.Identity.Contracts;
using Sevensa.Dashboard.Features.Logs.Contracts;
using Sevensa.Dashboard.Features.Logs.Loki;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;
using Sevensa.Dashboard.Ui.Logs;

namespace Sevensa.Dashboard.Features.Logs;

/// <summary>Lines of a query as a file, oldest first, written as they come from Loki.</summary>
internal sealed class LogDownload(LokiClient loki)
{
    /// <summary>Longer files end with a line that says so.</summary>
    public const int Most = 1_000_000;

    // A file is no page: quotes and letters of all languages stay as they are.
    private static readonly DownloadJson Readable = new(
        new JsonSerializerOptions(DownloadJson.Default.Options)
        {
            Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        }
    );

    public async Task WriteAsync(
        TenantScope scope,
        string logQl,
        long fromNs,
        long toNs,
        bool asJson,
        HttpResponse response,
        CancellationToken cancellation
    )
    {
        var pages = new LogPager(loki, scope, logQl, fromNs, toNs, LokiDirection.Forward)
            .AllAsync(LogPager.Most, cancellation)
            .GetAsyncEnumerator(cancellation);
        await using var _ = pages;
        // The first page is awaited before the answer begins, so that a refusal is one.
        var more = await pages.MoveNextAsync();
        response.ContentType = asJson ? "application/x-ndjson; charset=utf-8" : "text/plain; charset=utf-8";
        response.Headers.ContentDisposition =
            $"attachment; filename=\"logs-{scope.Key.Replace('|', '-')}.{(asJson ? "jsonl" : "log")}\"";
        response.Headers.XContentTypeOptions = "nosniff";
        var written = 0L;
        var text = new StringBuilder();
        for (; more && written < Most; more = await pages.MoveNextAsync())
        {
            text.Clear();
            foreach (var line in pages.Current.Lines)
            {
                text.Append(asJson ? Json(line) : Plain(line)).Append('\n');
            }
            if (pages.Current.Crowded is { } moment)
            {
                text.Append(Note(asJson, $"more lines at {moment} ns than Loki gives at once were left out"));
            }
            written += pages.Current.Lines.Count;
            await response.WriteAsync(text.ToString(), cancellation);
        }
        if (more)
        {
            await response.WriteAsync(
                Note(asJson, $"cut after {written} lines; choose a shorter range for the rest"),
                cancellation
            );
        }
    }

    private static string Json(LogLine line) =>
        JsonSerializer.Serialize(
            new DownloadedLine(
                LokiTime.FromUnixNs(line.TimeUnixNs),
                line.TimeUnixNs.ToString(System.Globalization.CultureInfo.InvariantCulture),
                line.Labels,
                line.Text
            ),
            Readable.DownloadedLine
        );

    /// <summary>One line each, whatever is in it: a terminal that shows the file must not obey it.</summary>
    private static string Plain(LogLine line) =>
        $"{LokiTime.FromUnixNs(line.TimeUnixNs):yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'} {line.Row().Source ?? "-"} {LogText.Plain(line.Text)}";

    private static string Note(bool asJson, string words) => asJson ? $"{{\"note\":\"{words}\"}}\n" : $"# {words}\n";
}

/// <param name="Ns">Nanoseconds since 1970, as text: they are too many for a JSON number.</param>
internal sealed record DownloadedLine(
    DateTimeOffset Time,
    string Ns,
    IReadOnlyDictionary<string, string> Labels,
    string Line
);

[System.Text.Json.Serialization.JsonSourceGenerationOptions(
    PropertyNamingPolicy = System.Text.Json.Serialization.JsonKnownNamingPolicy.CamelCase
)]
[System.Text.Json.Serialization.JsonSerializable(typeof(DownloadedLine))]
internal sealed partial class DownloadJson : System.Text.Json.Serialization.JsonSerializerContext;

internal static class LogDownloads
{
    public static void MapLogDownload(this IEndpointRouteBuilder app)
    {
        app.MapGet("/tenants/{tenant}/logs/download", DownloadAsync)
            .RequireAuthorization(Policies.Read)
            .ExcludeFromDescription();
        app.MapGet("/api/v1/tenants/{tenant}/logs/download", DownloadAsync)
            .RequireAuthorization(Policies.Read)
            .WithTags("Logs")
            .WithSummary(
                "Lines of a query as a file, streamed, oldest first: format text or jsonl, times in nanoseconds"
            );
    }

    private static async Task DownloadAsync(
        string tenant,
        string? query,
        long? start,
        long? end,
        string? format,
        string? with,
        HttpContext context,
        LogDownload download,
        ITenantScopes scopes,
        ICurrentCaller callers,
        CancellationToken cancellation
    )
    {
        // A browser that follows the page's link shows what it gets; programs get problems as everywhere.
        var toBrowser = RequestPaths.IsPage(context.Request.Path);
        try
        {
            var scope = await scopes.ForSomeAsync(
                await callers.GetAsync(cancellation),
                LogLinks.Together(tenant, with),
                cancellation
            );
            if (format is not (null or "" or "text" or "jsonl"))
            {
                throw new BadHttpRequestException("format is text or jsonl.");
            }
            if (start is not { } from || end is not { } to || from >= to)
            {
                throw new BadHttpRequestException(
                    "start and end are needed: nanoseconds since 1970, start before end."
                );
            }
            await download.WriteAsync(
                scope,
                string.IsNullOrWhiteSpace(query) ? new LogQuestion().LogQl : query,
                from,
                to,
                format == "jsonl",
                context.Response,
                cancellation
            );
        }
        catch (BadHttpRequestException refused) when (toBrowser)
        {
            await LokiPassage.RefuseAsync(context, refused.StatusCode, refused.Message);
        }
        catch (UnknownTenantException unknown) when (toBrowser)
        {
            await LokiPassage.RefuseAsync(context, 404, unknown.Message);
        }
        catch (QueryRefusedException refused) when (toBrowser)
        {
            await LokiPassage.RefuseAsync(context, 400, refused.Message);
        }
        catch (LokiException exception) when (toBrowser && !context.Response.HasStarted)
        {
            await LokiPassage.RefuseAsync(context, exception);
        }
        catch (UpstreamException) when (context.Response.HasStarted)
        {
            // A file that ends early must not look whole.
            context.Abort();
        }
    }
}
