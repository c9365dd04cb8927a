using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Sevensa.Dashboard.Features.Alerts;
using Sevensa.Dashboard.Features.Alerts.Alertmanager;
using Sevensa.Dashboard.Platform.Http;

namespace Sevensa.Dashboard.Tests.Features.Alerts;

/// <summary>Keeps silences in memory, as one that is killed before it wrote them down.</summary>
internal sealed class ForgetfulAlertmanager : HttpMessageHandler
{
    public Dictionary<string, HeldSilence> Silences { get; } = [];

    public string Alerts { get; set; } = "[]";

    public string Groups { get; set; } = "[]";

    /// <summary>The comment of those that are answered with an error.</summary>
    public string? Refused { get; set; }

    /// <summary>What is made is made, and the answer is cut.</summary>
    public bool LosesAnswers { get; set; }

    public AlertmanagerClient Client() =>
        new(
            new HttpClient(this, disposeHandler: false) { BaseAddress = new Uri("http://alertmanager/") },
            Options.Create(new AlertmanagerOptions { Url = "http://alertmanager" }),
            new Upstreams(TimeProvider.System)
        );

    public string Add(SilenceWanted wanted)
    {
        var id = Guid.NewGuid().ToString();
        Silences[id] = new HeldSilence(
            id,
            new SilenceStatus("active"),
            wanted.StartsAt,
            wanted.Comment,
            wanted.CreatedBy,
            wanted.StartsAt,
            wanted.EndsAt,
            wanted.Matchers
        );
        return id;
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request,
        CancellationToken cancellationToken
    )
    {
        var path = request.RequestUri!.AbsolutePath;
        var id = path.Split('/')[^1];
        if (path == "/api/v2/alerts")
        {
            return Answer(200, Alerts);
        }
        if (path == "/api/v2/alerts/groups")
        {
            return Answer(200, Groups);
        }
        if (request.Method == HttpMethod.Post)
        {
            var wanted = JsonSerializer.Deserialize(
                await request.Content!.ReadAsStringAsync(cancellationToken),
                AlertmanagerJson.Default.SilenceWanted
            )!;
            if (wanted.Comment == Refused)
            {
                return Answer(500, "\"the log of silences is full\"");
            }
            var made = Add(wanted);
            return LosesAnswers
                ? throw new HttpRequestException(HttpRequestError.ResponseEnded, "cut")
                : Answer(200, $$"""{"silenceID":"{{made}}"}""");
        }
        if (path.EndsWith("/silences", StringComparison.Ordinal))
        {
            return Answer(
                200,
                JsonSerializer.Serialize([.. Silences.Values], AlertmanagerJson.Default.IReadOnlyListHeldSilence)
            );
        }
        if (!Silences.TryGetValue(id, out var found))
        {
            return Answer(404, "");
        }
        if (request.Method == HttpMethod.Delete)
        {
            Silences[id] = found with { Status = new("expired") };
            return Answer(200, "");
        }
        return Answer(200, JsonSerializer.Serialize(found, AlertmanagerJson.Default.HeldSilence));
    }

    private static HttpResponseMessage Answer(int status, string body) =>
        new((HttpStatusCode)status) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
}
