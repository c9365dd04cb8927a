using System.Diagnostics;
using System.Net.Http.Headers;
using System.Security.Claims;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.Tokens;
using OpenIddict.Server;
using OpenIddict.Server.AspNetCore;
using OpenIddict.Validation.AspNetCore;
using Sevensa.Dashboard.E2E.Fixtures;

namespace Sevensa.Dashboard.Bench;

/// <summary>
/// The first page of 1,000 lines through the product's scoped API, against a pass-through in the same process that checks the same
/// token and hands the query on by the same client without reading it. A program of its own that does nothing but that, with its
/// own keys, and the query asked of Loki itself are printed beside them.
/// </summary>
internal sealed class LogPages : IBench
{
    private const int Requests = 60;
    private const int Warming = 6;

    public string Name => "log-page";

    public async Task<IReadOnlyList<Measure>> RunAsync(int rounds)
    {
        await using var loki = await ScriptedLoki.StartAsync();
        var now = DateTimeOffset.UnixEpoch.AddSeconds(1_790_000_000).ToUnixTimeMilliseconds() * 1_000_000;
        (loki.Made, loki.MadeUntil) = (100_000, now);
        await using var dashboard = await BenchDashboard.StartAsync(("Loki:Url", loki.Url), ("Loki:Tenancy", "Header"));
        await using var bare = await BareAsync(loki.Url);
        using var product = await dashboard.ClientOfAsync("operator");
        using var passage = new HttpClient { BaseAddress = new Uri(bare.Urls.Single()) };
        passage.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(
            "Bearer",
            await TokenAsync(passage)
        );
        using var raw = new HttpClient { BaseAddress = new Uri(loki.Url) };
        raw.DefaultRequestHeaders.Add("X-Scope-OrgID", "rentguy");
        var query =
            $"?query={Uri.EscapeDataString("{service=\"api\"} |= \"GET\"")}&start={now - 100_000_000_000}&end={now + 1}&limit=1000";
        List<double> ours = [],
            beside = [],
            apart = [],
            asked = [];
        // What runs often is compiled once more while it runs; until then nothing is counted.
        for (var round = -Warming; round < rounds; round++)
        {
            var a = await MedianAsync(product, "/api/v1/tenants/rentguy/loki/api/v1/query_range" + query);
            var b = await MedianAsync(product, BarePassThrough.LokiPath + query);
            var c = await MedianAsync(passage, "/loki/api/v1/query_range" + query);
            var d = await MedianAsync(raw, "/loki/api/v1/query_range" + query);
            if (round >= 0)
            {
                ours.Add(a);
                beside.Add(b);
                apart.Add(c);
                asked.Add(d);
            }
        }
        return
        [
            new Measure("first page of 1,000 lines, against a bare pass-through", "ms", ours, beside, Bound.Ratio(1.2)),
            new Measure("the same, against a program that does nothing else", "ms", ours, apart, Bound.None),
            new Measure("the same, against Loki asked directly", "ms", ours, asked, Bound.None),
        ];
    }

    private static async Task<double> MedianAsync(HttpClient http, string path)
    {
        var all = new List<double>(Requests);
        for (var n = 0; n < Requests; n++)
        {
            var clock = Stopwatch.StartNew();
            using var answer = await http.GetAsync(new Uri(path, UriKind.Relative));
            var body = await answer.Content.ReadAsByteArrayAsync();
            all.Add(clock.Elapsed.TotalMilliseconds);
            if (!answer.IsSuccessStatusCode || body.Length < 100_000)
                throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}, {body.Length} bytes");
        }
        return Measure.Median(all);
    }

    private static async Task<string> TokenAsync(HttpClient http)
    {
        using var form = new FormUrlEncodedContent(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = "bench",
                ["client_secret"] = "bench",
            }
        );
        using var answer = await http.PostAsync(new Uri("/token", UriKind.Relative), form);
        var body = System.Text.Json.Nodes.JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return body["access_token"]!.GetValue<string>();
    }

    /// <summary>OpenIddict with the same kind of keys and tokens, one HttpClient, and nothing else.</summary>
    private static async Task<WebApplication> BareAsync(string loki)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder
            .Services.AddOpenIddict()
            .AddServer(server =>
            {
                server.EnableDegradedMode().SetTokenEndpointUris("/token").AllowClientCredentialsFlow();
                server.AddSigningKey(new ECDsaSecurityKey(ECDsa.Create(ECCurve.NamedCurves.nistP256)));
                server.AddEphemeralEncryptionKey().DisableAccessTokenEncryption();
                server.UseAspNetCore().EnableTokenEndpointPassthrough().DisableTransportSecurityRequirement();
                server.AddEventHandler<OpenIddictServerEvents.ValidateTokenRequestContext>(handler =>
                    handler.UseInlineHandler(_ => default)
                );
            })
            .AddValidation(validation =>
            {
                validation.UseLocalServer();
                validation.UseAspNetCore();
            });
        builder.Services.AddAuthentication(OpenIddictValidationAspNetCoreDefaults.AuthenticationScheme);
        builder.Services.AddAuthorization();
        builder.Services.AddHttpClient("loki", http => http.BaseAddress = new Uri(loki));
        var app = builder.Build();
        app.UseAuthentication();
        app.UseAuthorization();
        app.MapPost(
            "/token",
            () =>
                Results.SignIn(
                    new ClaimsPrincipal(new ClaimsIdentity([new Claim("sub", "bench")], "bench")),
                    authenticationScheme: OpenIddictServerAspNetCoreDefaults.AuthenticationScheme
                )
        );
        app.MapGet(
                "/loki/{**path}",
                async (HttpContext context, string path, IHttpClientFactory clients) =>
                {
                    using var request = new HttpRequestMessage(
                        HttpMethod.Get,
                        $"/loki/{path}{context.Request.QueryString}"
                    );
                    request.Headers.Add("X-Scope-OrgID", "rentguy");
                    using var answer = await clients
                        .CreateClient("loki")
                        .SendAsync(request, HttpCompletionOption.ResponseHeadersRead, context.RequestAborted);
                    context.Response.StatusCode = (int)answer.StatusCode;
                    context.Response.ContentType = answer.Content.Headers.ContentType?.ToString();
                    await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
                }
            )
            .RequireAuthorization();
        await app.StartAsync();
        return app;
    }
}
