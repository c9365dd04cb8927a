using System.Net;
using System.Net.Sockets;
using System.Text;
using Sevensa.Dashboard.Tests.App;

namespace Sevensa.Dashboard.Tests.Platform.Http;

/// <summary>A body that is refused is read to its end, so that whoever passes it on gets the answer.</summary>
[Collection(SandboxCollection.Name)]
public class RefusedBodyTests(SandboxApp app)
{
    private const int Megabytes = 64;

    [Theory]
    [InlineData("POST", "/api/v1/scans?image=a:1&format=trivy", true, 413)]
    [InlineData("POST", "/api/v1/scans?image=a:1&format=trivy", false, 413)]
    // Refused before a byte of it was read.
    [InlineData("POST", "/api/v1/scans?image=a:1&format=trivy", true, 401, "nobody")]
    [InlineData("POST", "/api/v1/scans?image=a:1&format=trivy", false, 401, "nobody")]
    [InlineData("POST", "/api/v1/proposals", false, 413)]
    [InlineData("PUT", "/api/v1/nothing", true, 404)]
    [InlineData("POST", "/mcp", true, 413)]
    [InlineData("POST", "/api/v1/tenants/rentguy/prometheus/api/v1/query", true, 400)]
    [InlineData("POST", "/connect/token", true, 400)]
    public async Task A_body_that_is_refused_is_taken_to_its_end(
        string method,
        string path,
        bool chunked,
        int status,
        string who = "admin"
    )
    {
        var authorization = who == "nobody" ? "" : $"Authorization: Bearer {await app.GetTokenAsync(who)}\r\n";
        var length = chunked ? "Transfer-Encoding: chunked" : $"Content-Length: {Megabytes * 1024 * 1024}";
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, app.Address.Port);
        await using var line = client.GetStream();
        await line.WriteAsync(
            Encoding.ASCII.GetBytes(
                $"{method} {path} HTTP/1.1\r\nHost: {app.Address.Authority}\r\n{authorization}Content-Type: application/json\r\n{length}\r\n\r\n"
            )
        );
        var megabyte = new byte[1024 * 1024];
        Array.Fill(megabyte, (byte)' ');
        // As a proxy does: everything is sent, without a look at what comes meanwhile. A closed line would fail this.
        for (var sent = 0; sent < Megabytes; sent++)
        {
            await line.WriteAsync(chunked ? Encoding.ASCII.GetBytes($"{megabyte.Length:x}\r\n") : []);
            await line.WriteAsync(megabyte);
            await line.WriteAsync(chunked ? "\r\n"u8.ToArray() : []);
        }
        await line.WriteAsync(chunked ? "0\r\n\r\n"u8.ToArray() : []);
        using var reader = new StreamReader(line);
        Assert.StartsWith($"HTTP/1.1 {status}", await reader.ReadLineAsync(), StringComparison.Ordinal);
    }
}
