using System.IO.Compression;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Sevensa.Dashboard.E2E.Fixtures;

/// <summary>A registry (distribution API v2) that holds one image and wants a name and a password, as a private one does.</summary>
public sealed class PrivateRegistry : IAsyncDisposable
{
    public const string User = "puller";
    public const string Password = "kept on the host";
    private readonly WebApplication app;

    private PrivateRegistry(WebApplication app, string reference, string digest)
    {
        this.app = app;
        (Reference, Digest) = (reference, digest);
    }

    /// <summary>Of its image, by tag.</summary>
    public string Reference { get; }

    public string Digest { get; }

    public static async Task<PrivateRegistry> StartAsync(string name)
    {
        var tar = await BusyboxImage.TarAsync(name);
        byte[] layer;
        using (var packed = new MemoryStream())
        {
            await using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
                await tar.CopyToAsync(gzip);
            layer = packed.ToArray();
        }
        tar.Position = 0;
        var content = $"sha256:{Convert.ToHexStringLower(await SHA256.HashDataAsync(tar))}";
        var config = Bytes(
            new JsonObject
            {
                ["architecture"] = "amd64",
                ["os"] = "linux",
                ["config"] = new JsonObject { ["Cmd"] = new JsonArray("sh", "-c", "while :; do sleep 1; done") },
                ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(content) },
            }
        );
        const string kind = "application/vnd.docker.distribution.manifest.v2+json";
        var manifest = Bytes(
            new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = kind,
                ["config"] = Part("application/vnd.docker.container.image.v1+json", config),
                ["layers"] = new JsonArray(Part("application/vnd.docker.image.rootfs.diff.tar.gzip", layer)),
            }
        );
        var blobs = new[] { config, layer }.ToDictionary(Named);
        var expected = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));

        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{Workspace.FreePort()}");
        var app = builder.Build();
        app.Run(async context =>
        {
            var (request, response) = (context.Request, context.Response);
            response.Headers["Docker-Distribution-Api-Version"] = "registry/2.0";
            if (request.Headers.Authorization != expected)
            {
                response.StatusCode = (int)HttpStatusCode.Unauthorized;
                response.Headers.WWWAuthenticate = "Basic realm=\"private\"";
                await response.WriteAsync(
                    """{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}"""
                );
                return;
            }
            var path = request.Path.Value!;
            var (body, type) =
                path.Contains("/manifests/", StringComparison.Ordinal) ? (manifest, kind)
                : blobs.TryGetValue(path[(path.LastIndexOf('/') + 1)..], out var blob)
                    ? (blob, "application/octet-stream")
                : (Encoding.UTF8.GetBytes("{}"), "application/json");
            response.ContentType = type;
            response.ContentLength = body.Length;
            response.Headers["Docker-Content-Digest"] = Named(body);
            if (request.Method != HttpMethods.Head)
                await response.Body.WriteAsync(body);
        });
        await app.StartAsync();
        return new PrivateRegistry(app, $"{new Uri(app.Urls.Single()).Authority}/{name}:1", Named(manifest));
    }

    /// <summary>As <c>docker login</c> leaves it on a host.</summary>
    public async Task LogInAsync(string file)
    {
        var auth = Convert.ToBase64String(Encoding.UTF8.GetBytes($"{User}:{Password}"));
        var config = new JsonObject
        {
            ["auths"] = new JsonObject { [Reference.Split('/')[0]] = new JsonObject { ["auth"] = auth } },
        };
        await File.WriteAllTextAsync(file, config.ToJsonString());
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private static byte[] Bytes(JsonObject json) => Encoding.UTF8.GetBytes(json.ToJsonString());

    private static string Named(byte[] content) => $"sha256:{Convert.ToHexStringLower(SHA256.HashData(content))}";

    private static JsonObject Part(string type, byte[] content) =>
        new()
        {
            ["mediaType"] = type,
            ["size"] = content.Length,
            ["digest"] = Named(content),
        };
}
