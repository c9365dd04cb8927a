using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Workflows.N8n;

/// <summary>
/// Typed client of n8n's public API (v1); it reads alone. Every failure is an <see cref="UpstreamException"/> that keeps the
/// status and n8n's own words.
/// </summary>
internal sealed class N8nClient(HttpClient http, N8nKeys keys, N8nOptions set, Upstreams upstreams)
{
    public const string KeyHeader = "X-N8N-API-KEY";

    /// <summary>What n8n gives at once of its own list.</summary>
    private const int PageOf = 100;

    /// <summary>More is no list that ends.</summary>
    private const int MostPages = 50;

    /// <summary>Of what a run left behind; what it was called with stands at the beginning.</summary>
    private const int MostData = 8 * 1024 * 1024;

    private readonly UpstreamTerms terms = new(
        set.Upstream,
        set.Setting("Url"),
        $"{set.Setting("KeyFile")} or {set.Setting("KeyVaultPath")}, and what its key may read (workflow:list, workflow:read, execution:list, execution:read)",
        set.Setting("TimeoutSeconds"),
        CarriesQuestions: false
    );

    /// <summary>All workflows but archived ones.</summary>
    public async Task<IReadOnlyList<N8nWorkflow>> WorkflowsAsync(CancellationToken cancellation)
    {
        var all = new List<N8nWorkflow>();
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var found = await GetAsync(
                $"api/v1/workflows?limit={PageOf}&excludePinnedData=true{After(cursor)}",
                N8nJson.Default.N8nPageN8nWorkflow,
                cancellation
            );
            all.AddRange(found!.Data.Where(workflow => workflow.IsArchived != true));
            if (found.NextCursor is not { Length: > 0 } next || next == cursor)
            {
                return all;
            }
            cursor = next;
        }
        throw Told(terms.Garbled($"its list of workflows does not end after {MostPages} pages"));
    }

    /// <summary>Null when there is none of that id.</summary>
    public async Task<N8nWorkflow?> WorkflowAsync(string id, CancellationToken cancellation) =>
        IsId(id)
            ? await GetAsync(
                $"api/v1/workflows/{id}?excludePinnedData=true",
                N8nJson.Default.N8nWorkflow,
                cancellation,
                isOne: true
            )
            : null;

    /// <summary>A run as it stands now, without what it left behind; null when there is none of that id.</summary>
    public async Task<N8nExecution?> ExecutionAsync(string run, CancellationToken cancellation) =>
        IsId(run)
            ? await GetAsync($"api/v1/executions/{run}", N8nJson.Default.N8nExecution, cancellation, isOne: true)
            : null;

    /// <summary>
    /// The newest runs with those that go on and those that wait to begin, of which n8n tells only when it is asked for them apart.
    /// </summary>
    /// <param name="most">Of each of the three.</param>
    public async Task<N8nRuns> RunsAsync(string? workflow, int most, CancellationToken cancellation)
    {
        // In the order that a run goes through, so that none is missed that goes on to the next meanwhile.
        var queued = await ExecutionsAsync(workflow, "new", most, cancellation);
        var running = await ExecutionsAsync(workflow, "running", most, cancellation);
        return new N8nRuns(queued, running, await ExecutionsAsync(workflow, null, most, cancellation));
    }

    /// <summary>The newest runs of a status. Without one those that run now or wait to begin are not among them.</summary>
    public async Task<IReadOnlyList<N8nExecution>> ExecutionsAsync(
        string? workflow,
        string? status,
        int most,
        CancellationToken cancellation
    )
    {
        var all = new List<N8nExecution>();
        string? cursor = null;
        var of = workflow is null ? "" : $"&workflowId={Uri.EscapeDataString(workflow)}";
        var alike = status is null ? "" : $"&status={Uri.EscapeDataString(status)}";
        while (all.Count < most)
        {
            var found = await GetAsync(
                $"api/v1/executions?limit={Math.Min(PageOf, most - all.Count)}{of}{alike}{After(cursor)}",
                N8nJson.Default.N8nPageN8nExecution,
                cancellation
            );
            all.AddRange(found!.Data);
            if (found.NextCursor is not { Length: > 0 } next || next == cursor || found.Data.Count == 0)
            {
                break;
            }
            cursor = next;
        }
        return all;
    }

    /// <summary>What a run left behind, as far as n8n keeps it; null when there is none of that id.</summary>
    public async Task<RunData?> DataAsync(string run, CancellationToken cancellation)
    {
        if (!IsId(run))
        {
            return null;
        }
        using var answer = await SendAsync($"api/v1/executions/{run}?includeData=true", cancellation);
        if (await IsMissingAsync(answer, cancellation))
        {
            upstreams.Good(set.Upstream);
            return null;
        }
        await RequireAsync(answer, cancellation);
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            using var bytes = new MemoryStream();
            var piece = new byte[64 * 1024];
            int read;
            while (bytes.Length < MostData && (read = await body.ReadAsync(piece, cancellation)) > 0)
            {
                bytes.Write(piece, 0, read);
            }
            upstreams.Good(set.Upstream);
            return RunData.Of(bytes.GetBuffer().AsMemory(0, (int)bytes.Length));
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    /// <summary>Whether it lets the dashboard in. Its own health address answers without a key, so it says nothing about that.</summary>
    public Task ProbeAsync(CancellationToken cancellation) =>
        GetAsync("api/v1/workflows?limit=1", N8nJson.Default.N8nPageN8nWorkflow, cancellation);

    private static string After(string? cursor) => cursor is null ? "" : $"&cursor={Uri.EscapeDataString(cursor)}";

    private static bool IsId(string id) =>
        id.Length is > 0 and <= 64 && id.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_');

    /// <param name="isOne">It is asked for by its id, so that there may be none.</param>
    private async Task<T?> GetAsync<T>(
        string path,
        JsonTypeInfo<T> type,
        CancellationToken cancellation,
        bool isOne = false
    )
        where T : class
    {
        using var answer = await SendAsync(path, cancellation);
        if (isOne && await IsMissingAsync(answer, cancellation))
        {
            upstreams.Good(set.Upstream);
            return null;
        }
        await RequireAsync(answer, cancellation);
        try
        {
            var body = await BoundedAnswer.ReadAsync(answer, cancellation);
            // One name with half a character in it would take everything else along.
            var read =
                JsonSerializer.Deserialize(JsonReading.Whole(Encoding.UTF8.GetString(body.Span)), type)
                ?? throw Told(terms.Garbled("it is null", (int)answer.StatusCode));
            if (!N8nShapes.IsWhole(read))
            {
                throw Told(terms.Garbled("something that is always there is missing in it", (int)answer.StatusCode));
            }
            upstreams.Good(set.Upstream);
            return read;
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private async Task<HttpResponseMessage> SendAsync(string path, CancellationToken cancellation)
    {
        if (!set.IsConfigured)
        {
            throw Told(terms.NotConfigured());
        }
        string key;
        try
        {
            key = await keys.ApiAsync(cancellation);
        }
        catch (UpstreamException exception) when (exception.Upstream == set.Upstream)
        {
            throw Told(exception);
        }
        try
        {
            using var message = new HttpRequestMessage(HttpMethod.Get, path);
            message.Headers.Add(KeyHeader, key);
            message.Headers.Add("Accept", "application/json");
            message.Options.Set(UnsaidSecrets.Own, key);
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    /// <summary>n8n's own word for an id that is not there; for a path that is not there it has another.</summary>
    /// <exception cref="UpstreamException">There is no such path.</exception>
    private async Task<bool> IsMissingAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.StatusCode != HttpStatusCode.NotFound)
        {
            return false;
        }
        try
        {
            var words = UpstreamTerms.Words(await UpstreamTerms.BodyAsync(answer, cancellation));
            if (words == "Not Found")
            {
                return true;
            }
            throw Told(terms.Refusal((int)answer.StatusCode, words));
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private async Task RequireAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.IsSuccessStatusCode)
        {
            return;
        }
        try
        {
            throw Told(await terms.RefusalAsync(answer, cancellation));
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private UpstreamException? Translate(Exception exception, CancellationToken cancellation) =>
        terms.Translate(exception, TimeSpan.FromSeconds(set.TimeoutSeconds), cancellation);

    private UpstreamException Told(UpstreamException exception)
    {
        upstreams.Bad(exception);
        return exception;
    }
}

/// <summary>Whether an answer has what it always has.</summary>
internal static class N8nShapes
{
    public static bool IsWhole(object answer) =>
        answer switch
        {
            N8nPage<N8nWorkflow> page => page.Data is { } all && all.All(IsWhole),
            N8nPage<N8nExecution> page => page.Data is { } all && all.All(IsWhole),
            N8nWorkflow workflow => workflow is { Id.Length: > 0, Name: not null }
                && (workflow.Tags ?? []).All(tag => tag is { Name: not null })
                && (workflow.Nodes ?? []).All(node => node is not null)
                && (workflow.ActiveVersion?.Nodes ?? []).All(node => node is not null),
            N8nExecution run => run is { Status.Length: > 0 }
                && run.Id.ValueKind is JsonValueKind.String or JsonValueKind.Number,
            _ => false,
        };
}
