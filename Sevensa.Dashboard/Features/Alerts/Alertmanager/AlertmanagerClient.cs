using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Tenants.Contracts;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Features.Alerts.Alertmanager;

/// <summary>
/// Typed client of Alertmanager's API (v2). What a scope does not hold is neither asked for nor passed on. Every failure is
/// an <see cref="UpstreamException"/> that keeps the status and the server's own words.
/// </summary>
internal sealed class AlertmanagerClient(HttpClient http, IOptions<AlertmanagerOptions> options, Upstreams upstreams)
{
    public const string Name = "Alertmanager";

    private static readonly UpstreamTerms Terms = new(
        Name,
        "Alertmanager:Url",
        "Alertmanager:TokenFile, or Alertmanager:Username and Alertmanager:PasswordFile",
        "Alertmanager:TimeoutSeconds"
    );

    public bool IsConfigured => options.Value.IsConfigured;

    /// <summary>All alerts of the scope, silenced and inhibited ones among them.</summary>
    public async Task<IReadOnlyList<HeldAlert>> AlertsAsync(TenantScope scope, CancellationToken cancellation)
    {
        var found = await GetAsync(
            $"api/v2/alerts?filter={Filter(scope)}",
            AlertmanagerJson.Default.IReadOnlyListHeldAlert,
            cancellation
        );
        return [.. found!.Where(alert => scope.Holds(alert.Labels.GetValueOrDefault(TenantScope.Label)))];
    }

    /// <summary>Alerts of the scope as they are told together. A group of another tenant's is left out whole.</summary>
    public async Task<IReadOnlyList<HeldGroup>> GroupsAsync(TenantScope scope, CancellationToken cancellation)
    {
        var found = await GetAsync(
            $"api/v2/alerts/groups?filter={Filter(scope)}",
            AlertmanagerJson.Default.IReadOnlyListHeldGroup,
            cancellation
        );
        return
        [
            .. found!
                .Where(group =>
                    !group.Labels.TryGetValue(TenantScope.Label, out var tenant) || tenant == "" || scope.Holds(tenant)
                )
                .Select(group =>
                    group with
                    {
                        Alerts =
                        [
                            .. group.Alerts.Where(alert =>
                                scope.Holds(alert.Labels.GetValueOrDefault(TenantScope.Label))
                            ),
                        ],
                    }
                )
                .Where(group => group.Alerts.Count > 0),
        ];
    }

    /// <summary>Silences that are bound to a tenant; whether they are is looked at again here.</summary>
    public async Task<IReadOnlyList<HeldSilence>> SilencesAsync(
        TenantScope scope,
        string tenant,
        CancellationToken cancellation
    )
    {
        var found = await GetAsync(
            $"api/v2/silences?filter={Filter(scope.Narrow(tenant))}",
            AlertmanagerJson.Default.IReadOnlyListHeldSilence,
            cancellation
        );
        return [.. found!.Where(silence => IsBoundTo(silence, tenant))];
    }

    /// <summary>Silences of everybody, which no tenant may see as they are: <see cref="Silences.PlatformSilences"/> cuts them down.</summary>
    internal async Task<IReadOnlyList<HeldSilence>> AllSilencesAsync(CancellationToken cancellation) =>
        (await GetAsync("api/v2/silences", AlertmanagerJson.Default.IReadOnlyListHeldSilence, cancellation))!;

    /// <summary>Null when there is none of that id, or it is not bound to the tenant.</summary>
    public async Task<HeldSilence?> SilenceAsync(string tenant, string id, CancellationToken cancellation)
    {
        if (!Guid.TryParseExact(id, "D", out var known))
        {
            return null;
        }
        var found = await GetAsync($"api/v2/silence/{known:D}", AlertmanagerJson.Default.HeldSilence, cancellation);
        return found is not null && IsBoundTo(found, tenant) ? found : null;
    }

