using System.Globalization;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>A Vault with one secret of RentGuy's, <c>pay</c>, and on the same address a provider that says whether its key is right.</summary>
internal sealed class OneSecretVault : IAsyncDisposable
{
    public const string Right = "sk_live_the-right-one";
    private const string Metadata = "/v1/secret/metadata/rentguy/";
    private const string Data = "/v1/secret/data/rentguy/pay";

    private readonly WebApplication app;
    private readonly Lock gate = new();
    private readonly List<string> versions = ["""{"key":"sk_live_the-former-one"}"""];

    private OneSecretVault(WebApplication app) => this.app = app;

    public string Url => app.Urls.Single();

    /// <summary>The data of the current version, and its number.</summary>
    public (int Version, string Data) Current
    {
        get
        {
            lock (gate)
                return (versions.Count, versions[^1]);
        }
    }

    public static async Task<OneSecretVault> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var vault = new OneSecretVault(builder.Build());
        vault.app.Run(vault.AnswerAsync);
        await vault.app.StartAsync();
        return vault;
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Path == "/me")
        {
            context.Response.StatusCode = request.Headers["X-Api-Key"] == Right ? 200 : 403;
            return;
        }
        var body = HttpMethods.IsPost(request.Method) ? await JsonNode.ParseAsync(request.Body) : null;
        var answer = (request.Method, request.Path.Value!) switch
        {
            ("GET", "/v1/sys/health") => """{"initialized":true,"sealed":false,"standby":false,"version":"2.7.2"}""",
            ("GET", Metadata) when request.Query["list"] == "true" => """{"data":{"keys":["pay"]}}""",
            ("GET", Metadata + "pay") => Described(),
            ("GET", Data) => Read(int.Parse(request.Query["version"]!, CultureInfo.InvariantCulture)),
            ("POST", Data) => Write(body!),
            _ => null,
        };
        context.Response.ContentType = "application/json";
        context.Response.StatusCode = answer is null ? 404 : 200;
        await context.Response.WriteAsync(answer ?? """{"errors":[]}""");
    }

    private string Described()
    {
        var times = new JsonObject();
        for (var number = 1; number <= Current.Version; number++)
            times[number.ToString(CultureInfo.InvariantCulture)] = new JsonObject
            {
                ["created_time"] = "2026-01-01T00:00:00Z",
                ["deletion_time"] = "",
                ["destroyed"] = false,
            };
        return new JsonObject
        {
            ["data"] = new JsonObject
            {
                ["created_time"] = "2026-01-01T00:00:00Z",
                ["updated_time"] = "2026-01-01T00:00:00Z",
                ["current_version"] = Current.Version,
                ["max_versions"] = 0,
                ["delete_version_after"] = "0s",
                ["custom_metadata"] = new JsonObject { ["probe"] = $"{Url}/me", ["probe_header"] = "X-Api-Key" },
                ["versions"] = times,
            },
        }.ToJsonString();
    }

    private string? Read(int version)
    {
        lock (gate)
            return version < 1 || version > versions.Count
                ? null
                : $$$$"""{"data":{"data":{{{{versions[version - 1]}}}},"metadata":{"version":{{{{version}}}}}}}""";
    }

    private string? Write(JsonNode body)
    {
        lock (gate)
        {
            if ((int)body["options"]!["cas"]! != versions.Count)
                return null;
            versions.Add(body["data"]!.ToJsonString());
            return $$$"""{"data":{"version":{{{versions.Count}}}}}""";
        }
    }
}