    /// <returns>The id that Alertmanager gave it.</returns>
    public async Task<string> SilenceAsync(SilenceWanted wanted, CancellationToken cancellation)
    {
        using var answer = await SendAsync(
            () =>
                new HttpRequestMessage(HttpMethod.Post, "api/v2/silences")
                {
                    Content = JsonContent.Create(wanted, AlertmanagerJson.Default.SilenceWanted),
                },
            cancellation
        );
        await RequireAsync(answer, cancellation);
        var made = await ReadAsync(answer, AlertmanagerJson.Default.SilenceMade, cancellation);
        upstreams.Good(Name);
        return made.SilenceId;
    }

    /// <summary>Ends a silence now. The caller has made sure whose it is.</summary>
    public async Task ExpireAsync(string id, CancellationToken cancellation)
    {
        using var answer = await SendAsync(
            () => new HttpRequestMessage(HttpMethod.Delete, $"api/v2/silence/{Uri.EscapeDataString(id)}"),
            cancellation
        );
        await RequireAsync(answer, cancellation);
        upstreams.Good(Name);
    }

    public async Task<string> VersionAsync(CancellationToken cancellation) =>
        (await GetAsync("api/v2/status", AlertmanagerJson.Default.ServerStatus, cancellation))?.VersionInfo?.Version
            is { Length: > 0 } version
            ? version
            : "unknown";

    internal static bool IsBoundTo(HeldSilence silence, string tenant) =>
        silence.Matchers.Any(matcher =>
            matcher is { Name: TenantScope.Label, IsEqual: true, IsRegex: false } && matcher.Value == tenant
        );

    /// <summary>A matcher in Alertmanager's text form; ids of tenants are plain words, several become an alternation.</summary>
    private static string Filter(TenantScope scope) =>
        Uri.EscapeDataString(
            scope.Tenants is [var only]
                ? $"{TenantScope.Label}=\"{Quoted(only)}\""
                : $"{TenantScope.Label}=~\"{Quoted(string.Join('|', scope.Tenants.Select(System.Text.RegularExpressions.Regex.Escape)))}\""
        );

    private static string Quoted(string text) =>
        text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);

    private async Task<T?> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        using var answer = await SendAsync(() => new HttpRequestMessage(HttpMethod.Get, path), cancellation);
        if ((int)answer.StatusCode == 404 && typeof(T) == typeof(HeldSilence))
        {
            upstreams.Good(Name);
            return null;
        }
        await RequireAsync(answer, cancellation);
        var read = await ReadAsync(answer, type, cancellation);
        upstreams.Good(Name);
        return read;
    }

    private async Task<HttpResponseMessage> SendAsync(Func<HttpRequestMessage> request, CancellationToken cancellation)
    {
        if (!IsConfigured)
        {
            throw Terms.NotConfigured();
        }
        try
        {
            using var message = request();
            return await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, cancellation);
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
            throw Told(await Terms.RefusalAsync(answer, cancellation));
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, JsonTypeInfo<T> type, CancellationToken cancellation)
        where T : class
    {
        try
        {
            await using var body = await answer.Content.ReadAsStreamAsync(cancellation);
            var read =
                await JsonSerializer.DeserializeAsync(body, type, cancellation)
                ?? throw Told(Terms.Garbled("it is null", (int)answer.StatusCode));
            return AlertmanagerShapes.IsWhole(read)
                ? read
                : throw Told(Terms.Garbled("something that is always there is missing in it", (int)answer.StatusCode));
        }
        catch (Exception exception) when (Translate(exception, cancellation) is { } translated)
        {
            throw Told(translated);
        }
    }

    private UpstreamException? Translate(Exception exception, CancellationToken cancellation) =>
        Terms.Translate(exception, TimeSpan.FromSeconds(options.Value.TimeoutSeconds), cancellation);

    private UpstreamException Told(UpstreamException exception)
    {
        upstreams.Bad(exception);
        return exception;
    }
}

/// <summary>Asks Alertmanager for its version.</summary>
internal sealed class AlertmanagerProbe(Func<AlertmanagerClient> client, IOptions<AlertmanagerOptions> options)
    : IUpstreamProbe
{
    public string Name => AlertmanagerClient.Name;

    public string? Missing => options.Value.IsConfigured ? null : "Set Alertmanager:Url.";

    public Task ProbeAsync(CancellationToken cancellation) => client().VersionAsync(cancellation);
}
